using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>ioctls about the interface itself, as bytes: struct ifreq, ifmediareq, if_clonereq, ifconf.</summary>
internal sealed class InterfaceRequests(ModelKernel kernel)
{
    private const int Value = 16;
    private const int High = 18;

    /// <summary>SIOCIFCREATE2: ifr_data may point to struct iflaggparam.</summary>
    public int Create(Span<byte> request, bool withParameter)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        byte? laggType = null;
        if (withParameter && Bytes.U64(request, Value) is var pointer and not 0 && kernel.Profile.LaggParameter)
            laggType = Bytes.Memory(pointer, 1)[0];
        var (errno, name) = kernel.Cloners.Create(Bytes.Name(request, 0), laggType);
        if (errno == 0)
            Bytes.CopyName(request, 0, name);
        return errno;
    }

    public int Destroy(ReadOnlySpan<byte> request) =>
        kernel.MayConfigureNetwork ? kernel.Cloners.Destroy(Bytes.Name(request, 0)) : Errno.EPERM;

    /// <summary>SIOCIFGCLONERS: the number of cloners, and as many names as there is room for.</summary>
    public int ListCloners(Span<byte> request)
    {
        var names = kernel.Cloners.Names.ToList();
        var room = Bytes.I32(request, 4);
        var buffer = Bytes.U64(request, 8);
        Bytes.Put32(request, 0, (uint)names.Count);
        if (buffer == 0)
            return 0;
        for (var i = 0; i < Math.Min(room, names.Count); i++)
        {
            var slot = Bytes.Memory(buffer + (ulong)(i * Bytes.NameSize), Bytes.NameSize);
            slot.Clear();
            Bytes.CopyName(slot, 0, names[i]);
        }
        return 0;
    }

    /// <summary>SIOCGIFCONF: as many whole entries as fit.</summary>
    public int Configuration(Span<byte> request)
    {
        var all = kernel.Lists.Configuration();
        var length = Math.Min(all.Length, Bytes.I32(request, 0));
        all.AsSpan(0, length).CopyTo(Bytes.Memory(Bytes.U64(request, 8), length));
        Bytes.Put32(request, 0, (uint)length);
        return 0;
    }

    public static int GetFlags(Interface of, Span<byte> request)
    {
        Bytes.Put16(request, Value, of.Flags & 0xffff);
        Bytes.Put16(request, High, of.Flags >> 16);
        return 0;
    }

    public int SetFlags(Interface of, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        kernel.Link.SetFlags(of, Bytes.U16(request, Value) | Bytes.U16(request, High) << 16);
        return 0;
    }

    public static int GetMtu(Interface of, Span<byte> request) => Put(request, (uint)of.Mtu);

    public int SetMtu(Interface of, ReadOnlySpan<byte> request) =>
        kernel.MayConfigureNetwork ? kernel.Link.SetMtu(of, Bytes.I32(request, Value)) : Errno.EPERM;

    public static int GetIndex(Interface of, Span<byte> request)
    {
        Bytes.Put16(request, Value, of.Index);
        return 0;
    }

    public static int GetCapabilities(Interface of, Span<byte> request)
    {
        Bytes.Put32(request, Value, of.Capabilities);
        Bytes.Put32(request, Value + 4, of.Capabilities);
        return 0;
    }

    /// <summary>SIOCGHWADDR: the permanent MAC address, whatever is in use now.</summary>
    public static int GetHardwareMac(Interface of, Span<byte> request)
    {
        request.Slice(Value, 8).Clear();
        of.HardwareMac.CopyTo(request[(Value + 2)..]);
        return 0;
    }

    public int SetMac(Interface of, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        if (request[Value] != of.Mac.Length)
            return Errno.EINVAL;
        var mac = request.Slice(Value + 2, of.Mac.Length).ToArray();
        if (of.Lagg is not { } lagg)
            return kernel.Link.SetMac(of, mac);
        lagg.SetMac(mac);
        return 0;
    }

    public static int GetFib(Interface of, Span<byte> request) => Put(request, (uint)of.Fib);

    public int SetFib(Interface of, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        of.Fib = Bytes.I32(request, Value);
        return 0;
    }

    /// <summary>SIOCSIFNAME: ifr_data points to the new name.</summary>
    public int Rename(Interface of, ReadOnlySpan<byte> request) => kernel.MayConfigureNetwork
        ? kernel.Interfaces.Rename(of, Bytes.Name(Bytes.Memory(Bytes.U64(request, Value), Bytes.NameSize), 0))
        : Errno.EPERM;

    /// <summary>SIOCGIFMEDIA: a lagg's medium is active as soon as one port could carry traffic. Only hardware drivers support the extended
    /// request.</summary>
    public static int GetMedia(Interface of, Span<byte> request, bool extended)
    {
        var (current, active) = of.Kind switch
        {
            InterfaceKind.Lagg => (Ifm.Ether, Ifm.Ether),
            InterfaceKind.Epair => (0x3au, 0x3au | Ifm.FullDuplex),
            InterfaceKind.Hardware => (Ifm.Ether, Ifm.Ether | Ifm.FullDuplex),
            _ => (0u, 0u),
        };
        if (current == 0 || extended && of.Kind != InterfaceKind.Hardware)
            return Errno.EINVAL;
        var works = of.Lagg is { } lagg ? lagg.ActiveCount > 0 : of.LinkState == LinkState.Up;
        Bytes.Put32(request, 16, current);
        Bytes.Put32(request, 20, 0);
        Bytes.Put32(request, 24, Ifm.Valid | (works ? Ifm.Active : 0));
        Bytes.Put32(request, 28, active);
        Bytes.Put32(request, 32, 1);
        return 0;
    }

    private static int Put(Span<byte> request, uint value)
    {
        Bytes.Put32(request, Value, value);
        return 0;
    }
}
