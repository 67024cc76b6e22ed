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

/// <summary>A layer-2 switch between one peer and the NICs of one machine that behaves like Hyper-V's for a pair of synthetic NIC and VF:
/// one MAC address, two ports, and every frame goes to one of them.</summary>
/// <remarks>
/// <para>To the guest: through the VF when it is plugged in, has its link and is in use, that is, the last frame from this
/// MAC came through it; else through the synthetic NIC. Broadcasts arrive once. Where a host steers (<see cref="NetvscHost"/>), it goes
/// to the path that the host has chosen, and nowhere if that is the VF and there is none.</para>
/// <para>From the guest: a frame with a source address that is not the port's is dropped, as Hyper-V does unless MAC
/// spoofing is allowed; then frames to that address go to the port where it was seen.</para>
/// </remarks>
public sealed class Wire : IDisposable
{
    private const int HeaderLength = 14;

    // PATH_PROTOCOL of tests/machine/netvsc/host.c.
    private static readonly byte[] s_pathProtocol = [0x88, 0xb5];

    private readonly Lock _lock = new();
    private readonly List<WirePort> _ports = [];
    private readonly Dictionary<PhysicalAddress, WirePort> _inUse = [];
    private readonly Dictionary<PhysicalAddress, WirePort> _others = [];
    private readonly List<WireMove> _moves = [];
    private readonly FrameSocket _peer;
    private long _droppedBefore;
    private bool _closed;

    internal Wire(FrameSocket peer)
    {
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

    internal WirePort Add(Nic nic, string directory)
    {
        var port = new WirePort(nic.Id, nic.Address, nic.Bus != "pcie.0", directory,
            frame => Watch?.Invoke(WireStep.ToGuest, nic.Id, frame)) { IsSteered = nic.UplinkMac is not null };
        lock (_lock)
            _ports.Add(port);
        port.Start(frame => FromGuest(port, frame));
        return port;
    }

    internal void Remove(WirePort port)
    {
        lock (_lock)
        {
            _ports.Remove(port);
            port.Plugged = false; // Frames from and to it are dropped.
            if (_inUse.GetValueOrDefault(port.Mac) == port)
                _inUse.Remove(port.Mac);
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

    private void FromGuest(WirePort from, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < HeaderLength)
            return;
        lock (_lock)
        {
            if (_closed || !from.Usable)
                return;
            var isOwn = frame[6..12].SequenceEqual(from.Mac.GetAddressBytes());
            if (!isOwn && !from.MacSpoofing)
            {
                Spoofed++;
                return;
            }
            if (from.IsSteered && frame[12..HeaderLength].SequenceEqual(s_pathProtocol))
            {
                from.OnVf = frame[HeaderLength] == 1;
                _moves.Add(new WireMove(Stopwatch.GetTimestamp(), PortTo(from.Mac)?.Id ?? ""));
                return;
            }
            from.FromGuest++;
            Watch?.Invoke(WireStep.FromGuest, from.Id, frame);
            if (!isOwn)
                _others[new PhysicalAddress(frame[6..12].ToArray())] = from;
            else if (!from.Withdrawn && Steered(from.Mac) is null && _inUse.GetValueOrDefault(from.Mac) != from)
            {
                _inUse[from.Mac] = from;
                _moves.Add(new WireMove(Stopwatch.GetTimestamp(), from.Id));
            }
            if (IsMulticast(frame) || PortTo(frame) is not { } to)
                _peer.Send(Trunk is { } trunk ? trunk.Untagged(frame) : frame);
            else if (to.Mac.Equals(from.Mac) == false)
                to.Send(frame);
            if (IsMulticast(frame))
                SendToAll(frame, except: from.Mac);
        }
    }

    private void FromPeer(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < HeaderLength)
            return;
        Watch?.Invoke(WireStep.FromPeer, "", frame);
        if (Trunk is { } trunk)
            frame = trunk.Tagged(frame);
        lock (_lock)
            // A closed wire still knows the guest's last port.
            if (_closed)
                return;
            else if (IsMulticast(frame))
                SendToAll(frame, except: null);
            else if (PortTo(frame) is { } port)
                port.Send(frame);
            else
                Undeliverable++;
    }

    private void SendToAll(ReadOnlySpan<byte> frame, PhysicalAddress? except)
    {
        foreach (var mac in _ports.Select(port => port.Mac).Distinct())
            if (!mac.Equals(except))
                PortTo(mac)?.Send(frame);
    }

    private static bool IsMulticast(ReadOnlySpan<byte> frame) => (frame[0] & 1) != 0;

    private WirePort? PortTo(ReadOnlySpan<byte> frame) => PortTo(new PhysicalAddress(frame[..6].ToArray()));

    private WirePort? Steered(PhysicalAddress mac) => _ports.Find(port => port.IsSteered && port.Mac.Equals(mac));

    private WirePort? PortTo(PhysicalAddress mac)
    {
        if (_others.GetValueOrDefault(mac) is { Usable: true } other)
            return other;
        if (Steered(mac) is { } steered)
        {
            // Hyper-V takes a VF from its switch only after the guest has let go of it, so it is usable until then.
            var path = steered.OnVf ? _ports.Find(port => port.IsVf && port.Mac.Equals(mac)) : steered;
            return path is { Usable: true } ? path : null;
        }
        if (_inUse.GetValueOrDefault(mac) is { Usable: true, Withdrawn: false } inUse)
            return inUse;
        return _ports.Find(port => port.Mac.Equals(mac) && port is { IsVf: false, Usable: true })
            // A VF whose synthetic NIC does not exist or is off: better than nowhere.
            ?? _ports.Find(port => port.Mac.Equals(mac) && port is { Usable: true, Withdrawn: false });
    }
}
