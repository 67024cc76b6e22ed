using System.Text;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Asks a NIC's driver for the speed of its link and for its version.</summary>
internal static class NicDriver
{
    // struct ethtool_cmd: cmd, supported, advertising, speed (16 bits), ..., speed_hi (16 bits), ...
    private const int LinkSize = 44, SpeedLow = 12, SpeedHigh = 28;

    // struct ethtool_drvinfo: cmd, driver[32], version[32], ...
    private const int InfoSize = 196, Version = 36, VersionLength = 32;

    /// <summary>The facts about the NIC with this name.</summary>
    /// <param name="name">Its name now.</param>
    /// <param name="kernel">Release of the running kernel, which it gives as the version of a driver without one (ethtool_get_drvinfo).</param>
    public static NicFacts Facts(string name, string? kernel)
    {
        Span<byte> link = stackalloc byte[LinkSize], info = stackalloc byte[InfoSize];
        link.Clear();
        BitConverter.TryWriteBytes(link, ETHTOOL_GSET);
        info.Clear();
        BitConverter.TryWriteBytes(info, ETHTOOL_GDRVINFO);
        string version = "";
        if (Ethtool.Ask(name, info))
        {
            ReadOnlySpan<byte> text = info.Slice(Version, VersionLength);
            version = Encoding.ASCII.GetString(text[..(text.IndexOf((byte)0) is >= 0 and var end ? end : VersionLength)]).Trim();
        }
        return new NicFacts(Ethtool.Ask(name, link) ? Speed(link) : null, version is "" or "N/A" || version == kernel ? null : version);
    }

    // SPEED_UNKNOWN is -1; drivers also say 0.
    private static uint? Speed(ReadOnlySpan<byte> link) =>
        (uint)(BitConverter.ToUInt16(link[SpeedHigh..]) << 16 | BitConverter.ToUInt16(link[SpeedLow..])) is > 0 and < int.MaxValue and var speed
            ? speed : null;
}
