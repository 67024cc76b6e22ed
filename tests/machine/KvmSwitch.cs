using System.Net.NetworkInformation;

namespace HypervVfattach.Machines;

/// <summary>A KVM host: the card has a switch of its own for the wire, the physical function (PF) and the VFs, and a Linux bridge joins the
/// PF with the taps of the synthetic NICs.</summary>
/// <remarks>
/// <para>The card: a frame to a VF's address goes to that VF as soon as it is plugged in, whether the guest uses it or not; a group frame
/// goes to the wire, to the PF and to every VF except the one that sent it. So a group frame of the guest comes back to it through its other
/// port, and one from the wire arrives twice.</para>
/// <para>The bridge learns each source address with its port, also from frames that come back through the PF. A frame to an address that it
/// knows at the port where the frame came from goes nowhere, until the bridge hears the address elsewhere or the entry has aged
/// (net/bridge/br_forward.c, should_deliver; br_fdb.c, 300 s).</para>
/// <para>A VF may send with its own address only (spoofchk on); a tap may send with any.</para>
/// </remarks>
internal sealed class KvmSwitch(IReadOnlyList<WirePort> ports, TimeProvider clock) : IHostSwitch
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(300);

    // A null port is the PF.
    private readonly Dictionary<PhysicalAddress, (WirePort? Port, long At)> _learned = [];

    /// <inheritdoc/>
    public bool AllowsSpoofing(WirePort port) => !port.IsVf || port.MacSpoofing;

    /// <inheritdoc/>
    public void Route(WirePort? from, ReadOnlySpan<byte> frame, List<WirePort?> to)
    {
        if (from is null or { IsVf: true })
            Card(from, fromBridge: false, frame, to);
        else
            Bridge(from, frame, to);
    }

    /// <inheritdoc/>
    public void Remove(WirePort port)
    {
        // The card forgets a VF's address with it. A bridge forgets what it learned at a port that is gone.
        foreach (var mac in _learned.Where(entry => entry.Value.Port == port).Select(entry => entry.Key).ToList())
            _learned.Remove(mac);
    }

    private void Card(WirePort? from, bool fromBridge, ReadOnlySpan<byte> frame, List<WirePort?> to)
    {
        if (Wire.IsGroup(frame))
        {
            if (from is not null || fromBridge)
                to.Add(null);
            foreach (var vf in ports)
                if (vf is { IsVf: true, Usable: true } && vf != from && vf.Accepts(frame))
                    to.Add(vf);
            if (!fromBridge)
                Bridge(null, frame, to);
            return;
        }
        var mac = Wire.Destination(frame);
        if (ports.FirstOrDefault(port => port is { IsVf: true, Usable: true } && port.Mac.Equals(mac)) is { } member)
        {
            if (member != from)
                to.Add(member);
        }
        else if (from is null && !fromBridge || ports.Any(port => !port.IsVf && port.Mac.Equals(mac)))
        {
            if (!fromBridge)
                Bridge(null, frame, to);
        }
        else
        {
            to.Add(null);
        }
    }

    // From a tap, or through the PF.
    private void Bridge(WirePort? from, ReadOnlySpan<byte> frame, List<WirePort?> to)
    {
        _learned[Wire.Source(frame)] = (from, clock.GetTimestamp());
        var isKnown = !Wire.IsGroup(frame) & _learned.TryGetValue(Wire.Destination(frame), out var entry)
            && clock.GetElapsedTime(entry.At) < s_age;
        foreach (var tap in ports)
            if (tap is { IsVf: false, Usable: true } && tap != from && (!isKnown || entry.Port == tap))
                to.Add(tap);
        if (from is not null && (!isKnown || entry.Port is null))
            Card(null, fromBridge: true, frame, to);
    }
}
