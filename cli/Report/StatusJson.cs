using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HypervVfattach.Report;

/// <summary>The pairs for programs: an object with one array. Keys and values keep their meaning; new keys may come.</summary>
internal static class StatusJson
{
    private static readonly StatusJsonContext _context = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        // Names may be of any characters; what is shown is read by programs, not by browsers.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The document, with its last line's end.</summary>
    public static string Of(IEnumerable<PairStatus> pairs) => JsonSerializer.Serialize(
        new StatusDocument([.. pairs.Select(StatusPair.Of)]), _context.StatusDocument) + "\n";
}

/// <summary>The document.</summary>
internal sealed record StatusDocument(ImmutableArray<StatusPair> Pairs);

/// <summary>One pair.</summary>
/// <param name="Mac">Their address, the pair's key.</param>
/// <param name="State">transparent, bond, not-joined, somebody-else, taken-apart, unfinished or damaged.</param>
/// <param name="Synthetic">The synthetic NIC.</param>
/// <param name="Vf">The VF, or null while it is away.</param>
/// <param name="Aggregate">Name of the bond, or null.</param>
/// <param name="CarriedBy">vf, synthetic or nothing.</param>
/// <param name="Mtu">In bytes.</param>
/// <param name="VfAddresses">Addresses on the VF: there should be none.</param>
/// <param name="Journal">What the journal says.</param>
/// <param name="Note">For people, or null.</param>
internal sealed record StatusPair(
    string Mac, string State, StatusPort Synthetic, StatusPort? Vf, string? Aggregate, string CarriedBy, uint Mtu,
    ImmutableArray<string> VfAddresses, StatusJournal Journal, string? Note)
{
    /// <summary>The same pair for programs.</summary>
    public static StatusPair Of(PairStatus pair) => new(
        pair.Mac.ToString(), StatusWords.Of(pair.State), StatusPort.Of(pair.Synthetic),
        pair.Vf is null ? null : StatusPort.Of(pair.Vf), pair.Aggregate, StatusWords.Of(pair.Carrier), pair.Mtu,
        pair.VfAddresses, new StatusJournal(pair.Journal.State, pair.Journal.Detail), pair.Note);
}

/// <summary>One interface of a pair.</summary>
internal sealed record StatusPort(string Name, int Index, string? Driver, ulong ReceivedPackets, ulong SentPackets)
{
    /// <summary>The same interface for programs.</summary>
    public static StatusPort Of(PortStatus port) =>
        new(port.Name, port.Index, port.Driver, port.ReceivedPackets, port.SentPackets);
}

/// <summary>What the journal says.</summary>
/// <param name="State">none, joined, unfinished or damaged.</param>
/// <param name="Detail">For people, or null.</param>
internal sealed record StatusJournal(string State, string? Detail);

/// <summary>How the document is written, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatusJsonContext : JsonSerializerContext;

/// <summary>The words that programs may rely on.</summary>
internal static class StatusWords
{
    /// <summary>A state, in JSON and as a label's value.</summary>
    public static string Of(PairState state) => state switch
    {
        PairState.Transparent => "transparent",
        PairState.Bond => "bond",
        PairState.NotJoined => "not-joined",
        PairState.SomebodyElse => "somebody-else",
        PairState.TakenApart => "taken-apart",
        PairState.Unfinished => "unfinished",
        _ => "damaged",
    };

    /// <summary>A path.</summary>
    public static string Of(Carrier carrier) => carrier switch
    {
        Carrier.Vf => "vf",
        Carrier.Synthetic => "synthetic",
        _ => "nothing",
    };
}
