using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>What must work with each owner and each join, on each host.</summary>
public abstract class EveryHostTests(ITestOutputHelper output, OwnerTable table, Owner owner, Join join)
    : LeaseTests(output, table, owner, join)
{
    [Fact]
    public virtual async Task A_lease_lives_on_whatever_happens_to_the_vf_and_to_its_owner()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        var clients = await ClientsAsync();
        var discovered = router.Dhcp.Count(DhcpType.Discover);
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);

        probe.Mark("join");
        var vf = await JoinAsync(Vf);
        await probe.SettleAsync(); // Frames in flight belong to the join.
        probe.Mark("joined");
        await RenewedAsync(2);
        await StillAsync(before);

        await AwayAndBackAsync(probe);
        await RenewedAsync();

        probe.Mark("carrier lost");
        await Machine.SetLinkAsync(Vf, up: false);
        await SendsByAsync(Synthetic);
        await RenewedAsync();
        probe.Mark("carrier back");
        await Machine.SetLinkAsync(Vf, up: true);
        await SendsByAsync(Vf);

        await AwayAndBackAsync(probe, " again");
        await StillAsync(before, clients);
        await NobodyElseAsync(vf);
        // networkd releases the lease of an interface that it has to give up. The plan stops its ARP question, but sometimes the packet has
        // left by then; the server gives the same address to the same client.
        router.Dhcp.Count(DhcpType.Release).ShouldBeLessThanOrEqualTo(Join == Join.Bond && Owner.Program == "systemd-networkd" ? 1 : 0);
        // On a bond the client may start over, for the same address. A KVM host sends the answers to the VF, so that it repeats itself until that is
        // joined.
        if (!IsKvm || Join != Join.Bond)
            router.Dhcp.Count(DhcpType.Discover).ShouldBeLessThanOrEqualTo(discovered + (Join == Join.Bond ? 1 : 0));

        probe.Mark("owner restarted");
        await RunAsync(Owner.Restart);
        await SameAgainAsync();
        probe.Mark("configured anew");
        await RunAsync(Owner.Reconfigure(Carrier));
        await SameAgainAsync();

        probe.Mark("detach");
        var released = router.Dhcp.Count(DhcpType.Release);
        await DetachAsync(First);
        await SendsByAsync(Synthetic);
        probe.Mark("detached");
        await RenewedAsync();
        await StillAsync(before, clients);
        (await RunAsync($"ip -o address show dev {First} scope global | wc -l")).Trim().ShouldBe("2");
        await NobodyElseAsync(vf);
        router.Dhcp.Count(DhcpType.Release).ShouldBe(released);
        Lossless(await StopAsync(probe, "lease"), except: ["owner restarted", "configured anew"]);

        async Task SameAgainAsync()
        {
            await RenewedAsync();
            await StillAsync(before, clients);
            await SendsByAsync(Vf);
            await NobodyElseAsync(vf);
        }
    }

    [Fact]
    public virtual async Task A_machine_that_boots_with_its_vf_has_its_lease_and_uses_the_vf()
    {
        await BootAsync(Method.Dhcp);
        var vf = await Machine.NameAsync(Vf);
        Say(await ConfiguredAsync());
        using (var early = await StartProbeAsync("boot"))
        {
            await JoinedAsync();
            await SendsByAsync(Vf);
            await IdleAsync();
            await StopAsync(early, "boot");
        }
        var before = await ConfiguredAsync();
        Say(before);
        using var probe = await StartProbeAsync("joined");
        await RenewedAsync(2);
        await StillAsync(before);

        await AwayAndBackAsync(probe);
        await RenewedAsync();
        probe.Mark("detach");
        await DetachAsync(First);
        await SendsByAsync(Synthetic);
        await RenewedAsync();
        await StillAsync(before);
        // On a KVM host the detach was made without the VF.
        if (!IsKvm)
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        // NetworkManager may have seen the VF before there was a synthetic NIC to recognise it by.
        await NobodyElseAsync(Owner is NetworkManager ? [] : [vf]);
        Lossless(await StopAsync(probe, "boot"));
    }

    [Fact]
    public virtual async Task Static_addresses_stay_while_the_vf_comes_and_goes()
    {
        await StartMachineAsync();
        await StartOwnerAsync(Method.Static, First);
        var before = await ConfiguredAsync(Method.Static);
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        probe.Mark("join");
        var vf = await JoinAsync(Vf);
        probe.Mark("VF away");
        await Machine.UnplugAsync(Vf);
        await PassAsync(2);
        probe.Mark("VF back");
        await JoinAsync(Vf);
        await StillAsync(before);
        // A script that names the synthetic NIC (Dhclient's, which has no client here) does not know the bond.
        if (Join == Join.Redirect || Owner is not Dhclient)
        {
            probe.Mark("owner restarted");
            await RunAsync(Owner.Restart);
            await PassAsync(2);
            await StillAsync(before);
            await SendsByAsync(Vf);
        }
        probe.Mark("detach");
        await DetachAsync(First);
        await SendsByAsync(Synthetic);
        await PassAsync(2);
        await StillAsync(before);
        await NobodyElseAsync(vf);
        Lossless(await StopAsync(probe, "static"), except: ["owner restarted"]);
    }

    [Fact]
    public virtual async Task Two_pairs_have_a_lease_each()
    {
        const string second = "enp0s17";
        await StartMachineAsync(Nic.Synthetic(0), Nic.Synthetic(1));
        await StartRouterAsync();
        // Both NICs are on one wire: each must answer for its own address only, and one router is enough.
        await RunAsync($"echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 0 >/proc/sys/net/ipv6/conf/{second}/accept_ra");
        await StartOwnerAsync(Method.Dhcp, First, second);
        var before = await ConfiguredAsync();
        Say(before);
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);

        probe.Mark("join");
        await Task.WhenAll(Machine.PlugAsync(Nic.Vf(0)), Machine.PlugAsync(Nic.Vf(1)));
        string[] vfs = [await Machine.NameAsync(Nic.Vf(0)), await Machine.NameAsync(Nic.Vf(1))];
        await SendsByAsync(Nic.Vf(0));
        await SendsByAsync(Nic.Vf(1));
        probe.Mark("joined");
        await BothRenewedAsync();
        probe.Mark("one VF away");
        await Machine.UnplugAsync(Nic.Vf(1));
        await BothRenewedAsync();
        await StillAsync(before);
        probe.Mark("detach");
        await DetachAsync(First, Nic.Vf(0));
        await DetachAsync(second, Nic.Vf(1));
        await BothRenewedAsync();
        await StillAsync(before);
        await NobodyElseAsync(vfs);
        Lossless(await StopAsync(probe, "two pairs"));

        Task BothRenewedAsync() => Task.WhenAll(RenewedAsync(2), RenewedAsync(2, Nic.Synthetic(1)));
    }

    private async Task AwayAndBackAsync(Probe probe, string again = "")
    {
        probe.Mark($"VF away{again}");
        await Machine.UnplugAsync(Vf);
        await RenewedAsync();
        probe.Mark($"VF back{again}");
        await JoinAsync(Vf);
    }
}
