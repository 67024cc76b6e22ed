using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Reads an interface's permanent address by ioctl, for kernels before 5.6, which have no IFLA_PERM_ADDRESS.</summary>
internal static class PermanentAddress
{
    // MAX_ADDR_LEN, linux/netdevice.h.
    private const int MaxAddressLength = 32;

    // struct ethtool_perm_addr: cmd, size, data[].
    private const int Size = 4, Data = 8;

    /// <summary>The address, or an empty one.</summary>
    public static HardwareAddress Read(string name)
    {
        Span<byte> request = stackalloc byte[Data + MaxAddressLength];
        request.Clear();
        BitConverter.TryWriteBytes(request, ETHTOOL_GPERMADDR);
        BitConverter.TryWriteBytes(request[Size..], MaxAddressLength);
        if (!Ethtool.Ask(name, request) || BitConverter.ToUInt32(request[Size..]) is var size && size > MaxAddressLength)
            return default;
        var address = HardwareAddress.From(request.Slice(Data, (int)size));
        return address.IsEmpty ? default : address;
    }
}
