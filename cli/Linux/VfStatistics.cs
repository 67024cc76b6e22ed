using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Reads how many packets hv_netvsc has sent and received through the VF that it joined: <c>vf_rx_packets</c> and
/// <c>vf_tx_packets</c> of <c>ethtool -S</c> (drivers/net/hyperv/netvsc_drv.c, vf_stats; Linux 4.14).</summary>
internal static class VfStatistics
{
    /// <summary>The driver that has these counters.</summary>
    public const string Driver = "hv_netvsc";

    private const string Received = "vf_rx_packets", Sent = "vf_tx_packets";

    // ETH_SS_STATS and ETH_GSTRING_LEN, linux/ethtool.h. The driver has some for each queue and each processor.
    private const int Statistics = 1, NameLength = 32, Most = 100_000;

    // struct ethtool_sset_info: cmd, reserved, sset_mask, data[]. struct ethtool_gstrings: cmd, string_set, len, data[].
    // struct ethtool_stats: cmd, n_stats, data[].
    private const int SetMask = 8, SetData = 16, StringSet = 4, StringsLength = 8, Strings = 12, Count = 4, Values = 8;

    /// <summary>The driver's counters; null if it has none.</summary>
    public static VfTraffic? Read(string name)
    {
        Span<byte> set = stackalloc byte[SetData + sizeof(uint)];
        set.Clear();
        BitConverter.TryWriteBytes(set, ETHTOOL_GSSET_INFO);
        BitConverter.TryWriteBytes(set[SetMask..], 1UL << Statistics);
        if (!Ethtool.Ask(name, set) || BitConverter.ToUInt64(set[SetMask..]) == 0)
            return null;
        int count = BitConverter.ToInt32(set[SetData..]);
        if (count is <= 0 or > Most)
            return null;

        byte[] names = new byte[Strings + count * NameLength];
        BitConverter.TryWriteBytes(names, ETHTOOL_GSTRINGS);
        BitConverter.TryWriteBytes(names.AsSpan(StringSet), Statistics);
        BitConverter.TryWriteBytes(names.AsSpan(StringsLength), count);
        byte[] values = new byte[Values + count * sizeof(ulong)];
        BitConverter.TryWriteBytes(values, ETHTOOL_GSTATS);
        BitConverter.TryWriteBytes(values.AsSpan(Count), count);
        // Another processor or queue between two questions changes the count, and then the kernel answers with none.
        return Ethtool.Ask(name, names) && Ethtool.Ask(name, values)
            && BitConverter.ToInt32(names, StringsLength) == count && BitConverter.ToInt32(values, Count) == count
            && Value(Received) is { } received && Value(Sent) is { } sent ? new VfTraffic(received, sent) : null;

        ulong? Value(string counter)
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> text = names.AsSpan(Strings + i * NameLength, NameLength);
                if (text.IndexOf((byte)0) == counter.Length && System.Text.Ascii.Equals(text[..counter.Length], counter))
                    return BitConverter.ToUInt64(values, Values + i * sizeof(ulong));
            }
            return null;
        }
    }
}
