using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Requests through a PF_ROUTE socket: RTM_ADD, DELETE, CHANGE and GET (net/rtsock.c).</summary>
internal sealed class RoutingSocket(ModelKernel kernel)
{
    /// <summary>A decoded request.</summary>
    private sealed record Asked(byte Type, int Flags, int Addresses, Ip? Destination, byte[]? Gateway, int? PrefixLength,
        bool HasMask, int Index)
    {
        public Ip? NextHop => Gateway is null ? null : SocketAddress.Read(Gateway);
        public bool IsHost => (Flags & Rt.FlagHost) != 0;
    }

    /// <summary>write(2): the answer goes to every routing socket, the errno also to the writer.</summary>
    public int Write(ReadOnlySpan<byte> message)
    {
        if (message.Length < Rt.HeaderSize || Bytes.U16(message, 0) != message.Length)
            return -Errno.EINVAL;
        if (message[2] != Rt.Version)
            return -Errno.EPROTONOSUPPORT;
        var asked = Parse(message);
        var errno = Perform(asked, out var route, out var flags, out var alone);
        var answer = errno == 0 ? Answer(message, asked, route!, flags, alone) : Failure(message, errno);
        kernel.Events.Broadcast(answer);
        return errno == 0 ? message.Length : -errno;
    }

    /// <summary>NET_RT_DUMP of one family.</summary>
    public byte[] Dump(int family)
    {
        var all = new List<byte>();
        foreach (var of in family == 0 ? [Af.Inet, Af.Inet6] : new[] { family })
            foreach (var route in kernel.Routes.InOrder(of))
            {
                var parts = Parts(route, out var addresses);
                AddInterface(route, parts, ref addresses);
                var message = RouteMessages.Route(Rt.Get, route.Interface.Index, route.Flags, addresses, parts);
                Metrics(message, route, weight: 1);
                all.AddRange(message);
            }
        return [.. all];
    }

    private static Asked Parse(ReadOnlySpan<byte> message)
    {
        var addresses = Bytes.I32(message, 12);
        var flags = Bytes.I32(message, 8);
        var parts = new byte[8][];
        var at = Rt.HeaderSize;
        for (var i = 0; i < 8 && at < message.Length; i++)
            if ((addresses & (1 << i)) != 0)
            {
                var length = message[at];
                parts[i] = message.Slice(at, Math.Min(length, message.Length - at)).ToArray();
                at += SocketAddress.Padded(length);
            }
        var destination = parts[0] is null ? null : SocketAddress.Read(parts[0]);
        var hasMask = (addresses & Rt.AddrNetmask) != 0;
        int? prefix = null;
        if (destination is { } to)
            prefix = hasMask ? MaskLength(to.Family, parts[2]) : (flags & Rt.FlagHost) != 0 ? to.Width : null;
        return new Asked(message[3], flags, addresses, destination, parts[1], prefix, hasMask, Bytes.U16(message, 4));
    }

    /// <summary>A mask may be cut after its last non-zero byte; an empty one is 0.0.0.0.</summary>
    private static int? MaskLength(int family, byte[]? mask)
    {
        var start = family == Af.Inet ? 4 : 8;
        var size = family == Af.Inet ? 4 : 16;
        var bits = UInt128.Zero;
        for (var i = 0; i < size; i++)
            bits = bits << 8 | (mask is not null && start + i < mask.Length ? mask[start + i] : (byte)0);
        return SocketAddress.PrefixLength(new Ip(family, bits));
    }

    private int Perform(Asked asked, out Route? route, out int flags, out bool alone)
    {
        route = null;
        flags = 0;
        alone = true;
        if (asked.Type != Rt.Get && !kernel.MayConfigureNetwork)
            return Errno.EPERM;
        if (asked.Destination is not { } destination)
            return Errno.EINVAL;
        return asked.Type switch
        {
            Rt.Add => Add(asked, destination, out route, out flags),
            Rt.Delete => Delete(asked, destination, out route, out flags),
            Rt.Change => Change(asked, destination, out route, out flags),
            Rt.Get => Get(asked, destination, out route, out flags, out alone),
            _ => Errno.EOPNOTSUPP,
        };
    }

    private int Add(Asked asked, Ip destination, out Route? route, out int flags)
    {
        route = null;
        flags = 0;
        if (asked.Gateway is null)
            return Errno.EINVAL;
        if (asked is { IsHost: false, HasMask: false } && kernel.Profile.MissingNetmaskErrno is var missing and not 0)
            return missing;
        var length = asked.PrefixLength ?? (destination.Bits == 0 ? 0 : destination.Width);
        if (Through(asked) is not { } path)
            return Errno.ENETUNREACH;
        destination = destination with { Bits = destination.Bits & Ip.Mask(destination.Family, length) };
        var existing = kernel.Routes.Exact(destination, length, asked.IsHost);
        if (existing.Count > 0 && (!kernel.Profile.Multipath || existing.Exists(r =>
                r.Gateway == asked.NextHop || (r.Flags & Rt.FlagPinned) != 0)))
            return Errno.EEXIST;
        route = new Route
        {
            Destination = destination,
            PrefixLength = length,
            Gateway = asked.NextHop,
            Link = asked.NextHop is null ? path.Interface : null,
            LinkType = path.Interface.Type,
            Interface = path.Interface,
            Source = path.Address,
            Flags = asked.Flags & ~Rt.FlagDone | Rt.FlagUp,
        };
        kernel.Routes.Add(route);
        flags = route.Flags | Rt.FlagDone;
        return 0;
    }

