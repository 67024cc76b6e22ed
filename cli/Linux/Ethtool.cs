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
