using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Reads how many packets hv_netvsc has sent and received through the VF that it joined: <c>vf_rx_packets</c> and
/// <c>vf_tx_packets</c> of <c>ethtool -S</c> (drivers/net/hyperv/netvsc_drv.c, vf_stats; Linux 4.14).</summary>
internal static class VfStatistics
{
    private const string Received = "vf_rx_packets", Sent = "vf_tx_packets";

    // ETH_SS_STATS, linux/ethtool.h. The driver has some for each queue and each processor.
    private const int Statistics = 1;

    // struct ethtool_stats: cmd, n_stats, data[].
    private const int Count = 4, Values = 8;

    /// <summary>The driver's counters; null if it has none.</summary>
    public static VfTraffic? Read(string name)
    {
        if (Ethtool.Strings(name, Statistics) is not { Count: var count } names)
            return null;
        byte[] values = new byte[Values + count * sizeof(ulong)];
        BitConverter.TryWriteBytes(values, ETHTOOL_GSTATS);
        BitConverter.TryWriteBytes(values.AsSpan(Count), count);
        // Another processor or queue between two questions changes the count, and then the kernel answers with none.
        return Ethtool.Ask(name, values) && BitConverter.ToInt32(values, Count) == count
            && Value(Received) is { } received && Value(Sent) is { } sent ? new VfTraffic(received, sent) : null;

        ulong? Value(string counter) =>
            names.IndexOf(counter) is >= 0 and var i ? BitConverter.ToUInt64(values, Values + i * sizeof(ulong)) : null;
    }
}
