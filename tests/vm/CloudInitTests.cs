using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A guest with cloud-init that boots with its VF on a KVM host.</summary>
[Part(Part.Lives)]
public class CloudInitTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const string Name = "enp0s16";

    private static readonly string s_network = $"""
        version: 1
        config:
          - type: physical
            name: {Name}
            mac_address: "{Synthetic.Mac}"
            subnets:
              - type: static
                address: {V4}/24
                gateway: {Peer.V4}

        """;

    // The answer of hyperv-vfattach-kvm(7): the VF's driver is loaded when cloud-init has configured the network.
    private static readonly GuestFile[] s_late =
    [
        GuestFile.Text("/etc/modprobe.d/vf-late.conf", "blacklist vmxnet3\n"),
        GuestFile.Text("/etc/systemd/system/vf-late.service",
            "[Unit]\nAfter=cloud-init.service\n[Service]\nType=oneshot\nExecStart=/sbin/modprobe vmxnet3\n[Install]\nWantedBy=multi-user.target\n"),
        GuestFile.Text("/etc/systemd/system/multi-user.target.d/vf-late.conf", "[Unit]\nWants=vf-late.service\n"),
    ];

    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;

    /// <inheritdoc/>
    /// <remarks>Each test boots its own.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <remarks>If this fails, cloud-init has learned it, and the manual's recipe is no longer needed.</remarks>
    [Fact]
    public async Task It_refuses_two_interfaces_with_one_address()
    {
        await BootAsync(Join.Redirect, await CloudInit.FilesAsync(s_network));
        (await RunAsync("journalctl -b -o cat -u cloud-init-local")).ShouldContain("duplicate mac found!");
        (await RunAsync("systemctl list-units --failed --no-legend --plain")).ShouldContain("cloud-init-local.service");
        (await RunAsync($"ip -4 -o address show dev {Name}")).ShouldBe("");
    }

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_configures_the_network_if_the_vfs_driver_comes_later(Join join)
    {
        await BootAsync(join, [.. await CloudInit.FilesAsync(s_network), .. s_late]);
        await JoinedAsync();
    }

    [Fact]
    public async Task It_disturbs_nothing_if_another_program_configures_the_network()
    {
        await BootAsync(Join.Redirect,
        [
            .. await CloudInit.FilesAsync(null),
            GuestFile.Text("/etc/cloud/cloud.cfg.d/99-network.cfg", "network: {config: disabled}\n"),
            GuestFile.Text("/etc/network/interfaces.d/synthetic", $"auto {Name}\niface {Name} inet static\n  address {V4}/24\n  gateway {Peer.V4}\n"),
        ]);
        await JoinedAsync();
    }

    /// <remarks>The image has the program, and neither its settings nor its timer.</remarks>
    [Fact]
    public async Task The_example_of_the_fleet_writes_the_settings_and_starts_the_timer()
    {
        const string settings = "/etc/hyperv-vfattach.toml";
        var example = await File.ReadAllTextAsync(Path.Combine(Repository.Top, "install", "fleet", "cloud-init.yaml"), TestContext.Current.CancellationToken);
        await StartAsync(new MachineOptions
        {
            Boot = true, Memory = 768,
            Files = [.. (await Product.InstalledAsync()).Where(file => file.Path is not (settings or "/etc/systemd/system/timers.target.d/hyperv-vfattach.conf")),
                .. await CloudInit.FilesAsync(s_network, example),
                // The modules that the example uses: others need locales, SSH and lsb_release, which the guest does not have.
                GuestFile.Text("/etc/cloud/cloud.cfg.d/99-modules.cfg",
                    "cloud_init_modules: [write-files]\ncloud_config_modules: [runcmd]\ncloud_final_modules: [scripts-user]\n")],
        });
        await RunAsync("cloud-init status --wait", TimeSpan.FromMinutes(5));
        (await RunAsync("systemctl list-units --failed --no-legend --plain")).ShouldBe("");
        (await RunAsync("systemctl is-enabled hyperv-vfattach-scan.timer; systemctl is-active hyperv-vfattach-scan.timer")).ShouldBe("enabled\nactive\n");
        (await RunAsync($"stat -c %a {settings}; cat {settings}")).ShouldBe("644\nsynthetic_drivers = [\"hv_netvsc\", \"virtio_net\"]\njoin = \"redirect\"\n");
        await Machine.PlugAsync(Vf);
        await JoinedAsync();
        (await RunAsync("hyperv-vfattach status")).ShouldContain("redirected through its VF");
    }

    private async Task BootAsync(Join join, IReadOnlyList<GuestFile> files) => await StartAsync(new MachineOptions
    {
        VfsAtBoot = [Vf], Memory = 768,
        Files = [.. await Product.InstalledAsync($"{Settings}join = \"{join.ToString().ToLowerInvariant()}\"\n"), .. files],
    });

    private async Task JoinedAsync()
    {
        var vf = await Machine.NameAsync(Vf);
        await ActivePathAsync($"{vf} (VF)", seconds: 120);
        await IdleAsync();
        (await RunAsync("cloud-init status --long || true")).ShouldContain("DataSourceNoCloud");
        (await RunAsync("systemctl list-units --failed --no-legend --plain")).ShouldBe("");
        (await RunAsync("ip -4 -o address show scope global")).ShouldContain($"{V4}/24");
        await RunAsync($"ping -q -c 3 -i 0.2 -W 2 {Peer.V4}");
    }
}
