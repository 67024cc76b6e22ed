namespace HypervVfattach.Machines;

/// <summary>The hosts that the tests know.</summary>
public enum HostKind
{
    /// <summary>One switch, to which synthetic NIC and VF are one port (<see cref="HyperVSwitch"/>).</summary>
    HyperV,

    /// <summary>A Linux bridge beside the card's own switch (<see cref="KvmSwitch"/>).</summary>
    Kvm,
}

/// <summary>Decides which ports get a frame. The <see cref="Wire"/> calls it under its lock.</summary>
internal interface IHostSwitch
{
    /// <summary>Whether a port may send with addresses that are not its own.</summary>
    bool AllowsSpoofing(WirePort port);

    /// <summary>Adds the receivers of a frame.</summary>
    /// <param name="from">The sender; null for the peer.</param>
    /// <param name="frame">The frame, with at least an Ethernet header.</param>
    /// <param name="to">The receivers; null for the peer.</param>
    void Route(WirePort? from, ReadOnlySpan<byte> frame, List<WirePort?> to);

    /// <summary>Forgets what it learned at a port that was unplugged.</summary>
    void Remove(WirePort port)
    {
    }
}
