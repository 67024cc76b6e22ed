using HypervVfattach.Core;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>A socket that receives from one interface only: bound to the device (SO_BINDTODEVICE, socket(7)), or to a link-local
/// address.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Protocol">tcp or udp.</param>
/// <param name="Port">Its port.</param>
internal sealed record BoundSocket(int Link, string Protocol, ushort Port);

/// <summary>Reads which sockets are bound to an interface (sock_diag(7)).</summary>
internal static class BoundSockets
{
    // Ports of DHCP servers and clients and DHCPv6 clients. Their programs are handled as owners: handed over, or an obstacle.
    private static readonly ushort[] s_dhcp = [67, 68, 546];

    /// <summary>All bound TCP sockets that listen, and all bound UDP sockets, except those of DHCP.</summary>
    public static List<BoundSocket> Read()
    {
        using var socket = new NetlinkSocket(NETLINK_SOCK_DIAG, "sock_diag");
        List<BoundSocket> found = [];
        foreach (byte family in (ReadOnlySpan<byte>)[AF_INET, AF_INET6])
        {
            found.AddRange(Read(socket, family, IPPROTO_TCP, 1 << TCP_LISTEN));
            found.AddRange(Read(socket, family, IPPROTO_UDP, 1 << TCP_CLOSE | 1 << TCP_ESTABLISHED));
        }
        return found;
    }

    private static List<BoundSocket> Read(NetlinkSocket socket, byte family, byte protocol, uint states)
    {
        string name = protocol == IPPROTO_TCP ? "tcp" : "udp";
        var writer = new MessageWriter(stackalloc byte[128]);
        int message = writer.Begin(SOCK_DIAG_BY_FAMILY, 0);
        writer.Append(new SocketRequest { Family = family, Protocol = protocol, States = states });
        writer.End(message);
        Decoder<BoundSocket> decode = (in Message message, out BoundSocket? bound) => TryDecode(message, name, out bound);
        try
        {
            return socket.Dump($"{name} sockets", writer.Written, decode) ?? [];
        }
        catch (SystemRefusal refusal) when (refusal.Errno == ENOENT && family == AF_INET6)
        {
            return []; // No IPv6.
        }
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, string protocol, out BoundSocket? bound)
    {
        bound = null;
        if (message.Header.Type != SOCK_DIAG_BY_FAMILY)
            return true;
        if (!message.TryRead(out SocketHeader head, out _))
            return false;
        ushort port = BitConverter.IsLittleEndian
            ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(head.Identity.SourcePort) : head.Identity.SourcePort;
        if (head.Identity.Interface != 0 && port != 0 && !(protocol == "udp" && s_dhcp.Contains(port)))
            bound = new BoundSocket(head.Identity.Interface, protocol, port);
        return true;
    }
}
