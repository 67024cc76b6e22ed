using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Losses when a redirect's VF is plugged, unplugged or loses its carrier, with several drivers: none once the driver has reported
/// it.</summary>
[Part(Part.Redirect)]
[Collection(Alone.Name)]
public abstract class RedirectFailOverTests(ITestOutputHelper output) : RedirectScenario(output)
{
    // Frames in flight on a cable that is cut are lost, whether the driver reports it at once or not: qemu drops what the guest sends
    // before it has handled the interrupt.
    private const int UnderWay = 5;

    /// <summary>qemu's model of the VF.</summary>
    protected abstract string VfModel { get; }

    /// <summary>qemu's model of the synthetic NIC, and its driver.</summary>
    protected virtual (string Model, string Driver) SyntheticNic => ("virtio-net-pci", "virtio_net");

    /// <summary>Whether the VF's driver reports at once that the carrier is gone.</summary>
    protected abstract bool SaysCarrier { get; }

    private IReadOnlyList<GuestFile> _files = [];

    /// <inheritdoc/>
    protected override MachineOptions Options => new()
    {
        Synthetics = [Synthetic with { Model = SyntheticNic.Model }],
        Files = _files,
    };

    /// <inheritdoc/>
    /// <remarks>Booted with the product, which prepares the synthetic NIC before it is switched on.</remarks>
    protected override Setup? Setup => null;

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        var settings = Product.Settings(Settings, SyntheticNic.Driver);
        _files = [.. await Product.InstalledAsync(), settings];
        await base.InitializeAsync();
        await Machine.CopyAsync(settings);
    }

    [Fact]
    public virtual async Task Nothing_is_lost_whatever_the_vf_does()
    {
        var vf = Vf with { Model = VfModel };
        var name = await AddressAsync();
        await RouteAsync(name);
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        probe.Mark("join");
        await PlugAndRedirectAsync(vf);
        probe.Mark("by the VF");
        var by = Machine.Wire[vf.Id].ToGuest;
        await PassAsync(1);
        (Machine.Wire[vf.Id].ToGuest - by).ShouldBeGreaterThan((long)(await PaceAsync()).PerSecond);

        probe.Mark("VF leaves");
        await Machine.UnplugAsync(vf);
        await PassAsync(1);
        probe.Mark("VF back");
        await PlugAndRedirectAsync(vf);
        await PassAsync(1);

        probe.Mark("no carrier");
        await Machine.SetLinkAsync(vf, up: false);
        await PassAsync(3);
        probe.Mark("carrier again");
        await Machine.SetLinkAsync(vf, up: true);
        await PassAsync(4);
        by = Machine.Wire[vf.Id].ToGuest;
        await PassAsync(1);
        (Machine.Wire[vf.Id].ToGuest - by).ShouldBeGreaterThan((long)(await PaceAsync()).PerSecond);

        probe.Mark("detach");
        await DetachAsync(name, vf);
        probe.Mark("end");
        await PassAsync(1);
        var rows = await StopAsync(probe);
        // A KVM host's bridge knows the guest at its VF until the guest sends by the other NIC, and this one only answers.
        var whole = IsKvm
            ? rows.Where(row => row.Phase is "before" or "by the VF" or "end")
            : rows.Where(row => row.Phase is not ("no carrier" or "detach"));
        whole.ShouldAllBe(row => row.IsWhole);
        rows.Where(row => row.Phase == "VF leaves").ShouldAllBe(row => IsBrief(row));
        if (SaysCarrier && !IsKvm)
            rows.Where(row => row.Phase == "no carrier").ShouldAllBe(row => row.Lost <= UnderWay && row.Silence < row.Allowed);
    }

    /// <summary>VMware's NIC.</summary>
    public class Vmxnet3(ITestOutputHelper output) : RedirectFailOverTests(output)
    {
        /// <inheritdoc/>
        [Core]
        public override Task Nothing_is_lost_whatever_the_vf_does() => base.Nothing_is_lost_whatever_the_vf_does();

        /// <inheritdoc/>
        protected override string VfModel => "vmxnet3";

        /// <inheritdoc/>
        protected override bool SaysCarrier => true;
    }

    /// <summary>Intel's NIC: its driver's watchdog checks the carrier every two seconds.</summary>
    public class E1000(ITestOutputHelper output) : RedirectFailOverTests(output)
    {
        /// <inheritdoc/>
        protected override string VfModel => "e1000";

        /// <inheritdoc/>
        protected override bool SaysCarrier => false;
    }

    /// <summary>virtio-net, with another model as the synthetic NIC.</summary>
    public class VirtioNet(ITestOutputHelper output) : RedirectFailOverTests(output)
    {
        /// <inheritdoc/>
        protected override string VfModel => "virtio-net-pci";

        /// <inheritdoc/>
        protected override (string Model, string Driver) SyntheticNic => ("e1000", "e1000");

        /// <inheritdoc/>
        protected override bool SaysCarrier => true;
    }
}
