using System.Globalization;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>A guest of Hyper-V with the stock hv_netvsc, whose host's side the test controls.</summary>
public abstract class NetvscScenario(ITestOutputHelper output) : ProductScenario(output)
{
    /// <summary>The adapter.</summary>
    protected static Nic Adapter { get; } = Nic.Netvsc();

    /// <summary>Its VF.</summary>
    protected virtual Nic AdapterVf => Nic.NetvscVf();

    /// <summary>The host.</summary>
    protected NetvscHost Host { get; private set; } = null!;

    /// <summary>The guest's name for the adapter.</summary>
    protected string Name { get; private set; } = "";

    /// <summary>Whether the product is installed; the same run without it shows what is the kernel's own.</summary>
    protected bool WithProduct { get; private set; }

    /// <summary>Whether the slots have the names from which the kernel reads a VF's serial.</summary>
    protected virtual bool NumberedSlots => true;

    /// <inheritdoc/>
    /// <remarks>Each test names its kernel.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts a guest with this kernel, its adapter configured.</summary>
    protected async Task StartAsync(string kernel, bool product)
    {
        await StartHostAsync(kernel, product, Adapter);
        await ConfigureAsync();
    }

    /// <summary>Starts a guest with this kernel and these adapters.</summary>
    protected async Task StartHostAsync(string kernel, bool product, params Nic[] adapters)
    {
        var release = OnKernelsAttribute.Releases[kernel];
        WithProduct = product;
        await StartAsync(new MachineOptions
        {
            Release = release, Synthetics = adapters, NumberedSlots = NumberedSlots, RootPorts = Math.Max(4, adapters.Length),
            Setup = await NetvscHost.SetupAsync(release, adapters, product ? Product.Setup : null),
        });
        await StartedAsync(kernel);
    }

    /// <summary>Boots a guest with this kernel whose VF is plugged in and offered before its adapter's driver starts.</summary>
    protected async Task BootAsync(string kernel, bool product)
    {
        var release = OnKernelsAttribute.Releases[kernel];
        WithProduct = product;
        await StartAsync(new MachineOptions
        {
            Release = release, Synthetics = [Adapter], VfsAtBoot = [AdapterVf], NumberedSlots = NumberedSlots,
            Files = [.. await NetvscHost.BootFilesAsync(release, Adapter, AdapterVf), .. product ? await Product.InstalledAsync() : []],
        });
        await StartedAsync(kernel);
        await ConfigureAsync();
    }

    /// <summary>Waits until the adapter has its interface again.</summary>
    protected async Task PresentAsync() => await RunAsync($"until [ -e /sys/class/net/{Name} ]; do sleep 0.1; done");

    /// <summary>Gives the adapter its addresses.</summary>
    protected Task ConfigureAsync() => AddressAsync(Name);

    /// <summary>Switches further adapters on, and waits for the routes that the kernel gives them.</summary>
    protected async Task SwitchOnAsync(params IEnumerable<Nic> adapters)
    {
        foreach (var name in await Task.WhenAll(adapters.Select(Host.NameAsync)))
            await RunAsync($"ip link set {name} up; until ip -6 route show dev {name} | grep -q .; do sleep 0.1; done");
    }

    /// <summary>Checks that <c>status</c> has these words; without the product there is nothing to check.</summary>
    protected async Task StatusSaysAsync(params string[] words)
    {
        if (!WithProduct)
            return;
        var status = await StatusAsync();
        Say(status);
        foreach (var text in words)
            status.ShouldContain(text);
    }

    private async Task StartedAsync(string kernel)
    {
        Host = new NetvscHost(Machine);
        (await RunAsync("uname -r")).ShouldStartWith(kernel + ".");
        // As in Azure: a configuration file without a word about drivers.
        await RunAsync("rm -f /etc/hyperv-vfattach.toml");
        Name = await Host.NameAsync(Adapter);
    }

    /// <summary>The configuration of the adapter.</summary>
    protected Task<string> ConfigurationAsync() => RunAsync($"ip -o address show dev {Name}; ip route; ip -6 route");

    /// <inheritdoc/>
    protected override async Task SayWhatIsThereAsync()
    {
        Say((await Machine.TryAsync($"cat /proc/vmbus-host; lsmod | grep hv_; dmesg | grep -iE 'hv_|vmbus|netvsc' | tail -n 40; ls /sys/bus/vmbus/devices; ip -d link; ip address; hyperv-vfattach status; ethtool -S {Name} | grep vf_")).Output);
        await base.SayWhatIsThereAsync();
    }

    /// <summary>Offers the VF, plugs it in, and returns its name.</summary>
    protected async Task<string> OfferAndPlugAsync()
    {
        await Host.OfferAsync(Adapter, AdapterVf);
        await Machine.PlugAsync(AdapterVf);
        return await Machine.NameAsync(AdapterVf);
    }

    /// <summary>Takes the VF away as a host does before a live migration.</summary>
    protected async Task RevokeAndUnplugAsync()
    {
        await Host.RevokeAsync(Adapter);
        await Machine.UnplugAsync(AdapterVf);
    }

    /// <summary>Waits until the host has switched the data path.</summary>
    protected Task PathAsync(bool vf) => PathAsync(Adapter, vf);

    /// <summary>Waits until the host has switched the data path of this adapter.</summary>
    protected async Task PathAsync(Nic adapter, bool vf, int seconds = 20)
    {
        for (var end = DateTime.UtcNow.AddSeconds(Machine.Seconds(seconds)); Machine.Wire[adapter.Id].OnVf != vf; await Task.Delay(20))
            (DateTime.UtcNow < end).ShouldBeTrue($"the host has not switched {adapter.Id} to {(vf ? "the VF" : "the synthetic NIC")}");
    }

    /// <summary>A counter of hv_netvsc (ethtool -S).</summary>
    protected async Task<long> CounterAsync(string counter) => long.Parse(
        await RunAsync($"ethtool -S {Name} | awk '$1 == \"{counter}:\" {{ print $2 }}'"), CultureInfo.InvariantCulture);
}
