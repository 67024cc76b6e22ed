using System.Diagnostics;
using System.Net.NetworkInformation;

namespace HypervVfattach.Machines;

/// <summary>The guest started to send through a port.</summary>
/// <param name="At">The moment (<see cref="Stopwatch.GetTimestamp"/>).</param>
/// <param name="Port">The port's id.</param>
public sealed record WireMove(long At, string Port);

/// <summary>The place at which a frame was seen.</summary>
internal enum WireStep
{
    /// <summary>The peer has sent it.</summary>
    FromPeer,

    /// <summary>qemu has it, at the port.</summary>
    ToGuest,

    /// <summary>The guest has sent it, at the port.</summary>
    FromGuest,
}

/// <summary>Sees a passing frame.</summary>
/// <param name="step">The place.</param>
/// <param name="port">The port's id, if it is at a port.</param>
/// <param name="frame">The frame.</param>
internal delegate void WireWatch(WireStep step, string port, ReadOnlySpan<byte> frame);

/// <summary>The network between one peer and the NICs of one machine: a layer-2 switch as the machine's host has it.</summary>
public sealed class Wire : IDisposable
{
    private const int HeaderLength = 14;

    // PATH_PROTOCOL of tests/machine/netvsc/host.c.
    private static readonly byte[] s_pathProtocol = [0x88, 0xb5];

    private readonly Lock _lock = new();
    private readonly List<WirePort> _ports = [];
    private readonly List<WirePort?> _to = [];
    private readonly Dictionary<PhysicalAddress, WirePort> _sentBy = [];
    private readonly List<WireMove> _moves = [];
    private readonly Dictionary<string, int> _longest = [];
    private readonly IHostSwitch _switch;
    private readonly FrameSocket _peer;
    private readonly Taps? _taps;
    private readonly int _header;
    private long _droppedBefore;
    private bool _closed;

    /// <param name="peer">The peer's end.</param>
    /// <param name="host">The kind of switch.</param>
    /// <param name="taps">Where the NICs are; null if they are at sockets, which carry no offloads.</param>
    internal Wire(FrameSocket peer, HostKind host, Taps? taps = null)
    {
        _taps = taps;
        _header = taps is null ? 0 : FrameSocket.OffloadHeader;
        _switch = host == HostKind.Kvm ? new KvmSwitch(_ports, TimeProvider.System) : new HyperVSwitch(_ports, _sentBy);
        _peer = peer;
        _peer.Start(FromPeer);
    }

    /// <summary>The moments when the guest's traffic moved from port to port, oldest first.</summary>
    public IReadOnlyList<WireMove> Moves
    {
        get
        {
            lock (_lock)
                return [.. _moves];
        }
    }

    /// <summary>The VLAN that the guest's ports carry in addition to untagged traffic; its network is untagged at the peer, whose kernel
    /// may not support VLANs.</summary>
    public WireVlan? Trunk { get; set; }

    /// <summary>Sees every frame between the peer and the guest, from any thread.</summary>
    internal event WireWatch? Watch;

    /// <summary>Frames dropped because their source address did not belong to the port.</summary>
    public long Spoofed { get; private set; }

