using System.Net.NetworkInformation;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>The test bed's KVM host does what a Linux bridge and a card's switch do.</summary>
public sealed class KvmSwitchTests : IDisposable
{
    private const string Guest = "52:54:00:77:00:00", Peer = "02:00:00:00:00:01", Container = "02:00:00:00:00:99", Everybody = "ff:ff:ff:ff:ff:ff";

    private readonly Apply.TemporaryDirectory _directory = new();
    private readonly List<WirePort> _ports = [];
    private readonly KvmSwitch _switch;

    public KvmSwitchTests()
    {
        _switch = new KvmSwitch(_ports);
        Plug("tap", isVf: false);
    }

    public void Dispose()
    {
        _ports.ForEach(port => port.Dispose());
        _directory.Dispose();
    }

    [Fact]
    public void A_group_frame_from_the_wire_arrives_through_both_ports()
    {
        To(null, Peer, Everybody).ShouldBe("tap");
        Plug("vf", isVf: true);
        To(null, Peer, Everybody).ShouldBe("vf tap");
    }

    [Fact]
    public void A_group_frame_of_the_guest_comes_back_through_its_other_port()
    {
        Plug("vf", isVf: true);
        To("vf", Guest, Everybody).ShouldBe("peer tap");
        To("tap", Guest, Everybody).ShouldBe("peer vf");
        // Of a container behind the guest's bridge, too.
        To("tap", Container, Everybody).ShouldBe("peer vf");
    }

    [Fact]
    public void The_card_delivers_to_a_vf_as_soon_as_it_is_there()
    {
        To(null, Peer, Guest).ShouldBe("tap");
        Plug("vf", isVf: true);
        To(null, Peer, Guest).ShouldBe("vf");
        To("tap", Guest, Peer).ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("vf");
    }

    [Fact]
    public void The_bridge_delivers_nothing_to_a_guest_whose_address_it_has_learned_at_the_wrong_port()
    {
        Plug("vf", isVf: true);
        To("vf", Guest, Everybody);
        Unplug("vf");
        To(null, Peer, Guest).ShouldBe("");
        // Until the guest sends through the synthetic NIC.
        To("tap", Guest, Peer).ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void A_vf_gets_the_groups_of_its_list_only()
    {
        Plug("vf", isVf: true);
        _ports[1].Filter = group => group.Equals(PhysicalAddress.Parse("33:33:00:00:00:01"));
        To(null, Peer, "33:33:00:00:00:01").ShouldBe("vf tap");
        To(null, Peer, "33:33:ff:00:00:02").ShouldBe("tap");
    }

    [Fact]
    public void Only_a_tap_may_send_with_any_address()
    {
        Plug("vf", isVf: true);
        _switch.AllowsSpoofing(_ports[0]).ShouldBeTrue();
        _switch.AllowsSpoofing(_ports[1]).ShouldBeFalse();
    }

    private void Plug(string id, bool isVf)
    {
        var port = new WirePort(id, PhysicalAddress.Parse(Guest), isVf, _directory.Path, _ => { }) { Plugged = true };
        _ports.Add(port);
    }

    private void Unplug(string id)
    {
        var port = _ports.Single(port => port.Id == id);
        _ports.Remove(port);
        _switch.Remove(port);
        port.Dispose();
    }

    private string To(string? from, string source, string destination)
    {
        List<WirePort?> to = [];
        byte[] frame = [.. PhysicalAddress.Parse(destination).GetAddressBytes(), .. PhysicalAddress.Parse(source).GetAddressBytes(), 8, 0];
        _switch.Route(from is null ? null : _ports.Single(port => port.Id == from), frame, to);
        return string.Join(' ', to.Select(port => port?.Id ?? "peer"));
    }
}
