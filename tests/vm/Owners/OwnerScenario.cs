using System.Net;
using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>A machine whose synthetic NIC is configured by a common program, with a DHCP server and a router at the other end. Each
/// scenario decides how the machine starts.</summary>
public abstract class OwnerScenario(ITestOutputHelper output, OwnerTable table, Owner owner, Join join) : ProductScenario(output)
{
    // A client waits a minute between two attempts.
    private static readonly TimeSpan s_configured = TimeSpan.FromSeconds(90);

    // One renewal every few seconds, but a client whose answer was lost asks again only after a minute (RFC 2131, 4.4.5).
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(60) + 4 * Router.Renewal;

    // All changes of addresses and routes.
    private const string Monitor = "ip -o monitor address route >/run/monitor.log 2>&1";

    /// <summary>The first synthetic NIC's name in the guest.</summary>
    protected const string First = "enp0s16";

    private IReadOnlyList<string> _interfaces = [First];

    /// <summary>Debian's name of the guest's release.</summary>
    protected virtual string Release => new MachineOptions().Release;

    /// <summary>The program that configures it.</summary>
    protected Owner Owner { get; } = owner;

    /// <summary>How the pairs are joined.</summary>
    protected Join Join { get; } = join;

    /// <summary>The server and router, once it was started.</summary>
    protected Router? Router { get; private set; }

    /// <summary>The guest's addresses, leased or static.</summary>
    protected IPAddress[] Addresses { get; private set; } = [];

    /// <summary>The interface that has the first pair's configuration.</summary>
    protected string Carrier => Join == Join.Bond && !Owner.NeedsName ? Bond : First;

    /// <inheritdoc/>
    protected override string Settings =>
        // A long delay, so that the VF only gets its udev properties.
        Join == Join.None ? "delay = 3600\n" : $"{base.Settings}join = \"{Join.ToString().ToLowerInvariant()}\"\n";