    private int Delete(Asked asked, Ip destination, out Route? route, out int flags)
    {
        flags = 0;
        var paths = Paths(asked, destination);
        route = Choose(asked, paths);
        if (route is null)
            return Errno.ESRCH;
        if ((route.Flags & Rt.FlagPinned) != 0 && (asked.Flags & Rt.FlagPinned) == 0)
            return Errno.EADDRINUSE;
        kernel.Routes.Remove(route);
        // With the last path the route is removed; otherwise the answer describes a path of a route that is still up.
        flags = (paths.Count == 1 ? route.Flags & ~Rt.FlagUp : route.Flags) | Rt.FlagDone;
        return 0;
    }

    private int Change(Asked asked, Ip destination, out Route? route, out int flags)
    {
        flags = 0;
        var paths = Paths(asked, destination);
        route = paths.Count == 1 ? paths[0] : Choose(asked, paths);
        if (route is null)
            return Errno.ESRCH;
        if (asked.Gateway is not null)
        {
            if (Through(asked) is not { } path)
                return Errno.ENETUNREACH;
            route.Gateway = asked.NextHop;
            route.Interface = path.Interface;
            route.Source = path.Address;
        }
        flags = route.Flags | Rt.FlagDone;
        return 0;
    }

    private int Get(Asked asked, Ip destination, out Route? route, out int flags, out bool alone)
    {
        var paths = asked.HasMask ? Paths(asked, destination) : kernel.Routes.Lookup(destination);
        route = paths.FirstOrDefault();
        alone = paths.Count == 1;
        flags = (route?.Flags ?? 0) | Rt.FlagDone;
        return route is null ? Errno.ESRCH : 0;
    }

    private List<Route> Paths(Asked asked, Ip destination) =>
        kernel.Routes.Exact(destination, asked.PrefixLength ?? destination.Width, asked.IsHost);

    /// <summary>Of several paths the gateway selects one; for a single path it must match if it is given.</summary>
    private static Route? Choose(Asked asked, List<Route> paths) => asked.NextHop is { } gateway
        ? paths.Find(p => p.Gateway == gateway)
        : paths.Count == 1 ? paths[0] : null;

    /// <summary>The interface and own address of a new route.</summary>
    private (Interface Interface, InterfaceAddress? Address)? Through(Asked asked)
    {
        if (asked.NextHop is { } gateway)
            return kernel.Routes.Toward(gateway) is { } found ? (found.Interface, found.Address) : null;
        var index = asked.Gateway is { Length: >= 4 } link && link[1] == Af.Link ? Bytes.U16(link, 2) : asked.Index;
        if (kernel.Interfaces.ByIndex(index) is not { } named)
            return null;
        var family = asked.Destination!.Value.Family;
        return (named, named.Addresses.Find(a => a.Ip.Family == family));
    }

    private byte[] Answer(ReadOnlySpan<byte> request, Asked asked, Route route, int flags, bool alone)
    {
        byte[] answer;
        if (kernel.Profile.OldRadix && asked.Type is (Rt.Add or Rt.Change))
        {
            // The old kernel returns the request, with what it found filled in and without metrics.
            answer = request.ToArray();
            Bytes.Put16(answer, 4, route.Interface.Index);
            Bytes.Put32(answer, 8, (uint)flags);
        }
        else
        {
            var parts = Parts(route, out var addresses);
            if ((asked.Addresses & (Rt.AddrIfp | Rt.AddrIfa)) != 0)
                AddInterface(route, parts, ref addresses);
            answer = RouteMessages.Route(asked.Type, route.Interface.Index, flags, addresses, parts);
            Metrics(answer, route, weight: alone ? 1ul : 0);
        }
        Bytes.Put32(answer, 16, kernel.ProcessId);
        request[20..24].CopyTo(answer.AsSpan(20));
        return answer;
    }

    private byte[] Failure(ReadOnlySpan<byte> request, int errno)
    {
        var answer = request.ToArray();
        Bytes.Put32(answer, 16, kernel.ProcessId);
        Bytes.Put32(answer, 24, (uint)errno);
        return answer;
    }

    private List<byte[]> Parts(Route route, out int addresses)
    {
        addresses = Rt.AddrDst | Rt.AddrGateway;
        var size = kernel.Profile.OldRadix ? 54 : SocketAddress.InetSize;
        var parts = new List<byte[]>
        {
            SocketAddress.Of(route.Destination),
            route.Gateway is { } gateway
                ? SocketAddress.Of(gateway)
                : SocketAddress.LinkGateway(route.Link!.Index, route.LinkType, size),
        };
        if (route.IsHost)
            return parts;
        addresses |= Rt.AddrNetmask;
        var mask = SocketAddress.Mask(route.Destination.Family, route.PrefixLength);
        if (kernel.Profile.OldRadix && route.PrefixLength > 0)
            mask[2] = mask[3] = 0xff;
        parts.Add(mask);
        return parts;
    }

    private static void AddInterface(Route route, List<byte[]> parts, ref int addresses)
    {
        addresses |= Rt.AddrIfp | Rt.AddrIfa;
        parts.Add(SocketAddress.Link(route.Interface));
        parts.Add(route.Source is { } source ? SocketAddress.Of(source.Ip) : SocketAddress.Link(route.Interface));
    }

    /// <summary>rt_metrics: MTU and weight; the weight belongs to a path, not to a group of paths.</summary>
    private static void Metrics(byte[] message, Route route, ulong weight)
    {
        Bytes.Put64(message, 48, (ulong)route.Interface.Mtu);
        Bytes.Put64(message, 120, weight);
    }
}
