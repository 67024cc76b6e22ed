using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The addresses that a VF receives for its synthetic NIC.</summary>
public class AddressListTests : RedirectTest
{
    private const string Guest = "02:15:5d:00:00:77", Group = "01:0e:cf:00:00:01", Own = "02:15:5d:00:00:55";

    private readonly NetlinkSocket _socket = new();

    [Fact]
    public void The_vf_gets_the_addresses_of_the_synthetic_and_loses_them_again()
    {
        // An interface that was switched on once has left a group.
        Ip(["link set vf0 up", "link set vf0 down", "maddr add 01:0e:cf:00:00:99 dev vf0"]);
        Run("bridge", "fdb", "add", Own, "dev", "vf0", "self", "permanent");
        string before = Lists("vf0");
        before.ShouldContain(Own);
        Ip([
            $"maddr add {Group} dev syn", "-6 address add fd00::12:3456 dev syn nodad",
            $"link add guest link syn address {Guest} type macvlan mode bridge", "link set guest up",
        ]);
        const string solicited = "33:33:ff:12:34:56";
        Groups("syn").ShouldContain(solicited);

        for (int times = 0; times < 2; times++)
        {
            Copy(Vf);
            Groups("vf0").ShouldContain(Group);
            Groups("vf0").ShouldContain(solicited);
            Groups("vf0").ShouldNotContain("01:0e:cf:00:00:99");
            Unicast("vf0").ShouldBe([Guest]);
        }
        // They stay on an interface that is switched on and off, and on one that has lost its own.
        Ip("link set vf0 up");
        Ip("link set vf0 down");
        Groups("vf0").ShouldContain(solicited);

        // What the synthetic NIC has no more, the VF has no more.
        Ip("address del fd00::12:3456 dev syn");
        Ip("link del guest");
        Copy(Vf);
        Groups("vf0").ShouldNotContain(solicited);
        Groups("vf0").ShouldContain(Group);
        Unicast("vf0").ShouldBeEmpty();

        Backend.Apply([new SetAddressList(Vf, 0, ["01:0e:cf:00:00:99", Own])], 0, repeat: true);
        Lists("vf0").ShouldBe(before);
    }

    [Fact]
    public void An_interface_that_refuses_them_is_no_failure()
    {
        Ip("link add vrf9 type vrf table 9");
        TryRun("ip", "maddr", "add", "01:0e:cf:00:00:99", "dev", "vrf9").Status.ShouldNotBe(0, "it has no list of multicast addresses");
        Ip($"maddr add {Group} dev syn");
        Copy(Index("vrf9"));
        Groups("vrf9").ShouldNotContain(Group);
        Backend.Apply([new SetAddressList(9999, Synthetic, [])], 0, repeat: false);
    }

    [Fact]
    public void Whether_a_frame_to_a_group_arrives_is_found_out_past_the_redirect()
    {
        HardwareAddress group = new("33:33:ff:12:34:56");
        Backend.Receives(Vf, group, Synthetic).ShouldBeFalse("the VF is off");
        Join();
        Backend.Receives(Vf, group, Synthetic).ShouldBeTrue();
        Host.Run("bridge", "link", "set", "dev", "vf1", "mcast_flood", "off");
        Backend.Receives(Vf, group, Synthetic).ShouldBeFalse("the host does not deliver it");
        Backend.Receives(9999, group, Synthetic).ShouldBeFalse("it is gone");
    }

    private void Copy(int to) => Backend.Apply([new SetAddressList(to, Synthetic, [])], 0, repeat: false);

    private List<string> Groups(string name)
    {
        int index = Index(name);
        return [.. MulticastTable.Read(link => link == index).Select(group => group.Address)];
    }

    private List<string> Unicast(string name) => new AddressLists(_socket).Unicast(Index(name));

    private static string Lists(string name) => Sorted(Run("ip", "maddr", "show", "dev", name)) + Sorted(Run("bridge", "fdb", "show", "dev", name));
}