    /// <inheritdoc/>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            Router?.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override async Task SayWhatIsThereAsync()
    {
        if (Router is not null)
            Say($"--- DHCP\n{string.Join('\n', Router.Dhcp.Messages)}");
        Say($"--- network\n{(await Machine.TryAsync("ip -d address; ip route; ip -6 route; grep -H . /proc/sys/net/ipv6/conf/*/accept_ra; tail -n 80 /run/monitor.log")).Output}");
        await base.SayWhatIsThereAsync();
    }

    /// <summary>A running machine without any configuration.</summary>
    protected async Task StartMachineAsync(params IReadOnlyList<Nic> synthetics)
    {
        await StartAsync(new MachineOptions
        {
            Release = Release, Setup = Setup, Synthetics = synthetics.Count > 0 ? synthetics : [Synthetic],
        });
        await Machine.CopyAsync(Product.Settings(Settings));
    }

    /// <summary>A machine that boots with the product, the owner and the VF in place, and the server at the other end.</summary>
    protected async Task BootAsync(Method method)
    {
        await StartAsync(new MachineOptions
        {
            VfsAtBoot = [Vf],
            AtPeer = async peer => Router = method == Method.Dhcp ? await Router.StartAsync(peer) : null,
            Files =
            [
                .. await Product.InstalledAsync(Settings), .. Owner.Files(method, First), .. Owner.AtBoot,
                GuestFile.Text("/etc/systemd/system/monitor.service",
                    $"[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh -c '{Monitor}'\n"),
                GuestFile.Text("/etc/systemd/system/sysinit.target.d/monitor.conf", "[Unit]\nWants=monitor.service\n"),
            ],
        });
    }

    /// <summary>Starts the server and router.</summary>
    /// <param name="lease">Lifetime of a lease in seconds.</param>
    /// <param name="leasesV6">IPv6 addresses come from DHCPv6 only, not from router advertisements.</param>
    protected async Task<Router> StartRouterAsync(int lease = 120, bool leasesV6 = false) =>
        Router = await Router.StartAsync(Machine.Peer, lease, leasesV6);

    /// <summary>Gives the owner its files and starts it.</summary>
    protected async Task StartOwnerAsync(Method method, params IReadOnlyList<string> interfaces)
    {
        _interfaces = interfaces;
        await Machine.CopyAsync(Owner.Files(method, interfaces));
        await RunAsync($"{Monitor} & {Owner.Start(interfaces)}");
    }

    /// <summary>Waits until addresses, routers and name servers are configured, and returns them.</summary>
    protected async Task<string> ConfiguredAsync(Method method = Method.Dhcp)
    {
        await RunAsync($$"""
            servers() { {{Owner.NameServers}}; }
            until [ $(ip -o -4 address show scope global | wc -l) -ge {{_interfaces.Count}} ] && ip -4 route show default | grep -q . &&
                ip -6 address show scope global -tentative | grep -q inet6 && {{(method == Method.Dhcp ? "ip -6 route show default | grep -q . &&" : "")}}
                [ $(servers | sort -u | wc -l) -ge {{(method == Method.Dhcp && Owner.TakesNameServersFromRouters ? 2 : 1)}} ]; do sleep 0.2; done
            """, s_configured);
        Addresses = [.. (await RunAsync("ip -o address show scope global | awk '{print $4}'")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(address => IPAddress.Parse(address.Split('/')[0])).Distinct()];
        // The first probe must not wait for the resolution of the first neighbour.
        await RunAsync($"until ping -q -c 1 -W 1 {Peer.V4} && ping -q -c 1 -W 1 {Peer.V6}; do sleep 0.1; done");
        return await ConfigurationAsync();
    }

    /// <summary>Addresses of the whole machine, default routes and name servers: without the interfaces' names, because a bond has another
    /// one, and without what changes by itself (systemd-networkd 257 numbers its next-hop objects by the interface).</summary>
    protected Task<string> ConfigurationAsync() => RunAsync($$"""
        ip -o address show scope global | awk '{print "address", $4}' | sort
        { ip route show default; ip -6 route show default | sed 's/ nhid [0-9]*//'; } | awk '{print "route", $1, $2, $3}'
        { {{Owner.NameServers}}; } | sed 's/^/server /' | sort -u
        """);

    /// <summary>Waits until everything is configured as it was before, by as many clients.</summary>
    protected async Task StillAsync(string before, string? clients = null)
    {
        // During a renewal or a restart the configuration may be incomplete for a moment, and a client's child looks like a client.
        var end = DateTime.UtcNow + s_renewal;
        while (true)
        {
            var now = await ConfigurationAsync();
            var running = clients is null ? null : await ClientsAsync();
            if (now == before && running == clients)
                return;
            if (DateTime.UtcNow >= end)
            {
                now.ShouldBe(before);
                running.ShouldBe(clients);
            }
            await PassAsync(0.5);
        }
    }

    /// <summary>The programs that could request addresses, with the number of running instances; helpers of dhcpcd do not count.</summary>
    protected Task<string> ClientsAsync() => RunAsync(
        "ps -e -o comm=,args= | grep -E '^(dhclient|dhcpcd|udhcpc|NetworkManager|systemd-network) ' | grep -v -E 'proxy]|BPF' | cut -d ' ' -f 1 | sort | uniq -c");

    /// <summary>Waits until the lease of the first synthetic NIC, or of another, has been renewed this many times.</summary>
    protected Task RenewedAsync(int times = 1, Nic? synthetic = null) =>
        Router!.Dhcp.RenewedAsync(times, times * s_renewal, (synthetic ?? Synthetic).Mac);

    /// <summary>Waits until the guest's frames, such as answers to probes, leave through this NIC.</summary>
    /// <remarks>The limit only ends a test that would never end; the probes measure the join. Two joins make systemd read its units six
    /// times, up to 20 s each in the slowest guests (dhcpcd, which also reads each probe).</remarks>
    protected async Task SendsByAsync(Nic nic, int seconds = 240)
    {
        const int enough = 50; // More than an interface sends by itself when it is switched on.
        var from = Machine.Wire[nic.Id].FromGuest;
        for (var end = DateTime.UtcNow.AddSeconds(seconds); Machine.Wire[nic.Id].FromGuest < from + enough; await Task.Delay(20))
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"after {seconds} s the guest does not send by {nic.Id}\n{await LogAsync()}");
    }

    /// <summary>Waits until the pair is joined after a boot: at the event, or by the timer if its owner was not ready then. That the guest
    /// sends through the VF proves less: NetworkManager may have configured the VF as a separate NIC meanwhile.</summary>
    protected Task JoinedAsync() => RunAsync(
        "until hyperv-vfattach status | grep -qE 'joined in|redirected through'; do sleep 2; done", TimeSpan.FromSeconds(180));

    /// <summary>Plugs a VF and waits until it carries the pair's traffic.</summary>
    /// <returns>The guest's name for it.</returns>
    protected async Task<string> JoinAsync(Nic vf)
    {
        await Machine.PlugAsync(vf);
        var name = await Machine.NameAsync(vf);
        await SendsByAsync(vf);
        await IdleAsync();
        return name;
    }

    /// <summary>Invariants: one default route per family, nothing on a VF at any time, and all requests came from one client.</summary>
    protected async Task NobodyElseAsync(params IReadOnlyList<string> vfs)
    {
        const string count = "grep -c '^default\\|nexthop' || true";
        (await RunAsync($"ip route show default | {count}")).Trim().ShouldBe("1");
        (await RunAsync($"ip -6 route show default | {count}")).Trim().ShouldBeOneOf("0", "1");
        foreach (var vf in vfs)
            (await RunAsync($"grep -E '(: |dev ){vf} ' /run/monitor.log | grep -v 'multicast ff00::/8' || true"))
                .ShouldBe("", "nothing is ever configured on a VF");
        Router?.Dhcp.Clients.Select(client => client.Mac).Distinct().Count().ShouldBe(Router.Dhcp.Clients.Count,
            $"one client for each MAC:\n{string.Join('\n', Router.Dhcp.Clients)}");
    }

    /// <summary>Ends the probe, prints its table and stores the rows for the table of all owners.</summary>
    protected async Task<IReadOnlyList<ProbeRow>> StopAsync(Probe probe, string scenario)
    {
        var rows = await StopAsync(probe);
        table.Add(Owner.Name, Join.ToString().ToLowerInvariant(), scenario, rows);
        return rows;
    }

    /// <summary>Starts probing all addresses of the guest.</summary>
    protected new Task<Probe> StartProbeAsync(string phase) => StartProbeAsync(phase, Addresses);
}
