using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Which offloads of an interface are on (<c>ethtool -k</c>).</summary>
internal sealed class Features
{
    // ETH_SS_FEATURES, linux/ethtool.h.
    private const int Names = 4;

    // struct ethtool_gfeatures: cmd, size, and for each 32 features: available, requested, active, never_changed.
    private const int Size = 4, Blocks = 8, BlockLength = 16, Active = 8;

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
}
