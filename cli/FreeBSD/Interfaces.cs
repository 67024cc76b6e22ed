using System.Text;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Requests about an interface of any kind.</summary>
internal sealed unsafe class Interfaces(Sockets sockets)
{
    private const int MaxCloners = 1024;

    /// <summary>Switches an interface on or off. All other flags, also unknown ones, are written back unchanged.</summary>
    /// <returns>False if there was nothing to do.</returns>
    public bool SetUp(string name, bool up)
    {
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        string operation = up ? "switch on" : "switch off";
        Check(sockets.Ioctl(IoctlRequest.GetFlags, request.Bytes), name, operation);
        InterfaceFlags flags = request.Flags;
        InterfaceFlags wanted = up ? flags | InterfaceFlags.Up : flags & ~InterfaceFlags.Up;
        if (wanted == flags)
            return false;
        request.Flags = wanted;
        Check(sockets.Ioctl(IoctlRequest.SetFlags, request.Bytes), name, operation);
        return true;
    }

    /// <summary>Sets the MTU; a lagg passes it on to its ports.</summary>
    public void SetMtu(string name, int mtu)
    {
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name) { Number = mtu };
        int answer = sockets.Ioctl(IoctlRequest.SetMtu, request.Bytes);
        if (answer < 0)
            throw Refused.By(
                answer, name, $"set the MTU to {mtu}",
                answer == -Errno.EINVAL ? "it is a port of a lagg, or does not support this size" : null);
    }

    /// <summary>Renames an interface.</summary>
    public void SetName(string name, string newName)
    {
        Span<byte> text = stackalloc byte[Field.NameSize];
        Field.SetName(text, newName);
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        fixed (byte* pointer = text)
        {
            request.Data = (ulong)pointer;
            Check(sockets.Ioctl(IoctlRequest.SetName, request.Bytes), name, $"rename to {newName}");
        }
    }

    /// <summary>The permanent address (SIOCGHWADDR), which joining a lagg does not change; empty if there is none.</summary>
    public byte[] PermanentAddress(string name)
    {
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        // The kernel fills in sa_data only: length and family stay zero.
        return sockets.Ioctl(IoctlRequest.GetHardwareAddress, request.Bytes) < 0
            ? []
            : request.Address.Slice(2, 6).ToArray();
    }

    /// <summary>Number of the interface's routing table (ifconfig's <c>fib</c>).</summary>
    public int Fib(string name)
    {
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        return sockets.Ioctl(IoctlRequest.GetFib, request.Bytes) < 0 ? 0 : request.Number;
    }

    /// <summary>The interface below a VLAN, or null.</summary>
    public string? VlanParent(string name)
    {
        // struct vlanreq { char vlr_parent[IFNAMSIZ]; u_short vlr_tag; u_short vlr_proto; }
        Span<byte> vlan = stackalloc byte[Field.NameSize + 4];
        vlan.Clear();
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        fixed (byte* pointer = vlan)
        {
            request.Data = (ulong)pointer;
            if (sockets.Ioctl(IoctlRequest.GetVlan, request.Bytes) < 0)
                return null;
        }
        string parent = Field.Text(vlan[..Field.NameSize]);
        return parent.Length == 0 ? null : parent;
    }

    /// <summary>Names of the kinds of virtual interfaces that the kernel can create now.</summary>
    public HashSet<string> Cloners()
    {
        byte[] names = new byte[MaxCloners * Field.NameSize];
        HashSet<string> cloners = [];
        fixed (byte* pointer = names)
        {
            var request = new ClonersRequest(stackalloc byte[ClonersRequest.Size], MaxCloners, (ulong)pointer);
            if (sockets.Ioctl(IoctlRequest.ListCloners, request.Bytes) < 0)
                return cloners;
            int count = Math.Clamp(request.Total, 0, MaxCloners);
            for (int i = 0; i < count; i++)
                cloners.Add(Field.Text(names.AsSpan(i * Field.NameSize, Field.NameSize)));
        }
        return cloners;
    }

    /// <summary>ND6_IFF_* of an interface; null if the kernel has no IPv6.</summary>
    public Nd6Flags? Nd6(string name)
    {
        if (!sockets.HasIPv6)
            return null;
        var request = new Nd6Request(stackalloc byte[Nd6Request.Size], name);
        return sockets.Ioctl6(IoctlRequest.GetNeighbourInfo6, request.Bytes) < 0 ? null : request.Flags;
    }

    /// <summary>Changes ND6_IFF_* of an interface. A set replaces the whole struct, so read it first.</summary>
    /// <returns>False if there was nothing to do, or the kernel has no IPv6.</returns>
    public bool SetNd6(string name, Nd6Flags set, Nd6Flags clear)
    {
        if (!sockets.HasIPv6)
            return false;
        const string operation = "change the IPv6 settings";
        var request = new Nd6Request(stackalloc byte[Nd6Request.Size], name);
        Check(sockets.Ioctl6(IoctlRequest.GetNeighbourInfo6, request.Bytes), name, operation);
        Nd6Flags flags = (request.Flags & ~clear) | set;
        if (flags == request.Flags)
            return false;
        request.Flags = flags;
        Check(sockets.Ioctl6(IoctlRequest.SetNeighbourInfo6, request.Bytes), name, operation);
        return true;
    }

    private static void Check(int answer, string name, string operation)
    {
        if (answer < 0)
            throw Refused.By(answer, name, operation);
    }
}
