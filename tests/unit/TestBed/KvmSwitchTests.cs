using System.Net.NetworkInformation;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>The test bed's KVM host does what a Linux bridge and a card's switch do.</summary>
public sealed class KvmSwitchTests : HostSwitchTests
{
    private readonly Clock _clock = new();
    private readonly KvmSwitch _switch;

    public KvmSwitchTests() => _switch = new KvmSwitch(Ports, _clock);

    private protected override IHostSwitch Switch => _switch;

    [Theory]
    [InlineData(Everybody)]
    [InlineData("33:33:00:00:00:01")]
    public void A_group_frame_from_the_wire_arrives_through_both_ports(string group)
    {
        To(null, Peer, group).ShouldBe("tap");
        Plug("vf");
        To(null, Peer, group).ShouldBe("vf tap");
    }

    [Fact]
    public void A_group_frame_of_the_guest_comes_back_through_its_other_port()
    {
        Plug("vf");
        To("vf", Guest, Everybody).ShouldBe("peer tap");
        To("tap", Guest, Everybody).ShouldBe("peer vf");
        // Of a container behind the guest's bridge, too.
        To("tap", Container, Everybody).ShouldBe("peer vf");
    }

    [Fact]
    public void The_card_delivers_to_a_vf_as_soon_as_it_is_there()
    {
        To(null, Peer, Guest).ShouldBe("tap");
        Plug("vf");
        To(null, Peer, Guest).ShouldBe("vf");
        To("tap", Guest, Peer).ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("vf");
    }

    [Fact]
    public void What_is_sent_to_a_container_arrives_at_the_synthetic_NIC_whatever_the_vf_does()
    {
        Plug("vf");
        To("tap", Container, Peer).ShouldBe("peer");
        To(null, Peer, Container).ShouldBe("tap");
    }

    [Fact]
    public void The_bridge_delivers_nothing_to_a_guest_whose_address_it_has_learned_at_the_wrong_port()
    {
        Plug("vf");
        To("vf", Guest, Everybody);
        Unplug("vf");
        To(null, Peer, Guest).ShouldBe("");
        // Until the guest sends through the synthetic NIC.
        To("tap", Guest, Peer).ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void What_the_vf_sends_to_one_host_does_not_reach_the_bridge()
    {
        Plug("vf");
        To("vf", Guest, Peer).ShouldBe("peer");
        Unplug("vf");
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void The_bridge_forgets_what_it_has_not_heard_for_five_minutes()
    {
        Plug("vf");
        To("vf", Guest, Everybody);
        Unplug("vf");
        _clock.Advance(TimeSpan.FromSeconds(299));
        To(null, Peer, Guest).ShouldBe("");
        _clock.Advance(TimeSpan.FromSeconds(1));
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void The_bridge_forgets_what_it_learned_at_a_tap_that_is_gone()
    {
        Plug("other", isVf: false);
        To("other", Container, Peer).ShouldBe("tap peer");
        To(null, Peer, Container).ShouldBe("other");
        Unplug("other");
        To(null, Peer, Container).ShouldBe("tap");
    }

    [Fact]
    public void A_vf_without_its_link_gets_nothing_and_the_bridge_still_has_the_guest_at_the_card()
    {
        var vf = Plug("vf");
        To("vf", Guest, Everybody).ShouldBe("peer tap");
        vf.Link = false;
        To(null, Peer, Everybody).ShouldBe("tap");
        To(null, Peer, Guest).ShouldBe("");
        To("tap", Guest, Everybody).ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("tap");
    }

    [Fact]
    public void A_vf_gets_the_groups_of_its_list_only()
    {
        Plug("vf").Filter = group => group.Equals(PhysicalAddress.Parse("33:33:00:00:00:01"));
        To(null, Peer, "33:33:00:00:00:01").ShouldBe("vf tap");
        To(null, Peer, "33:33:ff:00:00:02").ShouldBe("tap");
        To("tap", Guest, "33:33:ff:00:00:02").ShouldBe("peer");
        To(null, Peer, Guest).ShouldBe("vf");
    }

    [Fact]
    public void Only_a_tap_may_send_with_any_address()
    {
        Plug("vf");
        _switch.AllowsSpoofing(Port("tap")).ShouldBeTrue();
        _switch.AllowsSpoofing(Port("vf")).ShouldBeFalse();
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
