using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>The pairs for people.</summary>
/// <param name="style">How the text is laid out.</param>
/// <param name="hasRates">Whether to show the packets per second of each path.</param>
internal sealed class StatusText(TextStyle style, bool hasRates = false)
{
    // Two spaces, the longest label, two spaces.
    private const int Indent = 14;

    private readonly StringBuilder _text = new();

    /// <summary>One paragraph per pair, and per VF without a synthetic NIC.</summary>
    public string Of(IReadOnlyCollection<PairStatus> pairs, IReadOnlyCollection<LoneVf> lone)
    {
        _text.Clear();
        if (pairs.Count + lone.Count == 0)
            _text.Append("no synthetic NIC here\n");
        foreach (PairStatus pair in pairs)
            Add(pair);
        foreach (LoneVf vf in lone)
            Add(vf);
        return _text.ToString();
    }

    private void Add(LoneVf lone)
    {
        Head($"{lone.Vf.Name}  {lone.Mac}  a VF without a synthetic NIC", HealthRules.Of(lone));
        Picture(PairPicture.Of(lone, style));
        Line("VF", Port(lone.Vf, lone.Mac));
        Line("MTU", $"{lone.Vf.Mtu}");
        Line("note", "the host offers no synthetic NIC with this address: while the VF is away, nothing takes over");
    }

    private void Add(PairStatus pair)
    {
        Head($"{pair.Synthetic.Name}  {pair.Mac}  {State(pair)}", HealthRules.Of(pair));
        Picture(PairPicture.Of(pair, style, hasRates));
        string own = $"{pair.Synthetic.Name} (synthetic)", vfName = $"{pair.Vf?.Name} (VF)";
        Line("carried by", (pair.IsIdle && pair.Carrier != Carrier.Unknown ? "idle, last used: " : "") + pair.Carrier switch
        {
            Carrier.Unknown when pair.IsIdle => "idle, and the path that was used last is not known",
            Carrier.Vf when pair.IsSplit => $"out: {vfName}, in: {own}",
            Carrier.Synthetic when pair.IsSplit => $"out: {own}, in: {vfName}",
            Carrier.Vf => vfName + Share(pair, pair.Packets.VfPackets),
            Carrier.Synthetic => own + Share(pair, pair.Packets.OwnPackets),
            Carrier.Unknown when pair.State == PairState.OtherProgram => $"unknown: {pair.Aggregate} does not show it",
            Carrier.Unknown => "visible to root only",
            _ => "nothing: no carrier",
        });
        Line("synthetic", Port(pair.Synthetic, pair.Mac));
        Line("VF", pair.Vf is null ? "away" : Port(pair.Vf, pair.Mac));
        Line("MTU", $"{pair.Mtu}" + (pair.Vf is { } vf && vf.Mtu != pair.Mtu ? $", but {vf.Mtu} on {vf.Name}" : ""));
        foreach (Owner owner in pair.Owners)
            Line("owner", owner.Description);
        if (!pair.VfAddresses.IsEmpty)
            Line("fault", $"the VF has addresses of its own: {string.Join(", ", pair.VfAddresses)}", TextStyle.Red);
        if (pair.Journal.Detail is not null)
            Line("journal", pair.Journal.Detail);
        if (pair.History is not null)
            Line("history", HistoryText.Summary(pair.History, pair.Note));
        if (pair.Note is not null)
            Line("note", pair.Note);
    }

    // The health stands at the right edge, in a line of its own if the first has no room.
    private void Head(string head, Health health)
    {
        if (_text.Length > 0)
            _text.Append('\n');
        List<string> lines = style.Lines(head, 2);
        string word = $"[{HealthRules.NameOf(health)}]", last = lines[^1];
        bool fits = last.Length + 2 + word.Length <= style.Width;
        lines[^1] = lines.Count == 1 ? style.In(TextStyle.Bold, last) : last;
        string tag = style.In(health switch { Health.Healthy => TextStyle.Green, Health.Degraded => TextStyle.Yellow, _ => TextStyle.Red }, word);
        foreach (string line in lines)
            _text.Append(line).Append(line == lines[^1] && fits ? "" : "\n");
        _text.Append(' ', Math.Max(0, style.Width - word.Length - (fits ? last.Length : 0))).Append(tag).Append('\n');
    }

    private void Picture(string picture)
    {
        if (picture.Length > 0)
            _text.Append('\n').Append(picture).Append('\n');
    }

    private void Line(string label, string value, string? colour = null)
    {
        foreach (string line in style.Lines($"  {label,-10}  {value}", Indent))
            _text.Append(colour is null ? line : style.In(colour, line)).Append('\n');
    }

    private static string State(PairStatus pair) => pair.State switch
    {
        PairState.Transparent => "joined by the kernel (transparent)",
        PairState.Joined => pair.IsJoined || pair.Vf is null ? pair.Join!.Describe(pair.Aggregate, pair.Vf is not null) : $"in {pair.Aggregate}, without its VF",
        PairState.NoVf => "has no VF now",
        PairState.NoDriver => "has no VF with a driver",
        PairState.NotJoined => "not joined",
        PairState.OtherProgram => $"in {pair.Aggregate}, which another program made",
        PairState.TakenApart => "was joined, and taken apart",
        PairState.Unfinished => "unfinished",
        _ => "journal damaged",
    };

    private static string Share(PairStatus pair, ulong packets)
    {
        ulong all = pair.Packets.VfPackets + pair.Packets.OwnPackets;
        return pair.Vf is null || all == 0 ? "" : $", {PairPicture.Share(packets, all)} of {all} packet{(all == 1 ? "" : "s")} "
            + (pair.Sampled is not { } time ? "so far"
                : time.Ticks >= TimeSpan.TicksPerSecond ? $"in {(long)time.TotalSeconds}.{time.Milliseconds / 100} s" : $"in {time.Milliseconds} ms");
    }

    private static string Port(PortStatus port, HardwareAddress mac) =>
        $"{port.Name}{(port.Driver is null ? "" : $" ({port.Driver})")}, "
        + $"{port.ReceivedPackets} packets in, {port.SentPackets} out"
        + (port.DriverVersion is { } version ? $", driver version {version}" : "")
        + (port.Address != mac ? $", MAC address {port.Address}" : "");
}
