using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>Draws the paths of a pair: on the left the interface that programs use, on the right its NICs, with a double line to the one
/// that carries the traffic.</summary>
internal static class PairPicture
{
    private const string Active = "====>", Idle = "-----", Broken = "--x--", Away = "- - -", Gap = "  ";

    /// <summary>The picture of a pair.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="style">A text that is too narrow for the picture does not have it.</param>
    /// <param name="hasRates">Whether to add the packets per second of each path.</param>
    public static string Of(PairStatus pair, TextStyle style, bool hasRates)
    {
        List<string[]> rows = [Row(pair.Synthetic, "synthetic", pair, pair.Packets.OwnPackets, hasRates)];
        if (pair.Vf is { } vf)
            rows.Add(Row(vf, "VF", pair, pair.Packets.VfPackets, hasRates));
        else if (pair.Idle is { } nic)
            rows.Add([nic.Slot, "PCI NIC", nic.Driver ?? "no driver", "", "", ""]);
        else if (pair.IsJoined)
            rows.Add(["(away)", "VF", "", "", "", ""]);
        bool isFork = pair.IsJoined;
        string synthetic = Line(pair, Carrier.Synthetic);
        return Draw(pair.Interface.Name, JoinedBy(pair), rows,
            isFork ? ["--+" + synthetic, "  |", "  +" + (pair.Vf is null ? Away : Line(pair, Carrier.Vf))] : [synthetic[..1] + synthetic[..1] + synthetic[..1] + synthetic, "", ""],
            pair.Carrier == Carrier.Vf ? 1 : pair.Carrier == Carrier.Synthetic ? 0 : -1, style);
    }

    /// <summary>The picture of a VF without a synthetic NIC.</summary>
    public static string Of(LoneVf lone, TextStyle style) =>
        Draw(lone.Vf.Name, "no synthetic NIC", [Cells(lone.Vf, "VF")], [lone.Vf is { IsUp: true, HasCarrier: true } ? "===" + Active : "---" + Broken, "", ""], 0, style);

    private static string Draw(string left, string below, List<string[]> rows, ReadOnlySpan<string> lines, int active, TextStyle style)
    {
        int leftWidth = Math.Max(left.Length, below.Length);
        int lineWidth = lines[0].Length;
        int indent = Gap.Length + leftWidth + 1 + lineWidth + 1;
        int[] widths = new int[rows[0].Length];
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length);
        }
        int all = indent - Gap.Length;
        foreach (int width in widths)
            all += width == 0 ? 0 : width + Gap.Length;
        // The driver's name is also below the picture.
        int less = Math.Max(0, all - style.Width);
        if (less > 0 && widths[2] - less < 4)
            return "";
        widths[2] -= less;

        var text = new StringBuilder();
        for (int i = 0; i < Math.Max(rows.Count, 2); i++)
        {
            if (i == 1)
                Line(below, lines[1], null, false);
            if (i < rows.Count)
                Line(i == 0 ? left : "", i == 0 ? lines[0] : lines[2], rows[i], i == active);
        }
        return text.ToString();

        void Line(string name, string line, string[]? cells, bool isActive)
        {
            var drawn = new StringBuilder($"{Gap}{name.PadRight(leftWidth)} {line.PadRight(lineWidth)}");
            for (int i = 0; i < cells?.Length; i++)
            {
                string cell = cells[i].Length > widths[i] ? cells[i][..widths[i]] : cells[i];
                // Numbers stand below each other.
                if (widths[i] > 0)
                    drawn.Append(i == 0 ? " " : Gap).Append(i > 2 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            }
            string whole = drawn.ToString().TrimEnd();
            text.Append(isActive ? style.In(TextStyle.Bold, whole) : whole).Append('\n');
        }
    }

    private static string Line(PairStatus pair, Carrier path) => pair.Carrier == path ? Active : pair.Carrier == Carrier.Nothing ? Broken : Idle;

    private static string[] Row(PortStatus port, string role, PairStatus pair, ulong packets, bool hasRates)
    {
        string[] cells = Cells(port, role);
        // Without a VF there is nothing to share.
        if (pair.Vf is not null)
            cells[4] = Share(packets, pair.Packets.VfPackets + pair.Packets.OwnPackets);
        if (hasRates && pair.Sampled is { Ticks: > 0 and var time })
            cells[5] = $"{packets * TimeSpan.TicksPerSecond / (ulong)time}/s";
        return cells;
    }

    private static string[] Cells(PortStatus port, string role) =>
        [port.Name, role, port.Driver ?? "", !port.IsUp ? "off" : !port.HasCarrier ? "no carrier" : Speed(port.Speed) ?? "up", "", ""];

    /// <summary>What joins the pair, in a word.</summary>
    private static string JoinedBy(PairStatus pair) => pair.State switch
    {
        PairState.Transparent => "kernel",
        PairState.Joined => JoinKinds.NameOf(pair.Join!.Kind),
        _ when pair.IsJoined => pair.Interface.Kind ?? "",
        _ when pair.Vf is not null => "not joined",
        _ => "no VF",
    };

    /// <summary>A share of packets in percent; neither nothing nor all unless it is.</summary>
    public static string Share(ulong packets, ulong all)
    {
        if (all == 0)
            return "";
        // Counters are far from overflowing this: at a thousand million packets a second it takes three years.
        ulong percent = (packets * 100 + all / 2) / all;
        return packets == 0 || packets == all || percent is > 0 and < 100 ? $"{percent} %" : percent == 0 ? "<1 %" : ">99 %";
    }

    /// <summary>The speed of a link in Mb/s, for people; null if it is not known.</summary>
    private static string? Speed(uint? speed) => speed is not { } known ? null
        : known < 1000 ? $"{known} Mb/s"
        : $"{known / 1000}{(known % 1000 / 100 is var tenths and not 0 ? $".{tenths}" : "")} Gb/s";
}
