using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>Hyper-V's side of the network adapters of a machine: it adds and removes adapters that the stock hv_netvsc drives, and offers
/// and revokes their VFs. It is a kernel module in the guest (tests/machine/netvsc/README.md), which tells the <see cref="Wire"/> each
/// switch of the data path.</summary>
public sealed class NetvscHost(Machine machine)
{
    private const string Control = "/proc/vmbus-host";
    private const string Namespace = "host";
    private const int Kept = 8;

    // udev notices depmod's new lists some seconds later only, and would load Debian's hv_netvsc.ko.
    private const string Load = $"depmod && {{ modprobe -q hv_vmbus_standin || modprobe hv_vmbus; }} && modprobe hv_netvsc && ip netns add {Namespace}";

    private static readonly TimeSpan s_build = TimeSpan.FromMinutes(30);

    /// <summary>Builds the modules, or finds them in the cache.</summary>
    /// <param name="release">Debian's name of the guest's release.</param>
    public static async Task BuildAsync(string release) => await ModulesAsync(release, (await Image.GetAsync(release)).Version);

    /// <summary>The installation of the modules as part of saved machines, before another one.</summary>
    /// <param name="release">Debian's name of the guest's release.</param>
    /// <param name="synthetics">The machine's adapters (<see cref="Nic.Netvsc"/>).</param>
    /// <param name="next">What is done after it.</param>
    public static async Task<Setup> SetupAsync(string release, IReadOnlyList<Nic> synthetics, Setup? next)
    {
        var files = await FilesAsync(release);
        var key = Cache.Hash([Load, .. files.Select(file => file.Description), .. synthetics.Select(nic => nic.Mac), next?.Key ?? ""]);
        return new Setup($"netvsc {key}", async machine =>
        {
            await machine.CopyAsync(files);
            await machine.RunAsync(Load);
            foreach (var nic in synthetics)
            {
                // The guest must not see the uplink: it belongs to the host.
                var uplink = await machine.NameAsync(nic);
                await machine.RunAsync($"ip link set {uplink} name {Uplink(nic)}\n{Add(nic)}\nudevadm settle");
            }
            if (next is not null)
                await next.RunAsync(machine);
        });
    }

    /// <summary>The files of a guest that has the adapter and the offer of its VF when it boots.</summary>
    public static async Task<IReadOnlyList<GuestFile>> BootFilesAsync(string release, Nic nic, Nic vf)
    {
        const string script = "/usr/local/sbin/vmbus-host";
        return
        [
            .. await FilesAsync(release),
            GuestFile.Script(script, $"""
                #!/bin/sh -e
                depmod
                modprobe -q hv_vmbus_standin || modprobe hv_vmbus
                ip netns add {Namespace}
                udevadm settle
                for device in /sys/class/net/*; do
                    [ "$(cat $device/address)" != {nic.UplinkMac} ] || ip link set ${"{device##*/}"} name {Uplink(nic)}
                done
                {Add(nic)}
                echo 'vf {nic.Mac} {vf.RootPort}' > {Control}
                modprobe hv_netvsc

                """),
            GuestFile.Text("/etc/systemd/system/vmbus-host.service", $"""
                [Unit]
                DefaultDependencies=no
                After=systemd-udev-trigger.service systemd-remount-fs.service
                Before=network-pre.target
                [Service]
                Type=oneshot
                ExecStart={script}

                """),
            GuestFile.Text("/etc/systemd/system/sysinit.target.d/vmbus-host.conf", "[Unit]\nWants=vmbus-host.service\n"),
        ];
    }

    /// <summary>Tells the guest that an adapter has a VF with this serial: the number of the slot where it is plugged in.</summary>
    public Task OfferAsync(Nic nic, Nic vf) => OfferAsync(nic, vf.RootPort);

    /// <summary>Tells the guest that an adapter has a VF with this serial.</summary>
    public Task OfferAsync(Nic nic, int serial) => CommandAsync($"vf {nic.Mac} {serial}");

    /// <summary>Tells the guest that an adapter has no VF any more.</summary>
    public Task RevokeAsync(Nic nic) => CommandAsync($"vf {nic.Mac} none");

    /// <summary>Takes an adapter away.</summary>
    public Task RescindAsync(Nic nic) => CommandAsync($"del {nic.Mac}");

    /// <summary>Offers an adapter that was taken away.</summary>
    public async Task AddAsync(Nic nic) => await machine.RunAsync($"ip -n {Namespace} link set {Uplink(nic)} netns 1\n{Add(nic)}");

    /// <summary>How the host reacts to the guest's wish to use the VF: "hold" leaves it without an answer until "answer", "ignore" answers
    /// and does not switch.</summary>
    public Task OnSwitchAsync(Nic nic, string reaction) => CommandAsync($"switch {nic.Mac} {reaction}");

    /// <summary>Makes the guest's kernel call itself by this version.</summary>
    public Task ReleaseAsync(string version) => CommandAsync($"release {version}");

    /// <summary>Makes the host speak this version of NVSP at most with adapters that are added from now on; below 0x50000 there are no
    /// VFs.</summary>
    public async Task SpeakAsync(int version) => await machine.RunAsync($"echo {version} > $(ls -d /sys/module/hv_vmbus*/parameters | head -n 1)/nvsp");

    /// <summary>The host's view of an adapter: its path, its counters.</summary>
    public async Task<IReadOnlyDictionary<string, string>> StateAsync(Nic nic) =>
        (await machine.RunAsync($"grep ^{nic.Mac} {Control}")).Trim().Split(' ').Skip(1).Select(word => word.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The guest's name for an adapter.</summary>
    public async Task<string> NameAsync(Nic nic) => (await machine.RunAsync($$"""
        for directory in /sys/bus/vmbus/drivers/hv_netvsc/*/net/*; do
            [ "$(cat $directory/address)" != {{nic.Mac}} ] || echo "${directory##*/}"
        done
        """)).Trim();

    private static string Add(Nic nic) => $"echo 'add {nic.Mac} {Uplink(nic)}' > {Control} && ip link set {Uplink(nic)} netns {Namespace} && "
        + $"ip -n {Namespace} link set {Uplink(nic)} up";

    private static string Uplink(Nic nic) => $"uplink{nic.Id}";

    private async Task CommandAsync(string command) => await machine.RunAsync($"echo '{command}' > {Control}");

    private static async Task<IReadOnlyList<GuestFile>> FilesAsync(string release)
    {
        var kernel = (await Image.GetAsync(release)).Version;
        return
        [
            .. Directory.EnumerateFiles(await ModulesAsync(release, kernel)).Order()
                .Select(file => GuestFile.Copy($"/lib/modules/{kernel}/updates/{Path.GetFileName(file)}", file)),
        ];
    }

    private static async Task<string> ModulesAsync(string release, string kernel)
    {
        var script = Path.Combine(Repository.Top, "tests", "machine", "netvsc.sh");
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Top, "tests", "machine", "netvsc")).Order();
        var key = Cache.Hash([release, kernel, .. sources.Prepend(script).Select(File.ReadAllText)]);
        return await Cache.GetAsync("netvsc", key, Kept, async directory =>
        {
            using var process = Process.Start(Command.Info(script, [release, kernel, directory]))!;
            (await process.FinishAsync().Within(s_build, $"the modules for {release}")).Succeeded($"netvsc.sh {release} {kernel}");
        });
    }
}
