using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Asks an interface's driver by ioctl (SIOCETHTOOL, linux/ethtool.h).</summary>
internal static class Ethtool
{
    /// <summary>Sends a request, which begins with its command, and receives the answer in its place.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="request">The structure of the command.</param>
    /// <returns>False if the driver does not answer, or the interface is gone.</returns>
    public static unsafe bool Ask(string name, Span<byte> request)
    {
        InterfaceRequest wrapped = default;
        if (!Encoding.UTF8.TryGetBytes(name, ((Span<byte>)wrapped.Name)[..15], out _))
            return false;
        using NetlinkDescriptor socket = NetlinkDescriptor.OpenRoute();
        fixed (byte* data = request)
        {
            wrapped.Data = data;
            return NetlinkLibc.ioctl(socket, SIOCETHTOOL, &wrapped) >= 0;
        }
    }

    /// <summary>The names of a set of an interface (ETH_SS_*); null if it has none.</summary>
    public static EthtoolStrings? Strings(string name, int set)
    {
        // struct ethtool_sset_info: cmd, reserved, sset_mask, data[]. struct ethtool_gstrings: cmd, string_set, len, data[].
        const int setMask = 8, setData = 16, stringSet = 4, length = 8;
        Span<byte> info = stackalloc byte[setData + sizeof(uint)];
        info.Clear();
        BitConverter.TryWriteBytes(info, ETHTOOL_GSSET_INFO);
        BitConverter.TryWriteBytes(info[setMask..], 1UL << set);
        if (!Ask(name, info) || BitConverter.ToUInt64(info[setMask..]) == 0)
            return null;
        int count = BitConverter.ToInt32(info[setData..]);
        if (count is <= 0 or > EthtoolStrings.Most)
            return null;
        byte[] names = new byte[EthtoolStrings.Start + count * EthtoolStrings.NameLength];
        BitConverter.TryWriteBytes(names, ETHTOOL_GSTRINGS);
        BitConverter.TryWriteBytes(names.AsSpan(stringSet), set);
        BitConverter.TryWriteBytes(names.AsSpan(length), count);
        // Another processor or queue between two questions changes the count, and then the kernel answers with none.
        return Ask(name, names) && BitConverter.ToInt32(names, length) == count ? new EthtoolStrings(names, count) : null;
    }

    /// <summary>sizeof(struct ifreq), linux/if.h.</summary>
    internal static int RequestSize => Unsafe.SizeOf<InterfaceRequest>();

    // struct ifreq: a name, and a union of 24 bytes that holds a pointer here (ifr_data).
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct InterfaceRequest
    {
        public NameBytes Name;
        public void* Data;
        private readonly ulong _union1;
        private readonly ulong _union2;
    }

    [InlineArray(16)]
    private struct NameBytes
    {
        private byte _first;
    }
}

/// <summary>The names of a set, as the kernel returned them (struct ethtool_gstrings).</summary>
internal sealed class EthtoolStrings(byte[] answer, int count)
{
    /// <summary>Where the names begin, and the bytes of each (ETH_GSTRING_LEN); more names than this no driver has.</summary>
    public const int Start = 12, NameLength = 32, Most = 100_000;

    public int Count => count;

    /// <summary>Index of a name; -1 if it is missing.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> text = answer.AsSpan(Start + i * NameLength, NameLength);
            if (text.IndexOf((byte)0) == name.Length && Ascii.Equals(text[..name.Length], name))
                return i;
        }
        return -1;
    }
}
