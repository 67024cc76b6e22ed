using System.Net.NetworkInformation;

namespace HypervVfattach.Machines;

/// <summary>Hyper-V's switch: synthetic NIC and VF are one port with one MAC address, and every frame goes to one of them.</summary>
/// <remarks>
/// <para>To the guest: through the VF when it is plugged in, has its link and is in use, that is, the last frame from this
/// MAC came through it; else through the synthetic NIC. Broadcasts arrive once. Where a host steers (<see cref="NetvscHost"/>), it goes
/// to the path that the host has chosen, and nowhere if that is the VF and there is none.</para>
/// <para>From the guest: a frame with a source address that is not the port's is dropped, as Hyper-V does unless MAC
/// spoofing is allowed; then frames to that address go to the port where it was seen.</para>
/// </remarks>
/// <param name="ports">All ports.</param>
/// <param name="inUse">The port through which each guest sent last.</param>
internal sealed class HyperVSwitch(IReadOnlyList<WirePort> ports, IReadOnlyDictionary<PhysicalAddress, WirePort> inUse) : IHostSwitch
{
    private readonly Dictionary<PhysicalAddress, WirePort> _others = [];

    /// <inheritdoc/>
    public bool AllowsSpoofing(WirePort port) => port.MacSpoofing;

    /// <inheritdoc/>
    public void Route(WirePort? from, ReadOnlySpan<byte> frame, List<WirePort?> to)
    {
        if (from is not null && Wire.Source(frame) is var source && !source.Equals(from.Mac))
            _others[source] = from;
        if (Wire.IsGroup(frame))
        {
            if (from is not null)
                to.Add(null);
            foreach (var mac in ports.Select(port => port.Mac).Distinct())
                if (!mac.Equals(from?.Mac) && PortTo(mac) is { } member)
                    to.Add(member);
        }
        else if (PortTo(Wire.Destination(frame)) is not { } port)
        {
            if (from is not null)
                to.Add(null);
        }
        else if (!port.Mac.Equals(from?.Mac))
        {
            to.Add(port);
        }
    }

    private WirePort? PortTo(PhysicalAddress mac)
    {
        if (_others.GetValueOrDefault(mac) is { Usable: true } other)
            return other;
        if (ports.FirstOrDefault(port => port.IsSteered && port.Mac.Equals(mac)) is { } steered)
        {
            // Hyper-V takes a VF from its switch only after the guest has let go of it, so it is usable until then.
            var path = steered.OnVf ? ports.FirstOrDefault(port => port.IsVf && port.Mac.Equals(mac)) : steered;
            return path is { Usable: true } ? path : null;
        }
        if (inUse.GetValueOrDefault(mac) is { Usable: true, Withdrawn: false } used)
            return used;
        return ports.FirstOrDefault(port => port.Mac.Equals(mac) && port is { IsVf: false, Usable: true })
            // A VF whose synthetic NIC does not exist or is off: better than nowhere.
            ?? ports.FirstOrDefault(port => port.Mac.Equals(mac) && port is { Usable: true, Withdrawn: false });
    }
}
