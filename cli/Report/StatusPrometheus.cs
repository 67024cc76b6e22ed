using System.Globalization;
using System.Text;

namespace HypervVfattach.Report;

/// <summary>The pairs for a metrics collector, in Prometheus' text exposition format 0.0.4.</summary>
internal static class StatusPrometheus
{
    /// <summary>A family of metrics after another, each with its help and type.</summary>
    public static string Of(IReadOnlyCollection<PairStatus> pairs)
    {
        var text = new StringBuilder();
        Family("pair_info", "gauge", "A synthetic NIC and how it is joined with its VF; always 1.", (pair, metric) =>
            metric(1, [("vf", pair.Vf?.Name ?? ""), ("aggregate", pair.Aggregate ?? ""), ("state", StatusWords.Of(pair.State))]));
        Family("vf_present", "gauge", "Whether the pair's VF is there.", (pair, metric) => metric(pair.Vf is null ? 0u : 1u, []));
        Family("joined", "gauge", "Whether traffic can go through the VF and survives its loss.", (pair, metric) =>
            metric(pair.State is PairState.Transparent or PairState.Bond ? 1u : 0u, []));
        Family("carried_by_vf", "gauge", "Whether traffic leaves by the VF now.", (pair, metric) =>
            metric(pair.Carrier == Carrier.Vf ? 1u : 0u, []));
        Family("received_packets_total", "counter", "Packets that came in by a path.", (pair, metric) =>
        {
            metric(pair.Synthetic.ReceivedPackets, [("path", "synthetic")]);
            if (pair.Vf is { } vf)
                metric(vf.ReceivedPackets, [("path", "vf")]);
        });
        Family("sent_packets_total", "counter", "Packets that went out by a path.", (pair, metric) =>
        {
            metric(pair.Synthetic.SentPackets, [("path", "synthetic")]);
            if (pair.Vf is { } vf)
                metric(vf.SentPackets, [("path", "vf")]);
        });
        Family("vf_addresses", "gauge", "IP addresses on the VF itself; there should be none.", (pair, metric) =>
            metric((ulong)pair.VfAddresses.Length, []));
        Family("mtu_bytes", "gauge", "Largest packet.", (pair, metric) => metric(pair.Mtu, []));
        Family("unfinished", "gauge", "Whether a run ended in the middle or its journal is damaged.", (pair, metric) =>
            metric(pair.State is PairState.Unfinished or PairState.Damaged ? 1u : 0u, []));
        return text.ToString();

        void Family(string name, string type, string help, Action<PairStatus, Metric> one)
        {
            if (pairs.Count == 0)
                return;
            text.Append($"# HELP hyperv_vfattach_{name} {help}\n# TYPE hyperv_vfattach_{name} {type}\n");
            foreach (PairStatus pair in pairs)
            {
                one(pair, (value, labels) =>
                {
                    IEnumerable<(string, string)> all =
                        [("mac", pair.Mac.ToString()), ("synthetic", pair.Synthetic.Name), .. labels];
                    text.Append(CultureInfo.InvariantCulture,
                        $"hyperv_vfattach_{name}{{{string.Join(',', all.Select(Label))}}} {value}\n");
                });
            }
        }
    }

    private delegate void Metric(ulong value, (string Name, string Value)[] labels);

    private static string Label((string Name, string Value) label) =>
        $"{label.Name}=\"{label.Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
