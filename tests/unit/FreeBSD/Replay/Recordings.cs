using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>One record: a call with its bytes before and after, or an event it caused.</summary>
internal sealed class Record(JsonElement json)
{
    public string Kernel { get; } = Text(json, "kernel");
    public int Number { get; } = Number_(json, "n");
    public string Step { get; } = Text(json, "step");
    public string Call { get; } = Text(json, "call");
    public string Name { get; } = Text(json, "name");
    public string Note { get; } = Text(json, "note");
    public string Family { get; } = Text(json, "family");
    public int Result { get; } = Number_(json, "rc");
    public int Errno { get; } = Number_(json, "errno");
    public ulong Request { get; } = json.TryGetProperty("request", out var r) ? Convert.ToUInt64(r.GetString(), 16) : 0;
    public byte[] In { get; } = Hex(json, "in");
    public byte[] Out { get; } = Hex(json, "out");
    public byte[] Aux { get; } = Hex(json, "aux_out");
    public byte[] Mib { get; } = Hex(json, "mib");
    public byte[]? New { get; } = json.TryGetProperty("newp", out _) ? Hex(json, "newp") : null;

    /// <summary>The line of /dev/devctl, without its newline.</summary>
    public string Line { get; } = Text(json, "text").TrimEnd('\n');

    /// <summary>sysctl: the buffer's size before and after; null if there was no buffer.</summary>
    public int? Room { get; } = Text(json, "oldp") == "NULL" ? null : Number_(json, "oldlen_in");
    public int Length { get; } = Number_(json, "oldlen_out");

    public bool IsEvent => Call.StartsWith("event:", StringComparison.Ordinal);
    public bool IsDevctl => Call == "event:devctl";

    /// <summary>The type of a routing message, and the index of its interface.</summary>
    public byte RouteType => Out.Length > 3 ? Out[3] : (byte)0;
    public int RouteIndex => RouteMessage.Index(Out);

    public override string ToString() => $"{Kernel} #{Number} {Step}: {Call} {Name}{Line} {Note}".TrimEnd();

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static int Number_(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetInt32() : 0;

    private static byte[] Hex(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? Convert.FromHexString(value.GetString()!) : [];
}

/// <summary>Offset of the interface's index in a routing message.</summary>
internal static class RouteMessage
{
    public static int Index(ReadOnlySpan<byte> message) => message.Length < 14 ? 0 : message[3] switch
    {
        Rt.IfInfo or Rt.NewAddr or Rt.DelAddr or Rt.NewMaddr or Rt.DelMaddr => Bytes.U16(message, 12),
        _ => Bytes.U16(message, 4),
    };
}

/// <summary>The recordings of four running kernels: data/recordings.json.gz.</summary>
internal static class Recordings
{
    private static readonly Lazy<IReadOnlyList<Record>> s_all = new(Load);

    public static IReadOnlyList<Record> All => s_all.Value;

    public static List<Record> Of(string kernel) => [.. All.Where(r => r.Kernel == kernel)];

    private static List<Record> Load()
    {
        using var packed = Assembly.GetExecutingAssembly().GetManifestResourceStream("FreeBSD.recordings.json.gz")!;
        using var plain = new GZipStream(packed, CompressionMode.Decompress);
        using var json = JsonDocument.Parse(plain);
        return [.. json.RootElement.EnumerateArray().Skip(1).Select(e => new Record(e))];
    }
}
