using System.Globalization;
using System.Text;

namespace HypervVfattach.Report;

/// <summary>The pairs for a metrics collector, in Prometheus' text exposition format 0.0.4.</summary>
internal static class StatusPrometheus
{
    /// <summary>The families of metrics, each with its help and type: that of the host, and those of the pairs.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="isObserveOnly">Whether the administrator permits no change of the network.</param>
    public static string Of(IReadOnlyCollection<PairStatus> pairs, bool isObserveOnly)
    {
        var text = new StringBuilder();
        Head("observe_only", "gauge", "Whether the configuration file forbids every change of the network.");
        text.Append($"hyperv_vfattach_observe_only {(isObserveOnly ? 1 : 0)}\n");
        Family("pair_info", "gauge", "A synthetic NIC and how it is joined with its VF; always 1.", pair =>
            One(1, $",vf={Quoted(pair.Vf?.Name ?? "")},aggregate={Quoted(pair.Aggregate ?? "")}"
                + $",state=\"{StatusWords.Of(pair)}\""));
        Family("health", "gauge", "0 healthy, 1 degraded, 2 broken.", pair => One((ulong)HealthRules.Of(pair)));
        Family("vf_present", "gauge", "Whether the pair has a VF.", pair => Truth(pair.Vf is not null));
        Family("vf_expected", "gauge", "Whether the pair has a VF, or had one as far as the history goes back.", pair =>
            Truth(pair.Vf is not null || pair.History?.First is not null));
        Family("joined", "gauge", "Whether traffic can go through the VF and survives its loss.", pair =>
            Truth(pair.State is PairState.Transparent or PairState.Joined));
        Family("carried_by_vf", "gauge", "Whether traffic leaves through the VF now; missing if it is not known.", pair =>
            pair.Carrier == Carrier.Unknown ? [] : Truth(pair.Carrier == Carrier.Vf));
        Family("changed_timestamp_seconds", "gauge", "When the VF came or went, the join or the path changed last; missing if that is not recorded.", pair =>
            pair.History?.Since is { } since ? One((ulong)since.ToUnixTimeSeconds()) : []);
        Family("received_packets_total", "counter", "Packets received through a path.", pair =>
            Paths(pair.Synthetic.ReceivedPackets, pair.Vf?.ReceivedPackets));
        Family("sent_packets_total", "counter", "Packets sent through a path.", pair =>
            Paths(pair.Synthetic.SentPackets, pair.Vf?.SentPackets));
        Family("link_speed_bits_per_second", "gauge", "Speed of a path's link; missing if it is not known.", pair => Speeds(pair));
        Family("vf_addresses", "gauge", "IP addresses on the VF itself; there should be none.", pair =>
            One((ulong)pair.VfAddresses.Length));
        Family("mtu_bytes", "gauge", "Largest packet.", pair => One(pair.Mtu));
        Family("unfinished", "gauge", "Whether a run was interrupted or its journal is damaged.", pair =>
            Truth(pair.State is PairState.Unfinished or PairState.Damaged));
        return text.ToString();

        void Head(string name, string type, string help) =>
            text.Append($"# HELP hyperv_vfattach_{name} {help}\n# TYPE hyperv_vfattach_{name} {type}\n");

        void Family(string name, string type, string help, Func<PairStatus, Metric[]> metrics)
        {
            if (pairs.Count == 0)
                return;
            Head(name, type, help);
            foreach (PairStatus pair in pairs)
            {
                foreach (Metric metric in metrics(pair))
                    text.Append(CultureInfo.InvariantCulture, $"hyperv_vfattach_{name}{{mac=\"{pair.Mac}\",synthetic="
                        + $"{Quoted(pair.Synthetic.Name)}{metric.Labels}}} {metric.Value}\n");
            }
        }
    }

    private sealed record Metric(ulong Value, string Labels);

    private static Metric[] One(ulong value, string labels = "") => [new(value, labels)];

    private static Metric[] Truth(bool value) => One(value ? 1u : 0u);

    private static Metric[] Paths(ulong synthetic, ulong? vf) => vf is { } known
        ? [new(synthetic, ",path=\"synthetic\""), new(known, ",path=\"vf\"")] : One(synthetic, ",path=\"synthetic\"");

    private static Metric[] Speeds(PairStatus pair) => [.. Speed(pair.Synthetic, "synthetic"), .. Speed(pair.Vf, "vf")];

    private static Metric[] Speed(PortStatus? port, string path) =>
        port?.Speed is { } speed ? [new(speed * 1_000_000ul, $",path=\"{path}\"")] : [];

    private static string Quoted(string value) =>
        $"\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
