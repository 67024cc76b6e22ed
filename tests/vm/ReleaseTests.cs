using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The Debian releases that the other scenarios do not use.</summary>
[Part(Part.Releases)]
public class ReleaseTests(ITestOutputHelper output) : ProductScenario(output)
{
    /// <inheritdoc/>
    /// <remarks>Each test names its release.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("bullseye", "5.10.", "247")]
    [InlineData("trixie", "6.12.", "257")]
    [InlineData("forky", "7.2.", "262")]
    public async Task The_guest_has_its_kernel_its_systemd_and_all_managers_none_of_which_runs(string release, string kernel, string systemd)
    {
        await StartAsync(new MachineOptions { Release = release });
        (await RunAsync("uname -r")).ShouldStartWith(kernel);
        (await RunAsync("systemctl --version")).ShouldStartWith($"systemd {systemd}");
        await RunAsync("NetworkManager --version && netplan info && which ifup dhcpcd networkctl && modinfo bonding hv_netvsc cls_bpf");
        // Debian has no dhclient from release 14 on.
        (await Machine.TryAsync("which dhclient")).ExitCode.ShouldBe(release == "forky" ? 1 : 0);
        (await RunAsync("systemctl list-units --no-legend --state=active NetworkManager.service systemd-networkd.service systemd-resolved.service dhcpcd.service")).ShouldBe("");
        await Machine.PlugAsync(Vf);
        (await Machine.NameAsync(Vf)).ShouldBe("enp1s0");
    }

    [Theory]
    [InlineData("bullseye", "bond")]
    [InlineData("bullseye", "redirect")]
    [InlineData("trixie", "bond")]
    [InlineData("trixie", "redirect")]
    [InlineData("forky", "bond")]
    [InlineData("forky", "redirect")]
    public async Task A_vf_is_joined_migrated_three_times_and_detached(string release, string join)
    {
        await StartAsync(new MachineOptions { Release = release, Setup = Setup });
        await Machine.CopyAsync(Product.Settings($"join = \"{join}\"\n"));
        var name = await AddressAsync();
        await RouteAsync(name);
        var before = await RunAsync($"ip -br address show dev {name}");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await ActivePathAsync($"{vf} (VF)");
        for (var migration = 0; migration < 3; migration++)
        {
            await Machine.UnplugAsync(Vf);
            await ActivePathAsync(name);
            await AnswersAsync();
            await Machine.PlugAsync(Vf);
            await ActivePathAsync($"{vf} (VF)");
            await AnswersAsync();
        }
        await IdleAsync();
        await RunAsync($"hyperv-vfattach detach {name}");
        (await RunAsync($"ip -br address show dev {name}")).ShouldBe(before);
        (await RunAsync("ls /run/hyperv-vfattach/*.journal 2>/dev/null || true")).ShouldBe("");
        await AnswersAsync();
    }
}
