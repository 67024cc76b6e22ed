using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Sends whole frames through an interface (packet(7), SOCK_RAW). They pass its egress filters, so those of a redirect go through
/// the VF.</summary>
internal static class PacketSocket
{
    private const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;

    /// <summary>Sends frames, as far as the interface takes them and this process may. Needs CAP_NET_RAW.</summary>
    /// <param name="link">The interface's index.</param>
    /// <param name="frames">Frames with their Ethernet headers.</param>
    public static void Send(int link, List<byte[]> frames)
    {
        // Protocol 0: it receives nothing.
        using SocketHandle socket = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (socket.IsInvalid)
            return;
        // struct sockaddr_ll, linux/if_packet.h: family, protocol, index, then the address, which a raw frame has itself.
        Span<byte> to = stackalloc byte[20];
        to.Clear();
        BitConverter.TryWriteBytes(to, (ushort)AF_PACKET);
        BitConverter.TryWriteBytes(to[4..], link);
        foreach (byte[] frame in frames)
        {
            frame.AsSpan(12, 2).CopyTo(to[2..]);
            _ = Libc.sendto(socket, frame, (nuint)frame.Length, Libc.MSG_NOSIGNAL, to, (uint)to.Length);
        }
    }
}
