using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Sends whole frames through an interface (packet(7), SOCK_RAW). They pass its egress filters, so those of a redirect go through
/// the VF.</summary>
internal static class PacketSocket
{
    private const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, SOL_SOCKET = 1, SO_ATTACH_FILTER = 26;

    // linux/if_packet.h: past the queueing discipline and the egress filters.
    private const int SOL_PACKET = 263, PACKET_QDISC_BYPASS = 20;

    // An EtherType for experiments (IEEE 802), which no protocol of the kernel receives.
    private const ushort Experiment = 0x88b5, ETH_P_ALL = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends frames, as far as the interface takes them and this process may. Needs CAP_NET_RAW.</summary>
    /// <param name="link">The interface's index.</param>
    /// <param name="frames">Frames with their Ethernet headers.</param>
    public static void Send(int link, List<byte[]> frames)
    {
        // Protocol 0: it receives nothing.
        using SocketHandle socket = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (socket.IsInvalid)
            return;
        foreach (byte[] frame in frames)
            Send(socket, link, frame);
    }

    /// <summary>Sends a frame of an experimental protocol for a group through one interface itself, and returns whether another received
    /// it.</summary>
    /// <inheritdoc cref="Core.IBackend.Receives"/>
    /// <param name="source">The MAC address of <paramref name="from"/>.</param>
    public static bool Receives(int link, HardwareAddress group, int from, HardwareAddress source)
    {
        if (group.ToBytes() is not { Length: 6 } destination || source.ToBytes() is not { Length: 6 } sender)
            return false;
        using SocketHandle receiver = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        using SocketHandle socket = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        Span<byte> here = stackalloc byte[20];
        // A socket of one protocol would get nothing: the filters on ingress, and so the redirect, come before it.
        Address(here, link, ETH_P_ALL);
        if (receiver.IsInvalid || socket.IsInvalid || !Only(receiver, Experiment) || Libc.bind(receiver, here, (uint)here.Length) < 0
            || !Set(socket, SOL_PACKET, PACKET_QDISC_BYPASS, [1, 0, 0, 0]))
            return false;
        byte[] frame = new byte[60];
        destination.CopyTo(frame, 0);
        sender.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Experiment);
        Guid.NewGuid().TryWriteBytes(frame.AsSpan(14));
        long start = Stopwatch.GetTimestamp();
        Send(socket, from, frame);
        Span<byte> got = stackalloc byte[64];
        Span<byte> wait = stackalloc byte[Marshal.SizeOf<TimeVal>()];
        while (s_patience - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            MemoryMarshal.Write(wait, new TimeVal { tv_usec = (long)left.TotalMicroseconds + 1 });
            if (!Set(receiver, SOL_SOCKET, Libc.SO_RCVTIMEO, wait))
                return false;
            nint length = Libc.recv(receiver, got, (nuint)got.Length, 0);
            if (length >= frame.Length && got[..frame.Length].SequenceEqual(frame))
                return true;
        }
        return false;
    }

    // A filter of four instructions (struct sock_filter, linux/filter.h), for it must not drown in other frames: load the EtherType; if it
    // is this one, take the frame; otherwise drop it.
    private static unsafe bool Only(SocketHandle socket, ushort type)
    {
        ulong* filter = stackalloc ulong[] { Filter(0x28, 0, 12), Filter(0x15, 1, type), Filter(6, 0, ushort.MaxValue), Filter(6, 0, 0) };
        Span<byte> program = stackalloc byte[16];
        program.Clear();
        program[0] = 4;
        MemoryMarshal.Write(program[8..], (ulong)filter);
        return Set(socket, SOL_SOCKET, SO_ATTACH_FILTER, program);
    }

    // Code, jump if true, jump if false, value.
    private static ulong Filter(ushort code, byte otherwise, uint value) => code | (ulong)otherwise << 24 | (ulong)value << 32;

    private static bool Set(SocketHandle socket, int level, int option, ReadOnlySpan<byte> value) =>
        Libc.setsockopt(socket, level, option, value, (uint)value.Length) == 0;

    private static void Send(SocketHandle socket, int link, byte[] frame)
    {
        Span<byte> to = stackalloc byte[20];
        Address(to, link, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)));
        _ = Libc.sendto(socket, frame, (nuint)frame.Length, Libc.MSG_NOSIGNAL, to, (uint)to.Length);
    }

    // struct sockaddr_ll, linux/if_packet.h: family, protocol, index, then the address, which a raw frame has itself.
    private static void Address(Span<byte> to, int link, ushort protocol)
    {
        to.Clear();
        BitConverter.TryWriteBytes(to, (ushort)AF_PACKET);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], protocol);
        BitConverter.TryWriteBytes(to[4..], link);
    }
}
