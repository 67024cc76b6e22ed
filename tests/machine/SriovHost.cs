using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>A host with a real SR-IOV card, qemu's igb (an Intel 82576). Its physical function (PF) is in a network namespace of the guest, which
/// plays the host: there the kernel's own driver gives the guest a VF that it does not trust, and takes it away.</summary>
/// <remarks>The card decides by its registers what reaches the VF. Beyond the card the host is that of the <see cref="Wire"/>, at which PF and VF
/// have one port: the PF sends nothing.</remarks>
public sealed class SriovHost(Machine machine)
{
    private const string Release = "trixie";
    private const string Namespace = "host", Pf = "pf";
    private const int Kept = 2;

    private static readonly string s_pf = $"/sys/bus/pci/devices/{Nic.Card().PciAddress}";
    private static readonly TimeSpan s_fetch = TimeSpan.FromMinutes(15);

    private static readonly Nic s_vf = Nic.CardVf();

    /// <summary>Changes what the card does with the VF.</summary>
    /// <param name="words">Words of <c>ip link set PF vf 0</c>, such as <c>trust on</c>.</param>
    public async Task SetAsync(string words) => await machine.RunAsync($"ip -n {Namespace} link set {Pf} vf 0 {words}");

    /// <summary>Gives the VF another address. The card does not deliver to the former one any more.</summary>
    public async Task SetMacAsync(string mac)
    {
        await SetAsync($"mac {mac}");
        machine.Wire[s_vf.Id].On = mac == s_vf.Mac;
    }

    /// <summary>What the card does with the VF, in the words of ip-link(8).</summary>
    public async Task<string> ShowAsync() => await machine.RunAsync($"ip -n {Namespace} -s link show {Pf}");

    /// <summary>The same machine with the card.</summary>
    internal static async Task<MachineOptions> AddAsync(MachineOptions options)
    {
        var kernel = (await Image.GetAsync(Release)).Version;
        var script = Path.Combine(Repository.Top, "tests", "machine", "sriov.sh");
        var directory = await Cache.GetAsync("sriov", Cache.Hash(kernel, await File.ReadAllTextAsync(script)), Kept, async directory =>
        {
            using var process = Process.Start(Command.Info(script, [kernel, directory]))!;
            (await process.FinishAsync().Within(s_fetch, script)).Succeeded(script);
        });
        var driver = Directory.EnumerateFiles(directory, "*.ko*").Single();
        var setup = $"""
            depmod && modprobe igbvf
            ip netns add {Namespace}
            ip netns exec {Namespace} sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
            ip link set $(ls {s_pf}/net) netns {Namespace} name {Pf}
            ip -n {Namespace} link set {Pf} up
            """;
        return options with
        {
            Release = Release,
            Sriov = false,
            Program = Path.Combine(directory, Qemu.Program),
            Synthetics = [.. options.Synthetics, Nic.Card()],
            Setup = new Setup(Cache.Hash(directory, setup, options.Setup?.Key ?? ""), async machine =>
            {
                await machine.CopyAsync([GuestFile.Copy($"/lib/modules/{kernel}/updates/{Path.GetFileName(driver)}", driver)]);
                await machine.RunAsync(setup);
                if (options.Setup is { } next)
                    await next.RunAsync(machine);
            }),
        };
    }

    /// <summary>Gives the guest the VF. The card delivers to it from now on.</summary>
    internal async Task PlugAsync()
    {
        await machine.RunAsync($"cd {s_pf} && echo 0 >sriov_drivers_autoprobe && echo 1 >sriov_numvfs && echo 1 >sriov_drivers_autoprobe");
        await SetAsync("spoofchk on trust off");
        await SetMacAsync(s_vf.Mac);
        await machine.RunAsync($"echo {s_vf.PciAddress} >/sys/bus/pci/drivers_probe");
    }

    /// <summary>Takes it away.</summary>
    internal async Task UnplugAsync()
    {
        await machine.RunAsync($"echo 0 >{s_pf}/sriov_numvfs");
        machine.Wire[s_vf.Id].On = false;
    }
}
