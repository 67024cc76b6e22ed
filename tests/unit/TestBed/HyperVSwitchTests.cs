using System.Net.NetworkInformation;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>The test bed's Hyper-V host: synthetic NIC and VF are one port, and every frame goes to one of them.</summary>
public sealed class HyperVSwitchTests : HostSwitchTests
{
    private readonly Dictionary<PhysicalAddress, WirePort> _inUse = [];
    private readonly HyperVSwitch _switch;

    public HyperVSwitchTests() => _switch = new HyperVSwitch(Ports, _inUse);

    private protected override IHostSwitch Switch => _switch;

    [Theory]
    [InlineData(Guest)]
    [InlineData(Everybody)]
    [InlineData("33:33:00:00:00:01")]
    public void A_frame_arrives_once_where_the_guest_sent_last(string destination)
    {
        Plug("vf");
        To(null, Peer, destination).ShouldBe("tap");
        Use("vf");
        To(null, Peer, destination).ShouldBe("vf");
        Use("tap");
        To(null, Peer, destination).ShouldBe("tap");
    }

    [Fact]
    public void The_guests_own_group_frames_do_not_come_back()
    {
        Plug("vf");
        Use("vf");
        To("vf", Guest, Everybody).ShouldBe("peer");
        To("tap", Guest, Everybody).ShouldBe("peer");
    }

    [Fact]
    public void A_vf_without_its_link_or_that_the_host_withdraws_gives_way_to_the_synthetic_NIC()
    {
        var vf = Plug("vf");
        Use("vf");
        vf.Link = false;
        To(null, Peer, Guest).ShouldBe("tap");
        vf.Link = true;
        To(null, Peer, Guest).ShouldBe("vf");
        vf.Withdrawn = true;
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void Where_the_host_steers_it_does_not_matter_where_the_guest_sent_last()
    {
        Plug("vf");
        Port("tap").IsSteered = true;
        Use("vf");
        To(null, Peer, Guest).ShouldBe("tap");
        Port("tap").OnVf = true;
        Use("tap");
        To(null, Peer, Guest).ShouldBe("vf");
        Unplug("vf");
        To(null, Peer, Guest).ShouldBe("");
    }

    [Fact]
    public void Other_addresses_are_refused_unless_a_test_allows_them_and_answers_go_where_they_were_seen()
    {
        Plug("vf");
        Use("vf");
        _switch.AllowsSpoofing(Port("tap")).ShouldBeFalse();
        Port("tap").MacSpoofing = true;
        _switch.AllowsSpoofing(Port("tap")).ShouldBeTrue();
        To("tap", Container, Peer).ShouldBe("peer");
        To(null, Peer, Container).ShouldBe("tap");
    }

    private void Use(string id) => _inUse[PhysicalAddress.Parse(Guest)] = Port(id);
}
