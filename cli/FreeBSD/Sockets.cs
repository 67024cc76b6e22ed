using HypervVfattach.Core;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>The sockets for ioctls, one per family, and for routing messages, opened on first use.</summary>
/// <remarks>IPv4 address requests need an AF_INET socket and the _IN6 ones an AF_INET6 socket (in_control, in6_control); all others work on
/// either and use AF_INET, as in ifconfig.</remarks>
internal sealed class Sockets(IKernel kernel) : IDisposable
{
    private const int Datagram = 2 | 0x10000000; // SOCK_DGRAM | SOCK_CLOEXEC
    private const int Raw = 3 | 0x10000000; // SOCK_RAW | SOCK_CLOEXEC

    private readonly List<int> _open = [];
    private int? _four;
    private int? _six;
    private int? _routes;

    /// <summary>Whether the kernel has IPv6.</summary>
    public bool HasIPv6 => (_six ??= Open(Family.IPv6, Datagram)) >= 0;

    /// <summary>ioctl(2): the result, or a negative errno.</summary>
    public int Ioctl(ulong request, Span<byte> argument)
    {
        int socket = _four ??= Open(Family.IPv4, Datagram);
        return socket < 0 ? socket : kernel.Ioctl(socket, request, argument);
    }

    /// <summary>ioctl(2) on an AF_INET6 socket.</summary>
    public int Ioctl6(ulong request, Span<byte> argument)
    {
        int socket = _six ??= Open(Family.IPv6, Datagram);
        return socket < 0 ? socket : kernel.Ioctl(socket, request, argument);
    }

    /// <summary>write(2) to a routing socket: it returns the errno, and the answers are never read.</summary>
    public int WriteRoute(ReadOnlySpan<byte> message)
    {
        int socket = _routes ??= Open(Family.Route, Raw);
        return socket < 0 ? socket : kernel.Write(socket, message);
    }

    /// <summary>Opens a routing socket to read events from; the caller reads with <see cref="IKernel.Read"/>.</summary>
    public int OpenEvents()
    {
        int socket = Open(Family.Route, Raw);
        if (socket < 0)
            throw new SystemRefusal("routing socket", "open", -socket, Errno.Name(-socket));
        return socket;
    }

    public void Dispose()
    {
        foreach (int socket in _open)
            kernel.Close(socket);
        _open.Clear();
        _four = _six = _routes = null;
    }

    private int Open(int family, int type)
    {
        int socket = kernel.Socket(family, type, 0);
        if (socket >= 0)
            _open.Add(socket);
        return socket;
    }
}
