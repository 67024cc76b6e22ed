using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Sends whole frames through an interface (packet(7), SOCK_RAW). They pass its egress filters, so those of a redirect go through
/// the VF.</summary>
internal static class PacketSocket
{
    private const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, SOL_SOCKET = 1, SO_ATTACH_FILTER = 26, POLLIN = 1;

    // linux/if_packet.h: past the queueing discipline and the egress filters.
    private const int SOL_PACKET = 263, PACKET_QDISC_BYPASS = 20;

    // An EtherType for experiments (IEEE 802), which no protocol of the kernel receives.
    private const ushort Experiment = 0x88b5, ETH_P_ALL = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500), s_answer = TimeSpan.FromSeconds(1);

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

    /// <summary>Asks neighbours and waits up to a second for their answers.</summary>
    /// <param name="through">Index of the interface that sends the questions.</param>
    /// <param name="other">Index of another one where answers may arrive; 0 for none. A neighbour that is asked there meanwhile counts as
    /// silent, because an answer does not tell which question it is for.</param>
    /// <param name="source">MAC address of the first.</param>
    /// <param name="isPast">Whether the questions go past its egress filters.</param>
    /// <param name="questions">The questions.</param>
    /// <returns>The neighbours that answered.</returns>
    public static ImmutableArray<IPAddress> Answering(
        int through, int other, HardwareAddress source, bool isPast, ImmutableArray<PathQuestion> questions)
    {
        List<SocketHandle> sockets = [];
        List<PathQuestion> open = [.. questions];
        var answered = ImmutableArray.CreateBuilder<IPAddress>();
        try
        {
            // Questions first. Only a socket of all protocols gets what leaves.
            if (other != 0 && !Listen(sockets, other, ETH_P_ALL))
                return [];
            foreach (int ear in (ReadOnlySpan<int>)[through, other])
            {
                if (ear != 0 && !(Listen(sockets, ear, Announcement.Arp) && Listen(sockets, ear, Announcement.IPv6)))
                    return [];
            }
            using SocketHandle mouth = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
            if (mouth.IsInvalid || isPast && !Set(mouth, SOL_PACKET, PACKET_QDISC_BYPASS, [1, 0, 0, 0]))
                return [];
            foreach (PathQuestion question in questions)
                Send(mouth, through, NeighbourQuestion.Of(source, question));
            long start = Stopwatch.GetTimestamp();
            var ready = new PollDescriptor[sockets.Count];
            Span<byte> frame = stackalloc byte[128];
            while (open.Count > 0 && s_answer - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left)
            {
                for (int i = 0; i < ready.Length; i++)
                    ready[i] = new PollDescriptor { Descriptor = (int)sockets[i].DangerousGetHandle(), Events = POLLIN };
                if (NetlinkLibc.poll(ref ready[0], (nuint)ready.Length, (int)left.TotalMilliseconds + 1) <= 0)
                    continue;
                for (int i = 0; i < ready.Length; i++)
                {
                    // Also the error of an interface that is down: it is there until it is fetched.
                    if (ready[i].Found == 0)
                        continue;
                    nint length = Libc.recv(sockets[i], frame, (nuint)frame.Length, Netlink.Uapi.MSG_DONTWAIT);
                    bool isOfOthers = other != 0 && i == 0;
                    for (int q = open.Count - 1; q >= 0 && length > 0; q--)
                    {
                        if (isOfOthers ? !NeighbourQuestion.IsSame(frame[..(int)length], open[q]) : !NeighbourQuestion.IsAnswer(frame[..(int)length], open[q]))
                            continue;
                        if (!isOfOthers)
                            answered.Add(open[q].Target);
                        open.RemoveAt(q);
                    }
                }
            }
            return answered.ToImmutable();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static bool Listen(List<SocketHandle> sockets, int link, ushort type)
    {
        Span<byte> here = stackalloc byte[20];
        Address(here, link, type);
        SocketHandle socket = Libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        sockets.Add(socket);
        return !socket.IsInvalid && (type == Announcement.Arp || (type == ETH_P_ALL ? OnlyQuestionsThatLeave(socket) : OnlyAdvertisements(socket)))
            && Libc.bind(socket, here, (uint)here.Length) == 0;
    }

    // ARP requests and ICMPv6 neighbour solicitations of type PACKET_OUTGOING (linux/if_packet.h). The frames of a group that a host sends back
    // are none.
    private static bool OnlyQuestionsThatLeave(SocketHandle socket) => Attach(socket,
        [
            Filter(0x30, 0, 0xfffff004), Filter(0x15, 11, 4), Filter(0x28, 0, 12), Filter(0x15, 3, Announcement.Arp), Filter(0x28, 0, 20), Filter(0x15, 7, 1),
            Filter(6, 0, ushort.MaxValue), Filter(0x15, 5, Announcement.IPv6), Filter(0x30, 0, 20), Filter(0x15, 3, 58), Filter(0x30, 0, 54),
            Filter(0x15, 1, 135), Filter(6, 0, ushort.MaxValue), Filter(6, 0, 0),
        ]);

    // ICMPv6 neighbour advertisements, where no extension header comes before: load the next header, compare, load the type, compare.
    private static bool OnlyAdvertisements(SocketHandle socket) =>
        Attach(socket, [Filter(0x30, 0, 20), Filter(0x15, 3, 58), Filter(0x30, 0, 54), Filter(0x15, 1, 136), Filter(6, 0, ushort.MaxValue), Filter(6, 0, 0)]);

    // It must not drown in other frames: load the EtherType; if it is this one, take the frame; otherwise drop it.
    private static bool Only(SocketHandle socket, ushort type) =>
        Attach(socket, [Filter(0x28, 0, 12), Filter(0x15, 1, type), Filter(6, 0, ushort.MaxValue), Filter(6, 0, 0)]);

    // struct sock_fprog and its struct sock_filter, linux/filter.h.
    private static unsafe bool Attach(SocketHandle socket, ReadOnlySpan<ulong> filter)
    {
        fixed (ulong* place = filter)
        {
            Span<byte> program = stackalloc byte[16];
            program.Clear();
            program[0] = (byte)filter.Length;
            MemoryMarshal.Write(program[8..], (ulong)place);
            return Set(socket, SOL_SOCKET, SO_ATTACH_FILTER, program);
        }
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
