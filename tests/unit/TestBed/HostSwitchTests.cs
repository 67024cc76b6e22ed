using System.Net.NetworkInformation;
using HypervVfattach.Machines;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>A switch of the test bed with ports of one guest.</summary>
public abstract class HostSwitchTests : IDisposable
{
    protected const string Guest = "52:54:00:77:00:00", Peer = "02:00:00:00:00:01", Container = "02:00:00:00:00:99", Everybody = "ff:ff:ff:ff:ff:ff";

    private readonly Apply.TemporaryDirectory _directory = new();

    /// <summary>The guest's synthetic NIC is at the port "tap".</summary>
    protected HostSwitchTests() => Plug("tap", isVf: false);

    /// <summary>All ports.</summary>
    private protected List<WirePort> Ports { get; } = [];

    /// <summary>The switch.</summary>
    private protected abstract IHostSwitch Switch { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Ports.ForEach(port => port.Dispose());
        _directory.Dispose();
    }

    private protected WirePort Port(string id) => Ports.Single(port => port.Id == id);

    private protected WirePort Plug(string id, bool isVf = true)
    {
        var port = new WirePort(id, PhysicalAddress.Parse(Guest), isVf, _directory.Path, _ => { }) { Plugged = true };
        Ports.Add(port);
        return port;
    }

    private protected void Unplug(string id)
    {
        var port = Port(id);
        Ports.Remove(port);
        Switch.Remove(port);
        port.Dispose();
    }

    /// <summary>The receivers of a frame from a port, or from the peer.</summary>
    private protected string To(string? from, string source, string destination)
    {
        List<WirePort?> to = [];
        byte[] frame = [.. PhysicalAddress.Parse(destination).GetAddressBytes(), .. PhysicalAddress.Parse(source).GetAddressBytes(), 8, 0];
        Switch.Route(from is null ? null : Port(from), frame, to);
        return string.Join(' ', to.Select(port => port?.Id ?? "peer"));
    }
}
