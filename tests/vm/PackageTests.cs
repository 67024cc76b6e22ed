using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The Debian packages: what an installation, an upgrade and a removal do to the files, the units and the network.</summary>
[Part(Part.Packages)]
public sealed class PackageTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const string Main = "hyperv-vfattach", Pci = "hyperv-vfattach-pci";

    private static readonly TimeSpan s_install = TimeSpan.FromMinutes(5);

    // All that is on the machine because of the package, or because it ran.
    private const string Traces = """
        find / -xdev \( -path /proc -o -path /sys -o -path /root -o -path /var/log \) -prune -o -name '*hyperv-vfattach*' -print | sort
        ls -d /run/hyperv-vfattach 2>/dev/null || true
        """;

    /// <inheritdoc/>
    protected override Setup? Setup => null;

    /// <inheritdoc/>
    /// <remarks>Some tests choose the machine themselves.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <remarks>The core of the next test.</remarks>
    [Fact, Core]
    public async Task It_is_installed_and_purged_without_a_change_of_the_network()
    {
        await StartAsync("bookworm");
        await AddressAsync();
        var (network, traces) = (await NetworkAsync(), await RunAsync(Traces));
        await InstallAsync(1, Main, Pci);
        (await NetworkAsync()).ShouldBe(network);
        await VerifyAsync();
        await RunAsync($"dpkg --purge {Pci} {Main}");
        (await NetworkAsync()).ShouldBe(network);
        (await RunAsync(Traces)).ShouldBe(traces);
    }

    [Theory]
    [InlineData("bullseye")]
    [InlineData("bookworm")]
    [InlineData("trixie")]
    [InlineData("forky")]
    public async Task A_joined_pair_outlives_upgrade_and_downgrade_and_prevents_removal(string release)
    {
        await StartAsync(release, revisions: [1, 2]);
        var traces = await RunAsync(Traces);
        await InstallAsync(1, Main, Pci);
        await VerifyAsync();
        await Machine.CopyAsync(Product.Settings("join = \"redirect\"\n"));
        var joined = await JoinAsync();
        using (var probe = await StartProbeAsync("upgrade"))
        {
            await InstallAsync(2, Main, Pci);
            probe.Mark("downgrade");
            await InstallAsync(1, Main, Pci);
            probe.Mark("refused removal");
            var refused = await Machine.TryAsync($"dpkg --remove {Pci} {Main}");
            refused.ExitCode.ShouldNotBe(0);
            refused.Error.ShouldContain("hyperv-vfattach: pairs are joined");
            foreach (var row in await StopAsync(probe))
                row.IsWithin(TimeSpan.Zero).ShouldBeTrue($"{row}");
        }
        await StaysAsync(joined);

        await Machine.CopyAsync(Product.Settings("join = \"none\"\n"));
        await RunAsync($"hyperv-vfattach detach {joined.Name}");
        await RunAsync($"dpkg --remove {Main}");
        (await RunAsync("ls /etc/hyperv-vfattach.toml")).ShouldNotBe("");
        await RunAsync($"dpkg --purge {Pci} {Main}");
        (await RunAsync(Traces)).ShouldBe(traces);
        (await RunAsync($"ip -br address show dev {joined.Name}")).ShouldBe(joined.Addresses);
        await AnswersAsync();
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task A_joined_pair_outlives_the_upgrade_from_the_commit_before(string join)
    {
        var previous = await Packages.PreviousAsync();
        Assert.SkipWhen(previous is null, "this checkout does not have the commit before (git fetch --unshallow)");
        await StartAsync("bookworm", revisions: 2);
        await Machine.CopyAsync(previous);
        await Machine.CopyAsync(Product.Settings($"join = \"{join}\"\n"));
        await RunAsync($"dpkg -i {Packages.PreviousDirectory}/*.deb", s_install);
        var joined = await JoinAsync();
        using (var probe = await StartProbeAsync("upgrade"))
        {
            await InstallAsync(2, Main, Pci);
            foreach (var row in await StopAsync(probe))
                row.IsWithin(TimeSpan.Zero).ShouldBeTrue($"{row}");
        }
        await VerifyAsync();
        await StaysAsync(joined);

        // The new executable goes on with the join of the old one, and undoes it.
        await Machine.UnplugAsync(Vf);
        await ActivePathAsync(joined.Name);
        await Machine.PlugAsync(Vf);
        await ActivePathAsync($"{joined.Vf} (VF)");
        await IdleAsync();
        await RunAsync($"hyperv-vfattach detach {joined.Name}");
        (await RunAsync($"ip -br address show dev {joined.Name}")).ShouldBe(joined.Addresses);
        await AnswersAsync();
    }

    /// <remarks>The rules of install.sh in /etc shadow those of the package and start the executable below /usr/local.</remarks>
    [Fact]
    public async Task A_pair_that_an_installation_by_install_sh_joined_is_taken_over()
    {
        await StartAsync("bookworm");
        await Product.InstallAsync(Machine);
        var name = await AddressAsync();
        var vf = await PlugAndJoinAsync();
        var refused = await Machine.TryAsync("/root/hyperv-vfattach/install/install.sh --uninstall");
        (refused.ExitCode, refused.Error[..33]).ShouldBe((1, "hyperv-vfattach: pairs are joined"));
        (await InstallAsync(1, Main, Pci)).Error.ShouldContain("/etc/udev/rules.d/60-hyperv-vfattach.rules takes precedence over the file of this package");
        await CarriedByAsync(vf);
        (await RunAsync("hyperv-vfattach doctor || case $? in 6 | 7) ;; *) false ;; esac")).ShouldContain("shadow", Case.Insensitive);
        await RunAsync("/root/hyperv-vfattach/install/install.sh --uninstall");
        await CarriedByAsync(vf);
        (await RunAsync("command -v hyperv-vfattach; systemctl is-enabled hyperv-vfattach-scan.timer hyperv-vfattach-scan.service"))
            .ShouldBe("/usr/sbin/hyperv-vfattach\nenabled\nenabled\n");
        await Machine.UnplugAsync(Vf);
        await CarriedByAsync(name);
        await PlugAndJoinAsync();
        await RunAsync($"hyperv-vfattach detach {name}");
        await AnswersAsync();
    }

    /// <remarks>/usr is read-only, /var is full, dpkg is killed half-way: the network stays, and the next attempt succeeds.</remarks>
    [Theory]
    [InlineData("mount --bind /usr /usr && mount -o remount,bind,ro /usr", "mount -o remount,bind,rw /usr")]
    [InlineData("cp -a /var/lib/dpkg /run/dpkg && mount -t tmpfs -o size=$(du -sk /run/dpkg | cut -f 1)k var /var/lib/dpkg && cp -a /run/dpkg/. /var/lib/dpkg/ ; "
        + "dd if=/dev/zero of=/var/lib/dpkg/filler 2>/dev/null; true", "rm /var/lib/dpkg/filler; mount -o remount,size=100m /var/lib/dpkg")]
    [InlineData("timeout -s KILL 1.5 dpkg -i " + Packages.Directory + "/*-2_*.deb; true", "dpkg --configure -a || true")]
    public async Task A_failed_upgrade_changes_nothing_and_the_next_one_succeeds(string make, string unmake)
    {
        await StartAsync("bookworm", revisions: [1, 2]);
        await InstallAsync(1, Main, Pci);
        await Machine.CopyAsync(Product.Settings());
        await AddressAsync();
        var vf = await PlugAndJoinAsync();
        await RunAsync(make);
        if (!make.StartsWith("timeout", StringComparison.Ordinal))
            (await Machine.TryAsync($"dpkg -i {Packages.File(Main, 2)}")).ExitCode.ShouldNotBe(0);
        await CarriedByAsync(vf);
        await AnswersAsync();
        await RunAsync(unmake);
        await InstallAsync(2, Main, Pci);
        await VerifyAsync();
        await CarriedByAsync(vf);
        await AnswersAsync();
    }

    /// <remarks>An administrator's copy in /etc takes precedence, and no package touches it.</remarks>
    [Fact]
    public async Task A_changed_rule_of_the_administrator_stays()
    {
        await StartAsync("bookworm");
        await RunAsync("mkdir -p /etc/udev/rules.d; echo '# mine' > /etc/udev/rules.d/60-hyperv-vfattach.rules");
        (await InstallAsync(1, Main)).Error.ShouldContain("takes precedence");
        await RunAsync($"dpkg --purge {Main}");
        (await RunAsync("cat /etc/udev/rules.d/60-hyperv-vfattach.rules")).ShouldBe("# mine\n");
    }

    [Fact]
    public async Task It_is_installed_where_systemd_does_not_run()
    {
        await StartAsync("bookworm", Init.Plain);
        await InstallAsync(1, Main, Pci);
        await Machine.CopyAsync(Product.Settings());
        await AddressAsync();
        await Machine.PlugAsync(Vf);
        await CarriedByAsync(await Machine.NameAsync(Vf), seconds: 60);
        (await Machine.TryAsync($"dpkg --purge {Pci} {Main}")).ExitCode.ShouldNotBe(0);
        await AnswersAsync();
    }

    [Fact]
    public async Task Lintian_has_nothing_to_say()
    {
        var said = await Packages.LookAsync("deb", "lintian", "--allow-root");
        (said.Output + said.Error).ShouldBe("");
        said.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_package_for_arm64_has_the_same_files_and_its_executable_runs_under_an_emulator_of_that_processor()
    {
        const string emulator = "qemu-aarch64-static", list = "dpkg-deb --contents $deb | awk '{ print $1, $2, $6 }'";
        await Product.CrossBuildAsync("arm64", emulator);
        var amd64 = (await Packages.BuiltAsync("deb")).Single(file => file.EndsWith("_amd64.deb", StringComparison.Ordinal));
        var arm64 = (await Packages.InTreeAsync("install/package.sh --deb --arch arm64")).Split('\n').Single(file => file.EndsWith("_arm64.deb", StringComparison.Ordinal));
        (await Packages.InTreeAsync($"need_packages lintian:lintian >/dev/null && lintian --allow-root {arm64} 2>&1")).ShouldBe("");
        (await Packages.InTreeAsync($"deb={arm64}; {list}")).ShouldBe(await Packages.InTreeAsync($"deb={amd64}; {list}"));
        (await Packages.InTreeAsync($"dpkg-deb --field {arm64} Architecture")).ShouldBe("arm64\n");
        (await Packages.InTreeAsync($"d=$(mktemp -d); dpkg-deb --extract {arm64} $d; {emulator} $d/usr/sbin/hyperv-vfattach --version; rm -r $d"))
            .ShouldBe(await Packages.InTreeAsync("artifacts/hyperv-vfattach --version"));
    }

    [Fact]
    public async Task Rpmlint_has_nothing_to_say()
    {
        var said = await Packages.LookAsync("rpm", "rpmlint", "--config install/rpm/rpmlint.toml");
        said.Output.ShouldContain("0 errors, 0 warnings");
        said.ExitCode.ShouldBe(0);
    }

    /// <remarks>A network manager in an initramfs would take the VF for an ordinary NIC; without one, the executable only costs space. What
    /// starts joins stays out.</remarks>
    [Fact]
    public async Task An_initramfs_with_a_network_manager_gets_what_marks_vfs_and_no_other_does()
    {
        string[] with = ["usr/lib/systemd/network/00-hyperv-vfattach.network", "usr/lib/udev/rules.d/60-hyperv-vfattach.rules",
            "usr/lib/udev/rules.d/61-hyperv-vfattach-pci.rules", "usr/sbin/hyperv-vfattach"];
        var images = (await Packages.WithAsync("deb", "tests/machine/hooks.sh trixie")).Split("== ", StringSplitOptions.RemoveEmptyEntries)
            .Select(image => image.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        images.ToDictionary(image => image[0], image => string.Join(' ', image[1..])).ShouldBe(new Dictionary<string, string>
        {
            ["dracut with networkd"] = string.Join(' ', with),
            ["dracut without networkd"] = "",
            ["initramfs-tools without networkd"] = "",
            ["initramfs-tools with networkd"] = string.Join(' ', with),
        }, ignoreOrder: true);
    }

    /// <remarks>There is no guest with rpm: its scripts run in Debian's, with the argument that rpm gives them.</remarks>
    [Fact]
    public async Task The_rpm_has_the_same_files_and_its_scripts_refuse_a_removal_while_a_pair_is_joined()
    {
        string[] own = ["/usr/lib/systemd/system-preset/80-hyperv-vfattach.preset", "/usr/share/licenses/hyperv-vfattach/LICENSE",
            // In /usr/share/zsh/vendor-completions with Debian's zsh.
            "/usr/share/zsh/site-functions/_hyperv-vfattach"];
        var rpm = (await Packages.LookAsync("rpm", "rpm", "-qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]'")).Succeeded("rpm").Split('\n')
            .Where(line => line.StartsWith('-')).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        await StartAsync("bookworm");
        await InstallAsync(1, Main, Pci);
        var deb = (await RunAsync($"dpkg --listfiles {Main}; dpkg --listfiles {Pci}")).Split('\n')
            .Where(file => Path.GetFileName(file).Contains('.', StringComparison.Ordinal) || file.Contains("/sbin/", StringComparison.Ordinal)
                || file.Contains("/completions/hyperv", StringComparison.Ordinal))
            .Where(file => !file.EndsWith(".d", StringComparison.Ordinal) && !file.StartsWith("/usr/share/doc", StringComparison.Ordinal)
                && file is not "/." && !file.EndsWith("update-initramfs", StringComparison.Ordinal));
        rpm.Except(own).Order(StringComparer.Ordinal).ShouldBe(deb.Order(StringComparer.Ordinal));

        await Machine.CopyAsync(Product.Settings());
        await AddressAsync();
        await PlugAndJoinAsync();
        foreach (var (script, argument, exit) in new[] { ("POSTIN", 1, 0), ("POSTIN", 2, 0), ("PREUN", 1, 0), ("PREUN", 0, 1) })
        {
            var text = (await Packages.LookAsync("rpm", "rpm", $"-qp --queryformat '[%{{{script}}}]'")).Succeeded("rpm").Replace("(none)", "", StringComparison.Ordinal);
            await Machine.CopyAsync(GuestFile.Text($"/root/{script}", text));
            (await Machine.TryAsync($"sh -e /root/{script} {argument}")).ExitCode.ShouldBe(exit, $"{script} {argument}");
        }
        await AnswersAsync();
    }

    private async Task StartAsync(string release, Init init = Init.Systemd, params int[] revisions)
    {
        await StartAsync(new MachineOptions { Release = release, Init = init });
        await Machine.CopyAsync(await Packages.DebianAsync(revisions is [] ? [1] : revisions));
    }

    private async Task<CommandResult> InstallAsync(int revision, params string[] names)
    {
        var result = await Machine.TryAsync($"DEBIAN_FRONTEND=noninteractive dpkg -i {string.Join(' ', names.Select(name => Packages.File(name, revision)))}", s_install);
        result.ExitCode.ShouldBe(0, $"{result}");
        return result;
    }

    // A joined pair: names, the synthetic NIC's addresses before, and everything that must stay.
    private sealed record Joined(string Name, string Vf, string Addresses, string Network, string Journal);

    private async Task<Joined> JoinAsync()
    {
        var name = await AddressAsync();
        var addresses = await RunAsync($"ip -br address show dev {name}");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await ActivePathAsync($"{vf} (VF)");
        await IdleAsync();
        return new Joined(name, vf, addresses, await NetworkAsync(), await RunAsync("cat /run/hyperv-vfattach/*.journal"));
    }

    private async Task StaysAsync(Joined joined)
    {
        (await NetworkAsync()).ShouldBe(joined.Network);
        (await RunAsync("cat /run/hyperv-vfattach/*.journal")).ShouldBe(joined.Journal);
        await ActivePathAsync($"{joined.Vf} (VF)");
    }

    // dpkg compares each installed file with the package. The guest's image leaves out documentation and manuals.
    private async Task VerifyAsync()
    {
        (await RunAsync($"dpkg --verify {Main} {Pci} | grep -v -e /usr/share/doc/ -e /usr/share/man/ || true")).ShouldBe("");
        (await RunAsync("hyperv-vfattach --version; systemctl is-enabled hyperv-vfattach-scan.timer hyperv-vfattach-scan.service; systemctl is-active hyperv-vfattach-scan.timer || true"))
            .ShouldMatch(@"^[^\n]+\nenabled\nenabled\n(inactive|active)\n$");
    }
}
