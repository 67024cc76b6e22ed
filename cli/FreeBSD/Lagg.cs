using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>State of a lagg.</summary>
internal sealed record LaggState(LaggProtocol Protocol, ImmutableArray<LaggPortState> Ports);

/// <summary>One port of a lagg; the kernel lists ports by interface index, not in the order in which they joined.</summary>
internal sealed record LaggPortState(string Name, LaggPortFlags Flags);

/// <summary>Requests of lagg(4).</summary>
internal sealed unsafe class Lagg(Sockets sockets, Modules modules)
{
    /// <summary>Creates a failover lagg with this name; <c>lagg</c> means the lowest free unit.</summary>
    /// <returns>Its name.</returns>
    public string Create(string name)
    {
        modules.NeedLagg();
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        int answer = sockets.Ioctl(IoctlRequest.CreateInterface, request.Bytes);
        if (answer < 0)
            throw Refused.By(answer, name, "create a lagg", -answer switch
            {
                Errno.EEXIST => "it exists already",
                Errno.EINVAL => "this is not the name of a lagg, or the module if_lagg is missing",
                Errno.ENOSPC => "its number is too large",
                _ => null,
            });
        string created = request.Name;
        // A new lagg uses failover already; set it in case a kernel changes the default.
        try
        {
            if (Read(created)?.Protocol != LaggProtocol.Failover)
                SetProtocol(created, LaggProtocol.Failover);
        }
        catch (SystemRefusal)
        {
            Destroy(created);
            throw;
        }
        return created;
    }

    /// <summary>Removes an interface that was created; a lagg restores the MAC addresses of its ports.</summary>
    /// <returns>False if there is none of this name.</returns>
    public bool Destroy(string name)
    {
        var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
        int answer = sockets.Ioctl(IoctlRequest.DestroyInterface, request.Bytes);
        if (answer == -Errno.ENXIO)
            return false;
        if (answer < 0)
            throw Refused.By(
                answer, name, "remove", answer == -Errno.EINVAL ? "it is hardware and was not created" : null);
        return true;
    }

    /// <summary>Sets the protocol. Setting the same protocol detaches and attaches it again, so read it first.</summary>
    public void SetProtocol(string lagg, LaggProtocol protocol)
    {
        var request = new LaggRequest(stackalloc byte[LaggRequest.Size], lagg) { Protocol = protocol };
        int answer = sockets.Ioctl(IoctlRequest.SetLagg, request.Bytes);
        if (answer < 0)
            throw Refused.By(answer, lagg, $"set the protocol to {protocol}", -answer switch
            {
                Errno.EINVAL => "it is not a lagg",
                Errno.EPROTONOSUPPORT => "this kernel does not support it",
                _ => null,
            });
    }

    /// <summary>A lagg's protocol and ports, or null if there is no interface of this name or it is not a lagg.</summary>
    public LaggState? Read(string name)
    {
        byte[] ports = new byte[FreeBsdFacts.MaxLaggPorts * LaggPortRequest.Size];
        fixed (byte* pointer = ports)
        {
            var request = new LaggRequest(stackalloc byte[LaggRequest.Size], name)
            {
                BufferSize = (ulong)ports.Length,
                Buffer = (ulong)pointer,
            };
            int answer = sockets.Ioctl(IoctlRequest.GetLagg, request.Bytes);
            // ether_ioctl returns EINVAL by default, other drivers ENOTTY or EOPNOTSUPP.
            if (-answer is Errno.EINVAL or Errno.ENXIO or Errno.ENOTTY or Errno.EOPNOTSUPP)
                return null;
            if (answer < 0)
                throw Refused.By(answer, name, "read the ports of the lagg");
            if (request.Ports is < 0 or > FreeBsdFacts.MaxLaggPorts
                || request.BufferSize != (ulong)(request.Ports * LaggPortRequest.Size))
                throw new SystemRefusal(
                    name, "read the ports of the lagg", 0,
                    $"the kernel counts {request.Ports} ports in {request.BufferSize} bytes");
            ImmutableArray<LaggPortState>.Builder list = ImmutableArray.CreateBuilder<LaggPortState>(request.Ports);
            for (int i = 0; i < request.Ports; i++)
            {
                LaggPortRequest port = LaggPortRequest.Read(
                    ports.AsSpan(i * LaggPortRequest.Size, LaggPortRequest.Size));
                list.Add(new LaggPortState(port.Port, port.Flags));
            }
            return new LaggState(request.Protocol, list.ToImmutable());
        }
    }

    /// <summary>Adds a port. The first one becomes primary and determines the MAC address and MTU of the lagg; it need not be up.</summary>
    /// <returns>False if it was already a port of this lagg.</returns>
    public bool AddPort(string lagg, string port)
    {
        var request = new LaggPortRequest(stackalloc byte[LaggPortRequest.Size], lagg, port);
        int answer = sockets.Ioctl(IoctlRequest.AddLaggPort, request.Bytes);
        if (answer == -Errno.EEXIST)
            return false;
        if (answer < 0)
            throw Refused.By(answer, lagg, $"add port {port}", -answer switch
            {
                Errno.EBUSY => $"{port} is a port of another lagg",
                Errno.EINVAL => $"{port} does not exist or is itself a lagg, or {lagg} is not a lagg",
                Errno.ENOSPC => $"it has {FreeBsdFacts.MaxLaggPorts} ports already",
                Errno.ENXIO => $"{lagg} does not exist",
                Errno.EPROTONOSUPPORT => $"{port} is not an Ethernet interface",
                _ => null,
            });
        return true;
    }

    /// <summary>Removes a port and restores its own MAC address.</summary>
    /// <returns>False if it is not a port, or one of the two is gone.</returns>
    public bool RemovePort(string lagg, string port)
    {
        var request = new LaggPortRequest(stackalloc byte[LaggPortRequest.Size], lagg, port);
        int answer = sockets.Ioctl(IoctlRequest.DeleteLaggPort, request.Bytes);
        if (-answer is Errno.ENOENT or Errno.EINVAL or Errno.ENXIO)
            return false;
        if (answer < 0)
            throw Refused.By(answer, lagg, $"remove port {port}");
        return true;
    }
}
