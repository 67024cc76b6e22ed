using System.Collections.Immutable;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Which offloads of an interface are on (<c>ethtool -k</c>).</summary>
internal sealed class Features
{
    // ETH_SS_FEATURES, linux/ethtool.h.
    private const int Names = 4;

    // struct ethtool_gfeatures: cmd, size, and for each 32 features: available, requested, active, never_changed.
    private const int Size = 4, Blocks = 8, BlockLength = 16, Active = 8;

    /// <summary>Packets that the hardware joined into one (<c>ethtool -K IFACE lro</c>).</summary>
    public const string LargeReceive = "rx-lro";

    // What interfaces on top of a NIC rely on.
    private static readonly string[] s_offloads =
    [
        LargeReceive, "tx-checksum-ipv4", "tx-checksum-ipv6", "tx-checksum-ip-generic", "tx-tcp-segmentation", "tx-tcp6-segmentation",
        "tx-vlan-hw-insert", "rx-vlan-hw-parse",
    ];

    private readonly EthtoolStrings _names;
    private readonly byte[] _answer;

    private Features(EthtoolStrings names, byte[] answer) => (_names, _answer) = (names, answer);

    /// <summary>Those of an interface; null if it is gone.</summary>
    public static Features? Of(string name)
    {
        if (Ethtool.Strings(name, Names) is not { } names)
            return null;
        int blocks = (names.Count + 31) / 32;
        byte[] answer = new byte[Blocks + blocks * BlockLength];
        BitConverter.TryWriteBytes(answer, ETHTOOL_GFEATURES);
        BitConverter.TryWriteBytes(answer.AsSpan(Size), blocks);
        return Ethtool.Ask(name, answer) ? new Features(names, answer) : null;
    }

    /// <summary>Whether a feature is on; false for one that this kernel does not know.</summary>
    public bool IsOn(string feature) => _names.IndexOf(feature) is >= 0 and var i
        && (BitConverter.ToUInt32(_answer, Blocks + i / 32 * BlockLength + Active) >> i % 32 & 1) != 0;

    /// <summary>The offloads of an interface that are on, of those that others rely on.</summary>
    public static ImmutableArray<string> On(string name) => Of(name) is { } features ? [.. s_offloads.Where(features.IsOn)] : [];

    /// <summary>Switches a feature on or off, if the driver permits it.</summary>
    public static void Set(string name, string feature, bool on)
    {
        if (Ethtool.Strings(name, Names) is not { } names || names.IndexOf(feature) is not (>= 0 and var i))
            return;
        // struct ethtool_sfeatures: cmd, size, and for each 32 features: valid, requested.
        int blocks = (names.Count + 31) / 32;
        byte[] request = new byte[Blocks + blocks * 8];
        BitConverter.TryWriteBytes(request, ETHTOOL_SFEATURES);
        BitConverter.TryWriteBytes(request.AsSpan(Size), blocks);
        BitConverter.TryWriteBytes(request.AsSpan(Blocks + i / 32 * 8), 1u << i % 32);
        BitConverter.TryWriteBytes(request.AsSpan(Blocks + i / 32 * 8 + 4), on ? 1u << i % 32 : 0);
        Ethtool.Ask(name, request);
    }
}
