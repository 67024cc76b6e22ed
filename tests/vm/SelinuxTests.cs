using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The packages in a guest whose kernel enforces Debian's SELinux policy.</summary>
[Part(Part.Packages)]
public sealed class SelinuxTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const string Main = "hyperv-vfattach", Pci = "hyperv-vfattach-pci";

    // Compiling the policy takes an emulated guest a minute.
    private static readonly TimeSpan s_policy = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    /// <remarks>Each test chooses whether the module is there.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task With_the_module_an_event_joins_and_nothing_is_denied(string join)
    {
        await StartAsync("semodule -i /usr/share/hyperv-vfattach/hyperv-vfattach.cil; restorecon /usr/sbin/hyperv-vfattach");
        await Machine.CopyAsync(Product.Settings($"join = \"{join}\"\ndelay = 0\npath_check = [\"{Peer.V4}\"]\n"));
        var name = await AddressAsync();
        for (var migration = 0; migration < 2; migration++)
        {
            await Machine.PlugAsync(Vf);
            await ActivePathAsync($"{await Machine.NameAsync(Vf)} (VF)");
            await IdleAsync();
            await AnswersAsync();
            await Machine.UnplugAsync(Vf);
            await ActivePathAsync(name);
            await AnswersAsync();
        }
        (await RunAsync("hyperv-vfattach status --history")).Split('\n').Count(line => line.Contains("left", StringComparison.Ordinal)).ShouldBe(2);
        await RunAsync($"hyperv-vfattach detach {name}");
        await AnswersAsync();
        (await DeniedAsync()).ShouldBe("");
    }

    /// <remarks>BUGS of hyperv-vfattach(8).</remarks>
    [Fact]
    public async Task Without_the_module_the_timers_service_joins_and_no_network_manager_is_offered_the_vf()
    {
        await StartAsync("true");
        await Machine.CopyAsync(Product.Settings("delay = 0\n"));
        var name = await AddressAsync();
        for (var migration = 0; migration < 2; migration++)
        {
            await Machine.PlugAsync(Vf);
            var vf = await Machine.NameAsync(Vf);
            await LoggedAsync("SELinux policy denies access.*see SELinux under BUGS");
            (await RunAsync($"udevadm settle; udevadm info --query=property /sys/class/net/{vf}")).ShouldContain("NM_UNMANAGED=1\n");
            await RunAsync("systemctl start hyperv-vfattach-repair.service");
            await CarriedByAsync(vf);
            await AnswersAsync();
            await Machine.UnplugAsync(Vf);
            await CarriedByAsync(name);
        }
        (await DeniedAsync()).ShouldContain("udev_t");
        await RunAsync($"hyperv-vfattach detach {name}");
        await AnswersAsync();
    }

    // The kernel drops messages if there are too many at once.
    private Task<string> DeniedAsync() => RunAsync("dmesg | grep -e 'denied.*comm=\"hyperv-vfattach\"' -e 'audit.*suppressed' || true");

    private async Task StartAsync(string afterwards)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can label the files of a guest's image");
        var packages = await Packages.DebianAsync(1);
        var install = $"dpkg -i {Packages.File(Main, 1)} {Packages.File(Pci, 1)}; {afterwards}; dmesg --clear";
        await StartAsync(new MachineOptions
        {
            Release = "trixie", Selinux = true,
            Setup = new Setup($"{install} {Cache.Hash(packages.Select(file => file.Description))}", async machine =>
            {
                await machine.CopyAsync(packages);
                await machine.RunAsync($"set -e; export DEBIAN_FRONTEND=noninteractive; {install}", s_policy);
            }),
        });
        (await RunAsync("getenforce; cat /proc/$(pidof systemd-udevd)/attr/current | tr -d '\\0'")).ShouldBe("Enforcing\nsystem_u:system_r:udev_t:s0");
    }
}
