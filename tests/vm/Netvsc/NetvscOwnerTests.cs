using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>The programs that configure interfaces, beside a VF that the kernel joins.</summary>
public class NetvscOwnerTests(ITestOutputHelper output) : NetvscScenario(output)
{
    private static readonly Dictionary<string, Owner> s_owners = new()
    {
        ["NetworkManager"] = new NetworkManager(), ["networkd"] = new Networkd(), ["ifupdown"] = new Ifupdown(), ["dhcpcd"] = new Dhcpcd(),
    };

    [Theory, OnKernels("NetworkManager", "networkd", "ifupdown", "dhcpcd", Compare = true)]
    public async Task The_vf_gets_no_configuration_and_the_lease_is_renewed(string kernel, bool product, string name)
    {
        var owner = kernel == "5.10" && name == "dhcpcd" ? new Dhcpcd { PidFile = "/run/dhcpcd-%i.pid" } : s_owners[name];
        await StartHostAsync(kernel, product, Adapter);
        using var router = await Router.StartAsync(Machine.Peer);
        await Machine.CopyAsync(owner.Files(Method.Dhcp, Name));
        await RunAsync($"ip -o monitor address route >/run/monitor.log 2>&1 & {owner.Start(Name)}");
        await RunAsync($"until ip -o -4 address show dev {Name} scope global | grep -q . && ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.2; done", TimeSpan.FromSeconds(120));
        var before = await RunAsync($"ip -o -4 address show dev {Name} scope global | awk '{{ print $4 }}'; ip route show default");
        var vf = "";
        for (var migration = 1; migration <= (product ? 2 : 1); migration++)
        {
            vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            await router.Dhcp.RenewedAsync(2, TimeSpan.FromSeconds(120), Adapter.Mac);
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
            await router.Dhcp.RenewedAsync(1, TimeSpan.FromSeconds(120), Adapter.Mac);
        }
        (await RunAsync($"ip -o -4 address show dev {Name} scope global | awk '{{ print $4 }}'; ip route show default")).ShouldBe(before);
        // Without the product the managers configure the VF, too: that is what its properties are for.
        if (!product)
            return;
        // The kernel itself adds the multicast route.
        (await RunAsync($"grep -E '(: |dev ){vf} ' /run/monitor.log | grep -v 'multicast ff00::/8' || true")).ShouldBe("");
        router.Dhcp.Clients.Select(client => client.Mac).Distinct().ShouldBe([Adapter.Mac]);
        if (owner is NetworkManager)
            (await RunAsync("nmcli -t -f NAME connection")).ShouldNotContain("Wired connection");
    }
}
