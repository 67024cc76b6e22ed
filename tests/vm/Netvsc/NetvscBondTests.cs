using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>Bonds of other programs beside a driver that joins the pair itself.</summary>
public class NetvscBondTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels(All = false)]
    public async Task The_old_scripts_bond_with_one_port_works_and_status_names_it(string kernel, bool product)
    {
        await StartHostAsync(kernel, product, Adapter);
        // What the old bonding script leaves on a kernel that joins the pair: it does not get the VF.
        await RunAsync($"""
            ip link add bond0 address {Adapter.Mac} type bond mode active-backup miimon 100 fail_over_mac none && ip link set {Name} down && ip link set {Name} master bond0 &&
            ip link set bond0 up && ip address add {V4}/24 dev bond0 && ip address add {V6}/64 dev bond0 nodad
            until ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.1; done
            """);
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        using var probe = await StartProbeAsync("joined below the bond");
        await PassAsync(1);
        await StatusSaysAsync("joined by the kernel", $"carried by  {vf} (VF)", "bond0, which another program made");
        probe.Mark("VF away");
        await RevokeAndUnplugAsync();
        await PathAsync(vf: false);
        await PassAsync(1);
        await StatusSaysAsync($"carried by  {Name} (synthetic)");
        (await StopAsync(probe)).ShouldAllBe(row => row.IsCut);
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Theory, OnKernels]
    public async Task The_kernel_cannot_join_a_vf_that_a_foreign_bond_has(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Host.RescindAsync(Adapter);
        await Machine.PlugAsync(AdapterVf);
        var vf = await Machine.NameAsync(AdapterVf);
        await RunAsync($"ip link add bond7 type bond mode active-backup miimon 100 && ip link set {vf} down && ip link set {vf} master bond7 && ip link set bond7 up");
        await Host.AddAsync(Adapter);
        await Host.OfferAsync(Adapter, AdapterVf);
        await PresentAsync();
        await ConfigureAsync();
        await IdleAsync();
        var before = await ConfigurationAsync();
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(run.Error);
        (await ConfigurationAsync()).ShouldBe(before);
        (await RunAsync($"basename $(readlink /sys/class/net/{vf}/master)")).Trim().ShouldBe("bond7");
        run.Error.ShouldContain("bond7");
        await StatusSaysAsync($"{Name}  {Adapter.Mac}  in bond7, which another program made");
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }
}
