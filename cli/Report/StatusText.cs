using System.Globalization;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>The pairs for people.</summary>
internal static class StatusText
{
    /// <summary>One paragraph per pair, and per VF without a synthetic NIC.</summary>
    public static string Of(IReadOnlyCollection<PairStatus> pairs, IReadOnlyCollection<LoneVf> lone) =>
        pairs.Count + lone.Count == 0 ? "no synthetic NIC here\n" : string.Join('\n', pairs.Select(Of).Concat(lone.Select(Of)));

    private static string Of(LoneVf lone) =>
        $"{lone.Vf.Name}  {lone.Mac}  a VF without a synthetic NIC\n  VF          {Port(lone.Vf)}\n"
        + "  note        the host offers no synthetic NIC with this address: while the VF is away, nothing takes over\n";

    private static string Of(PairStatus pair)
    {
        var text = new StringBuilder();
        text.Append($"{pair.Synthetic.Name}  {pair.Mac}  {State(pair)}\n");
        Line("carried by", (pair.IsIdle && pair.Carrier != Carrier.Unknown ? "idle, last used: " : "") + pair.Carrier switch
        {
            Carrier.Unknown when pair.IsIdle => "idle, and the path that was used last is not known",
            Carrier.Vf => $"{pair.Vf!.Name} (VF)",
            Carrier.Synthetic => $"{pair.Synthetic.Name} (synthetic)",
            Carrier.Unknown => "visible to root only",
            _ => "nothing: no carrier",
        });
        Line("synthetic", Port(pair.Synthetic));
        Line("VF", pair.Vf is null ? "away" : Port(pair.Vf));
        Line("MTU", pair.Mtu.ToString(CultureInfo.InvariantCulture));
        foreach (Owner owner in pair.Owners)
            Line("owner", owner.Description);
        if (!pair.VfAddresses.IsEmpty)
            Line("fault", $"the VF has addresses of its own: {string.Join(", ", pair.VfAddresses)}");
        if (pair.Journal.Detail is not null)
            Line("journal", pair.Journal.Detail);
        if (pair.Note is not null)
            Line("note", pair.Note);
        return text.ToString();

        void Line(string label, string value) => text.Append($"  {label,-10}  {value}\n");
    }

    private static string State(PairStatus pair) => pair.State switch
    {
        PairState.Transparent => "joined by the kernel (transparent)",
        PairState.Joined => pair.Join!.Describe(pair.Aggregate, pair.Vf is not null),
        PairState.NoVf => "has no VF now",
        PairState.NoDriver => "has no VF with a driver",
        PairState.NotJoined => "not joined",
        PairState.OtherProgram => $"in {pair.Aggregate}, which another program made",
        PairState.TakenApart => "was joined, and taken apart",
        PairState.Unfinished => "unfinished: hyperv-vfattach scan finishes or undoes it",
        _ => "journal damaged",
    };

    private static string Port(PortStatus port) =>
        $"{port.Name}{(port.Driver is null ? "" : $" ({port.Driver})")}, "
        + string.Create(CultureInfo.InvariantCulture, $"{port.ReceivedPackets} packets in, {port.SentPackets} out");
}
