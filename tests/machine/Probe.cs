using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>What the probes of one phase to one address came to.</summary>
/// <param name="Phase">The phase's name.</param>
/// <param name="Address">The address that was asked.</param>
/// <param name="Sent">Echo requests sent during the phase.</param>
/// <param name="Lost">Those without a reply within three seconds.</param>
/// <param name="Silence">The longest time without any reply arriving, as far as it lies in the phase.</param>
public sealed record ProbeRow(string Phase, IPAddress Address, int Sent, int Lost, TimeSpan Silence)
{
    // The wire keeps about so much for a guest that stands still; a NIC that is off stands still, too.
    private static readonly TimeSpan s_blink = TimeSpan.FromSeconds(1);

    /// <summary>Whether nothing was lost and nothing interrupted.</summary>
    public bool IsWhole => Lost == 0 && Silence < s_blink;

    /// <summary>The rows as a table for people.</summary>
    public static string Table(IReadOnlyList<ProbeRow> rows)
    {
        var width = rows.Max(row => row.Phase.Length);
        return string.Join('\n', rows
            .Select(row => string.Create(CultureInfo.InvariantCulture,
                $"{row.Phase.PadRight(width)}  {row.Address,-10} {row.Sent,6} {row.Lost,6} {row.Silence.TotalMilliseconds,10:0.0} ms"))
            .Prepend($"{"phase".PadRight(width)}  {"address",-10} {"sent",6} {"lost",6} {"silence",13}"));
    }
}

/// <summary>Asks addresses of the guest for an echo every 2 ms, from the peer's side, and counts what does not come
/// back, phase by phase.</summary>
public sealed class Probe : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(2);

    // An emulated guest that is just given a device answers up to a second later, but it answers.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly List<(string Name, long Start)> _phases = [];
    private readonly Target[] _targets;
    private readonly Thread _thread;
    private volatile bool _stopped;

    private Probe(NetworkNamespace ns, string phase, IPAddress[] addresses)
    {
        Mark(phase);
        _targets = ns.Run(() => addresses.Select(address => new Target(address)).ToArray());
        _thread = new Thread(Send) { IsBackground = true, Name = "probe" };
        _thread.Start();
    }

    /// <summary>Starts asking these addresses; the first phase begins.</summary>
    public static Probe Start(Peer peer, string phase, params IPAddress[] addresses) => new(peer.Namespace, phase, addresses);

    /// <summary>Ends a phase and begins the next.</summary>
    public void Mark(string phase)
    {
        lock (_phases)
            _phases.Add((phase, Stopwatch.GetTimestamp()));
    }

    /// <summary>Stops asking, waits for the last replies and returns a row for each phase and address.</summary>
    public async Task<IReadOnlyList<ProbeRow>> StopAsync()
    {
        _stopped = true;
        _thread.Join();
        var end = Stopwatch.GetTimestamp();
        while (!_targets.All(target => target.IsAnswered) && Stopwatch.GetElapsedTime(end) < s_patience)
            await Task.Delay(s_look);
        foreach (var target in _targets)
            target.Dispose();

        List<ProbeRow> rows = [];
        for (var number = 0; number < _phases.Count; number++)
        {
            var (name, start) = _phases[number];
            var next = number + 1 < _phases.Count ? _phases[number + 1].Start : end;
            rows.AddRange(_targets.Select(target => target.Row(name, start, next)));
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        foreach (var target in _targets)
            target.Dispose();
    }

    private void Send()
    {
        var due = Stopwatch.GetTimestamp();
        while (!_stopped)
        {
            foreach (var target in _targets)
                target.Ask();
            due += (long)(s_interval.TotalSeconds * Stopwatch.Frequency);
            var pause = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (pause > TimeSpan.Zero)
                Thread.Sleep(pause);
            else
                due = Stopwatch.GetTimestamp(); // Late: no burst to catch up.
        }
    }

    /// <summary>One address with all its requests; the number of a request is in its payload, because the protocol's
    /// own has only 16 bits.</summary>
    private sealed class Target : IDisposable
    {
        private const int Length = 16;
        private const int NumberOffset = 8;

        private readonly IPAddress _address;
        private readonly Socket _socket;
        private readonly FrameLoop _loop;
        private readonly bool _v6;
        private readonly ushort _id = (ushort)Random.Shared.Next(1, 65536);
        private readonly List<long> _asked = [];
        private readonly Dictionary<int, long> _answered = [];

        public Target(IPAddress address)
        {
            _address = address;
            _v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            _socket = new Socket(address.AddressFamily, SocketType.Raw, _v6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
            _socket.Connect(address, 0);
            _loop = new FrameLoop(_socket, $"probe {address}", Take);
        }

        /// <summary>Whether each request has its reply.</summary>
        public bool IsAnswered
        {
            get
            {
                lock (_answered)
                    return _answered.Count == _asked.Count;
            }
        }

        public void Ask()
        {
            Span<byte> packet = stackalloc byte[Length];
            packet.Clear();
            packet[0] = (byte)(_v6 ? 128 : 8); // echo request, RFC 792 and RFC 4443
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], _id);
            lock (_answered)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet[6..], (ushort)_asked.Count);
                BinaryPrimitives.WriteInt32BigEndian(packet[NumberOffset..], _asked.Count);
                _asked.Add(Stopwatch.GetTimestamp());
            }
            if (!_v6) // The kernel fills in ICMPv6's checksum by itself.
                BinaryPrimitives.WriteUInt16BigEndian(packet[2..], Checksum(packet));
            // A refusal (no route, no neighbour) is a lost probe like any other.
            _socket.Send(packet, SocketFlags.None, out _);
        }

        public ProbeRow Row(string phase, long start, long end)
        {
            lock (_answered)
            {
                var asked = Enumerable.Range(0, _asked.Count).Where(number => _asked[number] >= start && _asked[number] < end).ToList();
                var lost = asked.Count(number => !_answered.TryGetValue(number, out var at)
                    || Stopwatch.GetElapsedTime(_asked[number], at) > s_patience);
                // A silence that goes across the border of two phases counts in each with its part.
                long last = start, longest = 0;
                foreach (var at in _answered.Values.Where(at => at > start && at < end).Order().Append(end))
                {
                    longest = Math.Max(longest, at - last);
                    last = at;
                }
                return new ProbeRow(phase, _address, asked.Count, lost, Stopwatch.GetElapsedTime(0, longest));
            }
        }

        public void Dispose() => _loop.Dispose();

        private void Take(ReadOnlySpan<byte> packet)
        {
            var now = Stopwatch.GetTimestamp();
            if (!_v6) // Raw IPv4 sockets see the IP header, too.
                packet = packet[Math.Min(packet.Length, (packet[0] & 15) * 4)..];
            if (packet.Length < Length || packet[0] != (_v6 ? 129 : 0)
                || BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != _id)
                return;
            lock (_answered)
                _answered.TryAdd(BinaryPrimitives.ReadInt32BigEndian(packet[NumberOffset..]), now);
        }

        private static ushort Checksum(ReadOnlySpan<byte> packet)
        {
            uint sum = 0;
            for (var i = 0; i < packet.Length; i += 2)
                sum += BinaryPrimitives.ReadUInt16BigEndian(packet[i..]);
            sum = (sum & 0xffff) + (sum >> 16);
            return (ushort)~(sum + (sum >> 16));
        }
    }
}
