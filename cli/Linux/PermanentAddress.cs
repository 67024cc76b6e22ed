using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Reads an interface's permanent address by ioctl, for kernels before 5.6, which have no IFLA_PERM_ADDRESS.</summary>
internal static class PermanentAddress
{
    // MAX_ADDR_LEN, linux/netdevice.h.
    private const int MaxAddressLength = 32;

    /// <summary>The address, or an empty one.</summary>
    public static unsafe HardwareAddress Read(string name)
    {
        using NetlinkDescriptor socket = NetlinkDescriptor.OpenRoute();
        EthtoolAddress answer = default;
        answer.Command = ETHTOOL_GPERMADDR;
        answer.Size = MaxAddressLength;
        InterfaceRequest request = default;
        if (!Encoding.UTF8.TryGetBytes(name, ((Span<byte>)request.Name)[..15], out _))
            return default;
        request.Data = &answer;
        if (NetlinkLibc.ioctl(socket, SIOCETHTOOL, &request) < 0 || answer.Size > MaxAddressLength)
            return default;
        var address = HardwareAddress.From(((ReadOnlySpan<byte>)answer.Bytes)[..(int)answer.Size]);
        return address.IsEmpty ? default : address;
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

    // struct ethtool_perm_addr: cmd, size, data[].
    [StructLayout(LayoutKind.Sequential)]
    private struct EthtoolAddress
    {
        public uint Command;
        public uint Size;
        public AddressBytes Bytes;
    }

    [InlineArray(16)]
    private struct NameBytes
    {
        private byte _first;
    }

    [InlineArray(MaxAddressLength)]
    private struct AddressBytes
    {
        private byte _first;
    }
}
