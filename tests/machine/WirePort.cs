using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>What a port does with the frames of the guest besides forwarding them.</summary>
public enum Echo
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It sends each back, too.</summary>
    Too,

    /// <summary>It sends each back and forwards none.</summary>
    Only,
}

/// <summary>One end of the wire at a NIC: two datagram sockets in the file system, one frame per datagram, as qemu's <c>-netdev dgram</c>
/// uses them; or a tap, which carries checksums and segments that are still to be made.</summary>
public sealed class WirePort : IDisposable
{
    private readonly Socket _receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly FrameHandler _taken;
    private readonly Taps? _taps;

    private FrameHandler _handler = _ => { };
    private FrameLoop? _loop;
    private FrameSocket? _tap;
    private FrameQueue? _toGuest;
    private long _sentBefore, _droppedBefore;

    internal WirePort(string id, PhysicalAddress mac, bool isVf, string directory, FrameHandler taken, Taps? taps = null)
    {
        _taps = taps;
        Id = id;
        Mac = mac;
        IsVf = isVf;
        HostPath = Path.Combine(directory, $"{id}.wire");
        QemuPath = Path.Combine(directory, $"{id}.qemu");
        File.Delete(HostPath);
        File.Delete(QemuPath);
        _receiver.Bind(new UnixDomainSocketEndPoint(HostPath));
        _taken = taken;
    }

    /// <summary>The NIC's id.</summary>
    public string Id { get; }

    /// <summary>The only source address that the port accepts.</summary>
    public PhysicalAddress Mac { get; }

    /// <summary>Whether this is the port of a VF.</summary>
    public bool IsVf { get; }

    /// <summary>Whether the NIC is plugged in.</summary>
    public bool Plugged { get; internal set; }

    /// <summary>Whether the NIC has its link.</summary>
    public bool Link { get; internal set; } = true;

    /// <summary>Whether the switch passes frames here; unlike the link, the guest does not see this.</summary>
    public bool On { get; set; } = true;

    /// <summary>Whether the guest's frames come back to it.</summary>
    public Echo Echo { get; set; }

    /// <summary>Whether it accepts frames from other addresses too, as Hyper-V's NICs do with MacAddressSpoofing on.</summary>
    public bool MacSpoofing { get; set; }

    /// <summary>Whether the host has already removed this VF from its switch: it gets no more frames.</summary>
    public bool Withdrawn { get; set; }

    /// <summary>Whether the host of <see cref="NetvscHost"/> serves this NIC, so that it tells the switch which path to use;
    /// an old host did not.</summary>
    public bool IsSteered { get; set; }

    /// <summary>Whether the host has switched the data path of a steered NIC to its VF.</summary>
    public bool OnVf { get; internal set; }

    /// <summary>Whether a VF receives a group frame: untrusted ones get only what their list has. Everything, unless a test says
    /// otherwise.</summary>
    internal Func<PhysicalAddress, bool>? Filter { get; set; }

    internal bool Accepts(ReadOnlySpan<byte> frame) => Filter is not { } filter || filter(Wire.Destination(frame));

    /// <summary>Frames from the guest.</summary>
    public long FromGuest { get; internal set; }

    /// <summary>Frames to the guest.</summary>
    public long ToGuest => _sentBefore + (_toGuest?.Sent ?? 0);

    /// <summary>Frames that qemu did not accept.</summary>
    public long Dropped => _droppedBefore + (_toGuest?.Dropped ?? 0);

    internal bool Usable => Plugged && Link && On;

    internal string HostPath { get; }

    internal string QemuPath { get; }

    /// <summary>The argument of <c>-netdev</c> and <c>netdev_add</c>.</summary>
    internal Dictionary<string, object> Netdev => _taps is not null ? Taps.Netdev(Id) : new()
    {
        ["type"] = "dgram",
        ["id"] = Id,
        ["local"] = new Dictionary<string, object> { ["type"] = "unix", ["path"] = QemuPath },
        ["remote"] = new Dictionary<string, object> { ["type"] = "unix", ["path"] = HostPath },
    };

    internal void Start(FrameHandler handler)
    {
        _handler = handler;
        if (_taps is null)
            _loop = new FrameLoop(_receiver, $"wire {Id}", handler);
    }

    /// <summary>Must be called when qemu has opened its end; again when another process has taken it over.</summary>
    internal void Connect()
    {
        var sender = _taps is { } taps ? Tapped(taps) : Connected();
        if (_toGuest is { } former)
        {
            former.Dispose();
            _sentBefore += former.Sent;
            _droppedBefore += former.Dropped;
        }
        _toGuest = new FrameQueue(sender, $"wire {Id} to the guest", _taken);
        Plugged = true;
    }

    // A socket whose reader has gone does not connect again.
    private Socket Connected()
    {
        var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint(QemuPath));
        return sender;
    }

    private Socket Tapped(Taps taps)
    {
        taps.SwitchOn(Id);
        _tap = taps.Open(Id);
        _tap.Start(_handler);
        return taps.Open(Id).Socket;
    }

    internal void Send(ReadOnlySpan<byte> frame) => _toGuest?.Add(frame);

    /// <inheritdoc/>
    public void Dispose()
    {
        _toGuest?.Dispose();
        _loop?.Dispose();
        _tap?.Dispose();
        _receiver.Dispose();
    }
}
