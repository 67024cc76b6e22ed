using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>One address of the guest with all the peer's echo requests to it, each followed across the wire.</summary>
/// <remarks>The number of a request is in its payload, because the protocol's own has only 16 bits.</remarks>
internal sealed class ProbeTarget : IDisposable
{
    private const int Length = 16;
    private const int NumberOffset = 8;

    private readonly IPAddress _address;
    private readonly Wire _wire;
    private readonly Socket _socket;
    private readonly FrameLoop _loop;
    private readonly bool _v6;
    private readonly ushort _id = (ushort)Random.Shared.Next(1, 65536);
    private readonly List<Echo> _echoes = [];
    private int _answered, _newest = -1;

    /// <summary>Must be called on a thread in the peer's namespace.</summary>
    public ProbeTarget(IPAddress address, Wire wire)
    {
        _address = address;
        _wire = wire;
        _v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        _socket = new Socket(address.AddressFamily, SocketType.Raw, _v6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        _socket.Connect(address, 0);
        _wire.Watch += Follow;
        _loop = new FrameLoop(_socket, $"probe {address}", packet => Take(_v6 ? packet : Payload(packet)));
    }

    /// <summary>Requests sent.</summary>
    public int Asked
    {
        get
        {
            lock (_echoes)
                return _echoes.Count;
        }
    }

    /// <summary>Requests with a reply.</summary>
    public int Answered
    {
        get
        {
            lock (_echoes)
                return _answered;
        }
    }

    /// <summary>The number of the latest request with a reply.</summary>
    public int Newest
    {
        get
        {
            lock (_echoes)
                return _newest;
        }
    }

    /// <summary>Sends a request.</summary>
    public void Ask()
    {
        Span<byte> packet = stackalloc byte[Length];
        packet.Clear();
        packet[0] = (byte)(_v6 ? 128 : 8); // echo request, RFC 792 and RFC 4443
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], _id);
        lock (_echoes)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[6..], (ushort)_echoes.Count);
            BinaryPrimitives.WriteInt32BigEndian(packet[NumberOffset..], _echoes.Count);
            _echoes.Add(new Echo(Stopwatch.GetTimestamp()));
        }
        if (!_v6) // The kernel fills in ICMPv6's checksum by itself.
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], Checksum(packet));
        // A refusal (no route, no neighbour) counts as a lost probe.
        _socket.Send(packet, SocketFlags.None, out _);
    }

    /// <summary>Result of the requests between two moments.</summary>
    public ProbeRow Row(string phase, long start, long end, TimeSpan still)
    {
        lock (_echoes)
        {
            var echoes = _echoes.Where(echo => echo.Asked >= start && echo.Asked < end).ToList();
            var lost = echoes.Where(echo => echo.Answered == 0).ToList();
            return new ProbeRow(phase, _address, echoes.Count, lost.Count(echo => !echo.LostByWire),
                Moments.LongestGap(_echoes.Where(echo => echo.Answered > 0).Select(echo => echo.Answered), start, end), still)
            {
                Duration = Stopwatch.GetElapsedTime(start, end),
                LostByWire = lost.Count(echo => echo.LostByWire),
                Slowest = echoes.Where(echo => echo.Answered > 0).Select(echo => Stopwatch.GetElapsedTime(echo.Asked, echo.Answered))
                    .DefaultIfEmpty().Max(),
                Account = string.Join(", ", lost.GroupBy(echo => echo.Whereabouts).Select(group => $"{group.Count()} {group.Key}")),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wire.Watch -= Follow;
        _loop.Dispose();
    }

    private void Take(ReadOnlySpan<byte> packet)
    {
        if (Find(packet, reply: true) is { Answered: 0 } echo)
            lock (_echoes)
            {
                echo.Answered = Stopwatch.GetTimestamp();
                _answered++;
                _newest = Math.Max(_newest, BinaryPrimitives.ReadInt32BigEndian(packet[NumberOffset..]));
            }
    }

    private void Follow(WireStep step, string port, ReadOnlySpan<byte> frame)
    {
        if (Find(Icmp(frame), reply: step == WireStep.FromGuest) is not { } echo)
            return;
        switch (step)
        {
            case WireStep.FromPeer: echo.OnWire = true; break;
            case WireStep.ToGuest: echo.To = port; break;
            default: echo.From = port; break;
        }
    }

    private Echo? Find(ReadOnlySpan<byte> packet, bool reply)
    {
        if (packet.Length < Length || packet[0] != (reply ? _v6 ? 129 : 0 : _v6 ? 128 : 8)
            || BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != _id)
            return null;
        var number = BinaryPrimitives.ReadInt32BigEndian(packet[NumberOffset..]);
        lock (_echoes)
            return number >= 0 && number < _echoes.Count ? _echoes[number] : null;
    }

    // The ICMP packet in a frame, if it may be ours; a VLAN tag makes no difference.
    private ReadOnlySpan<byte> Icmp(ReadOnlySpan<byte> frame)
    {
        const int header = 14, tag = 4, v6Header = 40, v6Next = 6, icmpV6 = 58, v4Protocol = 9;
        if (frame.Length > header && frame[12] == 0x81 && frame[13] == 0)
            frame = frame[tag..];
        if (frame.Length < header + v6Header - 20 || frame[12] != (_v6 ? 0x86 : 8) || frame[13] != (_v6 ? 0xdd : 0))
            return [];
        var packet = frame[header..];
        return _v6
            ? packet.Length > v6Header && packet[v6Next] == icmpV6 ? packet[v6Header..] : []
            : packet[v4Protocol] == 1 ? Payload(packet) : [];
    }

    private static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> v4) => v4[Math.Min(v4.Length, (v4[0] & 15) * 4)..];

    private static ushort Checksum(ReadOnlySpan<byte> packet)
    {
        uint sum = 0;
        for (var i = 0; i < packet.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet[i..]);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }

    /// <summary>A request on its way, and the reply on its way back.</summary>
    private sealed class Echo(long asked)
    {
        public long Asked { get; } = asked;

        /// <summary>When the reply came; 0 if it did not.</summary>
        public long Answered { get; set; }

        /// <summary>Whether the peer's kernel sent the request.</summary>
        public bool OnWire { get; set; }

        /// <summary>The port at which qemu took the request.</summary>
        public string? To { get; set; }

        /// <summary>The port at which the guest sent the reply.</summary>
        public string? From { get; set; }

        /// <summary>Whether the test bed lost it: the guest was not involved.</summary>
        public bool LostByWire => Answered == 0 && (From is not null || OnWire && To is null);

        public string Whereabouts =>
            From is not null ? $"replies lost between {From} and the peer"
            : To is not null ? $"lost in the guest, or its NIC, after {To} took them"
            : OnWire ? "lost on the wire: no port took them"
            : "not sent: the peer found no neighbour";
    }
}