    /// <summary>The length of the longest frame of each sender, by the id of its NIC; the peer's is "". One that is longer than the MTU is still
    /// to be segmented.</summary>
    public IReadOnlyDictionary<string, int> Longest
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, int>(_longest);
        }
    }

    /// <summary>Frames from the peer that no port could take.</summary>
    public long Undeliverable { get; private set; }

    /// <summary>Frames that qemu did not accept, at all present and former ports: the guest stood still.</summary>
    public long Dropped
    {
        get
        {
            lock (_lock)
                return _droppedBefore + _ports.Sum(port => port.Dropped);
        }
    }

    /// <summary>The port of the NIC with this id.</summary>
    public WirePort this[string id]
    {
        get
        {
            lock (_lock)
                return _ports.Single(port => port.Id == id);
        }
    }

    /// <summary>Whether this NIC is there.</summary>
    public bool Has(Nic nic)
    {
        lock (_lock)
            return _ports.Exists(port => port.Id == nic.Id);
    }

    internal WirePort Add(Nic nic, string directory)
    {
        var port = new WirePort(nic.Id, nic.Address, nic.Bus != "pcie.0", directory,
            frame => Watch?.Invoke(WireStep.ToGuest, nic.Id, frame[_header..]), _taps)
        {
            IsSteered = nic.UplinkMac is not null, On = !nic.IsCard,
        };
        lock (_lock)
            _ports.Add(port);
        port.Start(frame => FromGuest(port, frame));
        return port;
    }

    /// <summary>Sends to the process that has taken a NIC over.</summary>
    internal void Reconnect(Nic nic)
    {
        lock (_lock)
            _ports.Single(port => port.Id == nic.Id).Connect();
    }

    internal void Remove(WirePort port)
    {
        lock (_lock)
        {
            _ports.Remove(port);
            port.Plugged = false; // Frames from and to it are dropped.
            _switch.Remove(port);
            if (_sentBy.GetValueOrDefault(port.Mac) == port)
                _sentBy.Remove(port.Mac);
        }
        port.Dispose();
        lock (_lock)
            _droppedBefore += port.Dropped;
    }

    /// <summary>Disconnects all ports and the peer.</summary>
    public void Dispose()
    {
        // Not under the lock: their threads may be waiting for it. Frames that they still receive are dropped.
        WirePort[] ports;
        lock (_lock)
        {
            ports = [.. _ports];
            _ports.Clear();
            _closed = true;
        }
        List<Exception> failures = [];
        foreach (IDisposable end in (IEnumerable<IDisposable>)[.. ports, _peer])
            try
            {
                end.Dispose();
            }
            catch (InvalidOperationException failure)
            {
                failures.Add(failure);
            }
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }

    // What is received and sent is a frame, with its header before it where the wire carries offloads.
    private void FromGuest(WirePort from, ReadOnlySpan<byte> received)
    {
        if (received.Length < _header + HeaderLength)
            return;
        var frame = received[_header..];
        lock (_lock)
        {
            if (_closed || !from.Usable)
                return;
            var isOwn = Source(frame).Equals(from.Mac);
            if (!isOwn && !_switch.AllowsSpoofing(from))
            {
                Spoofed++;
                return;
            }
            if (from.IsSteered && frame[12..HeaderLength].SequenceEqual(s_pathProtocol))
            {
                from.OnVf = frame[HeaderLength] == 1;
                _moves.Add(new WireMove(Stopwatch.GetTimestamp(), from.OnVf ? _ports.Find(port => port.IsVf && port.Mac.Equals(from.Mac))?.Id ?? "" : from.Id));
                return;
            }
            from.FromGuest++;
            _longest[from.Id] = Math.Max(frame.Length, _longest.GetValueOrDefault(from.Id));
            if (from.Echo != Echo.None)
                from.Send(received);
            if (from.Echo == Echo.Only)
                return;
            Watch?.Invoke(WireStep.FromGuest, from.Id, frame);
            if (isOwn && !from.Withdrawn && !_ports.Exists(port => port.IsSteered && port.Mac.Equals(from.Mac)) && _sentBy.GetValueOrDefault(from.Mac) != from)
            {
                _sentBy[from.Mac] = from;
                _moves.Add(new WireMove(Stopwatch.GetTimestamp(), from.Id));
            }
            Send(from, received);
        }
    }

    private void FromPeer(ReadOnlySpan<byte> received)
    {
        if (received.Length < _header + HeaderLength)
            return;
        Watch?.Invoke(WireStep.FromPeer, "", received[_header..]);
        if (Trunk is { } trunk)
            received = trunk.Tagged(received);
        lock (_lock)
        {
            _longest[""] = Math.Max(received.Length - _header, _longest.GetValueOrDefault(""));
            // A closed wire still knows the guest's last port.
            if (!_closed)
                Send(null, received);
        }
    }

    private void Send(WirePort? from, ReadOnlySpan<byte> data)
    {
        var frame = data[_header..];
        _to.Clear();
        _switch.Route(from, frame, _to);
        if (from is null && _to.Count == 0 && !IsGroup(frame))
            Undeliverable++;
        foreach (var to in _to)
            if (to is not null)
                to.Send(data);
            else
                _peer.Send(Trunk is { } trunk ? trunk.Untagged(data) : data);
    }

    internal static bool IsGroup(ReadOnlySpan<byte> frame) => (frame[0] & 1) != 0;

    internal static PhysicalAddress Destination(ReadOnlySpan<byte> frame) => new(frame[..6].ToArray());

    internal static PhysicalAddress Source(ReadOnlySpan<byte> frame) => new(frame[6..12].ToArray());
}
