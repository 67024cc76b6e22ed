using System.Diagnostics;
using System.Net;

namespace HypervVfattach.Machines;

/// <summary>A lease as the server records it now.</summary>
/// <param name="Client">The client's MAC; for DHCPv6 its IAID.</param>
/// <param name="Address">The address that it may use.</param>
/// <param name="HostName">The client's host name; "*" if it sends none.</param>
public sealed record Lease(string Client, IPAddress Address, string HostName);

/// <summary>The servers of a network: DHCPv4 with leases that are renewed every few seconds, and IPv6 router advertisements. It is dnsmasq
/// on the peer.</summary>
/// <remarks>The second synthetic NIC gets an address in its own network and neither router nor name server, as usual for the second NIC of
/// a server.</remarks>
public sealed class Router : IDisposable
{
    /// <summary>When clients renew their lease; the shortest lease that dnsmasq grants is two minutes.</summary>
    public static TimeSpan Renewal { get; } = TimeSpan.FromSeconds(4);

    /// <summary>The peer's address in the network of the second synthetic NIC.</summary>
    public static IPAddress SecondV4 { get; } = IPAddress.Parse("10.77.1.1");

    private readonly Process _process;
    private readonly string _directory;
    private readonly Task<CommandResult> _finished;

    private Router(Process process, string directory, DhcpWatch dhcp)
    {
        _process = process;
        _directory = directory;
        _finished = process.FinishAsync();
        Dhcp = dhcp;
    }

    /// <summary>The messages between clients and server.</summary>
    public DhcpWatch Dhcp { get; }

    /// <summary>The current leases.</summary>
    public IReadOnlyList<Lease> Leases => File.Exists(LeaseFile(_directory))
        ? [.. File.ReadLines(LeaseFile(_directory)).Select(line => line.Split(' ')).Where(words => words.Length == 5)
            .Select(words => new Lease(words[1], IPAddress.Parse(words[2]), words[3]))]
        : [];

    /// <summary>Starts it.</summary>
    /// <param name="peer">The peer on which it runs.</param>
    /// <param name="lease">Lifetime of a lease in seconds; dnsmasq grants none shorter than two minutes.</param>
    /// <param name="leasesV6">IPv6 addresses come from DHCPv6 only, not from router advertisements.</param>
    public static async Task<Router> StartAsync(Peer peer, int lease = 120, bool leasesV6 = false)
    {
        await peer.Namespace.RunAsync("ip", "address", "replace", $"{SecondV4}/24", "dev", Peer.Interface);
        // Otherwise its neighbour advertisements say that it is not a router, and the guests' default route goes.
        peer.Namespace.Run(() =>
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{Peer.Interface}/forwarding", "1");
            return 0;
        });
        var directory = Directory.CreateTempSubdirectory("vfattach-router-").FullName;
        var second = Nic.Synthetic(1).Mac;
        var watch = new DhcpWatch(peer.OpenInterface());
        return new Router(peer.Namespace.Start("dnsmasq",
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port=0", "--pid-file",
            "--user=root", "--group=root", "--log-facility=-", "--log-dhcp",
            $"--interface={Peer.Interface}", "--except-interface=lo", "--bind-interfaces",
            $"--dhcp-leasefile={LeaseFile(directory)}", "--dhcp-authoritative", "--no-ping",
            $"--dhcp-host={second},set:second",
            $"--dhcp-range=tag:!second,10.77.0.100,10.77.0.150,255.255.255.0,{lease}",
            $"--dhcp-range=tag:second,10.77.1.100,10.77.1.150,255.255.255.0,{lease}",
            $"--dhcp-option=option:T1,{Renewal.TotalSeconds:0}", "--dhcp-option=option:T2,60",
            $"--dhcp-option=tag:!second,option:router,{Peer.V4}", "--dhcp-option=tag:second,option:router",
            $"--dhcp-option=tag:!second,option:dns-server,{Peer.V4}", "--dhcp-option=tag:second,option:dns-server",
            "--enable-ra", leasesV6 ? $"--dhcp-range=fd77::1000,fd77::1fff,64,{lease}" : "--dhcp-range=fd77::,ra-only,64,300",
            // As often as dnsmasq allows. The peer's MTU is not the guest's.
            $"--ra-param={Peer.Interface},mtu:off,4,120", $"--dhcp-option=option6:dns-server,[{Peer.V6}]"),
            directory, watch);
    }

    /// <summary>Ends it and returns its log.</summary>
    public async Task<string> StopAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        return (await _finished).Error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        StopAsync().GetAwaiter().GetResult();
        _process.Dispose();
        Dhcp.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string LeaseFile(string directory) => Path.Combine(directory, "leases");
}
