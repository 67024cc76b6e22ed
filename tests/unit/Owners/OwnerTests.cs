using System.Globalization;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Owners;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Owners;

public sealed class OwnerTests : IDisposable
{
    private readonly TemporaryTree _tree = new();

    private static readonly Link[] s_links =
    [
        new() { Index = 2, Name = "eth0", AltNames = ["enx7c1e523ef0ce"] },
        new() { Index = 3, Name = "eth1" },
    ];

    public void Dispose() => _tree.Dispose();

    private System.Collections.Immutable.ImmutableArray<Owner> Observe(params int[] links) => OwnerModules.Observe(_tree.Root, s_links, MainProcess, links);

    // As systemd reports it for services with a main process.
    private static int MainProcess(string unit) => unit switch { "wire.service" => 812, "manager.service" => 600, _ => 0 };

    // Owners of eth0, then of eth1, as program names.
    private string Owners(params string[] lines)
    {
        _tree.Write(lines);
        return string.Join(' ', Observe(2, 3)
            .Select(owner => $"{(owner.Link == 2 ? "eth0" : "eth1")}:{owner.Program}"));
    }

    [Fact]
    public void A_host_without_run_and_proc_has_no_owners() =>
        OwnerModules.Observe("/no/such/root", s_links, _ => 0, 2, 3).ShouldBeEmpty();

    // NetworkManager

    [Theory]
    [InlineData("managed=true", "eth0:NetworkManager")]
    [InlineData("managed=true|connection-uuid=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03|nm-owned=false", "eth0:NetworkManager")]
    [InlineData("managed=false", "")]
    [InlineData("perm-hw-addr-fake=7C:1E:52:3E:F0:CE", "")]
    [InlineData("managed=", "")]
    [InlineData("managed", "")]
    public void NetworkManager_owns_the_devices_that_it_manages(string keys, string owners) =>
        Owners("proc/600/cmdline: /usr/sbin/NetworkManager|--no-daemon|",
            "run/NetworkManager/devices/2: [device]|" + keys, "run/NetworkManager/devices/3: [device]|managed=false")
            .ShouldBe(owners);

    [Fact]
    public void The_evidence_names_the_file_and_the_connection()
    {
        _tree.Write("proc/600/cmdline: /usr/sbin/NetworkManager|--no-daemon|",
            "run/NetworkManager/devices/2: [device]|managed=true|connection-uuid=5fb06bd0",
            "run/NetworkManager/devices/3: [device]|managed=true");
        Observe(2, 3).Select(owner => owner.Evidence).ShouldBe([
            "/run/NetworkManager/devices/2: managed, connection 5fb06bd0",
            "/run/NetworkManager/devices/3: managed, no connection"]);
    }

    [Fact]
    public void A_NetworkManager_that_was_stopped_owns_nothing_any_more() =>
        Owners("run/NetworkManager/devices/2: [device]|managed=true").ShouldBe("");

    // systemd-networkd

    [Theory]
    [InlineData("configured", "eth0:systemd-networkd")]
    [InlineData("configuring", "eth0:systemd-networkd")]
    [InlineData("pending", "eth0:systemd-networkd")]
    [InlineData("failed", "eth0:systemd-networkd")]
    [InlineData("unmanaged", "")]
    [InlineData("linger", "")]
    public void Networkd_owns_what_it_has_not_left_unmanaged(string state, string owners) =>
        Owners("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            $"run/systemd/netif/links/2: # This is private data. Do not parse.|ADMIN_STATE={state}|OPER_STATE=routable")
            .ShouldBe(owners);

    [Fact]
    public void The_evidence_names_the_network_file()
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network");
        Observe(2, 3).ShouldHaveSingleItem().Evidence.ShouldBe(
            "/run/systemd/netif/links/2: configured by /run/systemd/network/10-netplan-eth0.network, which netplan wrote");
    }

    [Fact]
    public void Networkds_file_and_its_drop_ins_are_one_text_without_what_they_match()
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network",
            "run/systemd/netif/leases/2: SERVER_ADDRESS=10.77.0.1|CLIENTID=ff97b964e000020000ab11",
            "run/systemd/network/10-netplan-eth0.network: [Match]|Name=eth0||[Network]|DHCP=ipv4|",
            "etc/systemd/network/10-netplan-eth0.network.d/a.conf: [DHCPv4]|RouteMetric=7|",
            "run/systemd/network/10-netplan-eth0.network.d/a.conf: [DHCPv4]|RouteMetric=8|");
        Observe(2).ShouldHaveSingleItem().State.ShouldBe(new NetworkdLink(2, "",
            "10-netplan-eth0.network", "[Network]\nDHCP=ipv4\n[DHCPv4]\nRouteMetric=7\n", "2545509600",
            System.Net.IPAddress.Parse("10.77.0.1"), IsAggregate: false) { Iaid6 = "2545509600" });
    }

    /// <remarks>networkd before 249 has one number for both, which it reads from [DHCPv4].</remarks>
    [Theory]
    [InlineData("ff97b964e000020000ab11", "", "", "2545509600", "2545509600")]
    [InlineData("ff97b964e000020000ab11", "0x97b964e0", "", "2545509600", "2545509600")]
    [InlineData("ff00000007000020000ab1", "0x8", "[DHCPv6]|IAID=8|", "7", "8")]
    [InlineData("0152540000000a", "0xb5c3eb1", "", "190594737", "190594737")] // DHCPv4 by the MAC address
    [InlineData("", "0xb5c3eb1", "", "190594737", "190594737")] // DHCP=ipv6
    [InlineData("", "0x5", "[DHCPv4]|IAID=5|", "5", "5")]
    [InlineData("", "0x9", "[DHCPv4]|IAID=5|[DHCPv6]|IAID=0x9|", null, "9")]
    [InlineData("", "0xb5c3eb1", "[DHCPv6]|IAID=9|", "190594737", "190594737")] // before 249, which does not know it
    [InlineData("", "", "", null, null)]
    [InlineData("ff97b9", "none", "", null, null)]
    public void Networkds_numbers_for_DHCP_are_those_that_the_servers_know(string v4, string v6, string file, string? iaid, string? iaid6)
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            $"run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/50-eth0.network|DHCP6_CLIENT_IAID={v6}"
                + "|DHCP6_CLIENT_DUID=DUID-EN/Vendor:0000ab11f92ac27729f95c00",
            $"run/systemd/netif/leases/2: SERVER_ADDRESS=10.77.0.1|CLIENTID={v4}",
            "etc/systemd/network/50-eth0.network: [Match]|Name=eth0|[Network]|DHCP=yes|" + file);
        var link = (NetworkdLink)Observe(2).ShouldHaveSingleItem().State!;
        (link.Iaid, link.Iaid6).ShouldBe((iaid, iaid6));
    }

    /// <remarks>The numbers are those of a guest: a DHCP server saw 97:b9:64:e0 of enp0s16, and a2:c8:7a:5f of its bond, which has no name in
    /// udev.</remarks>
    [Theory]
    [InlineData("DHCP=yes", "E:ID_NET_NAME_MAC=enx525400770000|E:ID_NET_NAME_PATH=enp0s16|", 0x97b964e0)]
    [InlineData("DHCP=ipv4", "", 0xa2c87a5f)]
    [InlineData("DHCP=ipv4", "E:ID_NET_NAME_PATH=|", 0xa2c87a5f)]
    [InlineData("DHCP=yes|[DHCPv4]|IAID=7", "", null)]
    [InlineData("DHCP=no", "", null)]
    [InlineData("Address=10.77.0.2/24", "", null)]
    public void Without_a_lease_networkds_number_is_computed_as_networkd_does(string file, string udev, uint? iaid)
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/50-eth0.network",
            "etc/systemd/network/50-eth0.network: [Match]|Name=eth0|[Network]|" + file, $"run/udev/data/n2: I:5|{udev}");
        var link = (NetworkdLink)OwnerModules.Observe(_tree.Root, [new Link { Index = 2, Name = "eth0", Address = new HardwareAddress("52:54:00:77:00:00") }], MainProcess, [2])
            .ShouldHaveSingleItem().State!;
        (link.Iaid, link.Iaid6).ShouldBe((iaid?.ToString(CultureInfo.InvariantCulture), iaid?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <remarks>The syntax that systemd's parser accepts (config_parse, src/shared/conf-parser.c).</remarks>
    [Theory]
    [InlineData("    [Match]|    Name=eth0||    [Network]|    DHCP=ipv4|    [DHCPv4]|    RouteMetric=8|")]
    [InlineData("\t[Match]|\tName=eth0|\t[Network]\t|\tDHCP=ipv4|\t[DHCPv4]|\tRouteMetric=8|")]
    [InlineData("[Match]|Name = eth0|[Network]|DHCP = ipv4|[DHCPv4]|RouteMetric = 8|")]
    [InlineData("# a|[Match]|; b|Name=eth0 \\|eth1|[Network]|  # c|DHCP=\\|ipv4|[DHCPv4]|RouteMetric=8|")]
    [InlineData("[Match]|Name=eth0|[Network]|DHCP=ipv4|[Match]|Type=ether|[DHCPv4]|RouteMetric=8|no assignment|=nor this|")]
    [InlineData("[Match]|Name=eth0 \\|# in between \\|  eth1|[Network]|DHCP=ipv4|[DHCPv4]|RouteMetric=\\|; and here|8")]
    public void A_network_file_is_read_as_systemd_reads_it(string file)
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/50-eth0.network",
            "etc/systemd/network/50-eth0.network: " + file);
        ((NetworkdLink)Observe(2).ShouldHaveSingleItem().State!).Text
            .ShouldBe("[Network]\nDHCP=ipv4\n[DHCPv4]\nRouteMetric=8\n");
    }

    /// <remarks>Each section of a route is a route.</remarks>
    [Fact]
    public void Sections_of_one_name_stay_apart()
    {
        const string routes = "[Route]\nDestination=10.1.0.0/16\nGateway=10.0.0.1\n[Route]\nDestination=10.2.0.0/16\nGateway=10.0.0.2\n";
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/50-eth0.network",
            "etc/systemd/network/50-eth0.network: [Match]|Name=eth0|" + routes.Replace('\n', '|'));
        ((NetworkdLink)Observe(2).ShouldHaveSingleItem().State!).Text.ShouldBe(routes);
    }

    [Theory]
    [InlineData("etc/systemd/network/00-lan.network", null)]
    [InlineData("usr/lib/systemd/network/-.network", null)]
    [InlineData("etc/systemd/network/ lan.network", "etc/systemd/network/ lan.network")]
    [InlineData("etc/systemd/network/!hyperv-vfattach--bond-10-lan.network", "etc/systemd/network/!hyperv-vfattach--bond-10-lan.network")]
    [InlineData("run/systemd/network/!hyperv-vfattach--bond-10-lan.network", null)]
    public void Only_a_blank_sorts_before_our_files_and_only_one_of_their_name_hides_them(string file, string? earlier)
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/10-lan.network",
            "etc/systemd/network/10-lan.network: [Match]|Name=eth0|[Network]|DHCP=ipv4|", $"{file}: [Match]|Name=x");
        ((NetworkdLink)Observe(2).ShouldHaveSingleItem().State!).Earlier.ShouldBe(earlier is null ? null : "/" + earlier);
    }

    [Fact]
    public void The_files_of_a_pair_that_is_joined_do_not_stand_in_the_way_of_another()
    {
        _tree.Write("proc/500/cmdline: /lib/systemd/systemd-networkd|",
            "run/systemd/netif/links/2: ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/10-lan.network",
            "etc/systemd/network/10-lan.network: [Match]|Name=eth0|[Network]|DHCP=ipv4|",
            "run/systemd/network/!hyperv-vfattach-52-54-00-00-00-01-bond-10-wan.network: [Match]|PermanentMACAddress=52:54:00:00:00:01|");
        Link[] links = [s_links[0] with { PermanentAddress = new HardwareAddress("52:54:00:00:00:02") }];
        ((NetworkdLink)OwnerModules.Observe(_tree.Root, links, MainProcess, 2).ShouldHaveSingleItem().State!).Earlier.ShouldBeNull();
    }

    [Theory]
    [InlineData("dhclient|-4|-pf|/run/d.pid|eth0|", true)]
    [InlineData("dhclient|-4|eth0|eth1|", false)]
    [InlineData("dhclient|-4|-d|eth0|", false)]
    [InlineData("dhclient|", false)]
    [InlineData("dhcpcd: eth0 [ip4]|", false)]
    public void A_client_of_one_interface_can_go_along(string commandLine, bool can)
    {
        _tree.Write("proc/812/cmdline: " + commandLine, "proc/812/cgroup: 0::/system.slice/networking.service|",
            "proc/812/stat: 812 (dhclient (4)) S 1 812 812 0 -1 4194368 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0|");
        _tree.Symlink("proc/812/exe", "/usr/sbin/dhclient (deleted)");
        OwnerState? state = Observe(2).ShouldHaveSingleItem().State;
        if (can)
            ((LeaseClient)state!).ShouldBe(new LeaseClient(2, 812, 4711, "/usr/sbin/dhclient", ((LeaseClient)state!).Arguments,
                "/system.slice/networking.service"));
        else
            state.ShouldBeNull();
    }

    [Theory]
    [InlineData("dhclient|-4|-d|eth0|", "wire.service", true)]
    [InlineData("dhcpcd: eth0 [ip4] [ip6]||||", "wire.service", true)]
    [InlineData("dhcpcd: [manager] [ip4] [ip6]||", "wire.service", false)]
    [InlineData("dhclient|-d|eth0|eth1|", "wire.service", false)]
    [InlineData("dhclient|-4|-d|eth0|", "manager.service", false)]
    [InlineData("dhcpcd: eth0 [ip4] [ip6]||||", "networking.service", false)]
    public void A_client_that_is_a_service_is_started_again_by_systemd(string commandLine, string unit, bool can)
    {
        _tree.Write("proc/812/cmdline: " + commandLine, $"proc/812/cgroup: 0::/system.slice/{unit}|",
            "proc/812/stat: 812 (client) S 1 812 812 0 -1 4194368 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0|");
        _tree.Symlink("proc/812/exe", "/usr/sbin/client");
        OwnerState? state = Observe(2).ShouldHaveSingleItem().State;
        if (can)
            ((LeaseClient)state!).Service.ShouldBe(unit);
        else
            state.ShouldBeNull();
    }

    [Theory]
    [InlineData("ADMIN_STATE=configured|NETWORK_FILE=/run/systemd/network/05-ours.network", true, true)]
    [InlineData("ADMIN_STATE=configuring|NETWORK_FILE=/run/systemd/network/05-ours.network", true, true)]
    [InlineData("ADMIN_STATE=configured|NETWORK_FILE=/etc/systemd/network/00-theirs.network", false, true)]
    [InlineData("ADMIN_STATE=failed|NETWORK_FILE=/run/systemd/network/05-ours.network", false, false)]
    [InlineData("ADMIN_STATE=unmanaged|NETWORK_FILE=/run/systemd/network/05-ours.network", false, false)]
    [InlineData("ADMIN_STATE=pending", false, false)]
    [InlineData("ADMIN_STATE=linger", false, false)]
    [InlineData("OPER_STATE=routable", false, false)]
    public void Networkd_manages_what_it_configures_by_the_file_that_is_meant(string state, bool byOurs, bool byAny)
    {
        _tree.Write("run/systemd/netif/links/2: " + state);
        Networkd.Manages(2, "05-ours.network", _tree.Root).ShouldBe(byOurs);
        Networkd.Manages(2, null, _tree.Root).ShouldBe(byAny);
        Networkd.Manages(3, null, _tree.Root).ShouldBeFalse();
    }

    /// <remarks>systemd.syntax(7).</remarks>
    [Theory]
    [InlineData("[Unit]|BindsTo=a.device|After=a.device|[Service]|ExecStart=/bin/x|", "[Unit]|After=a.device|[Service]|ExecStart=/bin/x|")]
    [InlineData("  [Unit]|  BindsTo = a.device|  After = a.device|", "[Unit]|After=a.device|")]
    [InlineData("[Unit]|BindsTo=a.device \\|# why|  b.device|After=a.device|", "[Unit]|After=a.device|")]
    [InlineData("[Unit]|After=a.device|[Unit]|BindTo=a.device|", "[Unit]|After=a.device|[Unit]|")]
    [InlineData("[Unit]|Description=BindsTo=a \\|BindsTo=b|", null)]
    [InlineData("[Unit]|#BindsTo=a.device|After=a.device|", null)]
    public void A_unit_loses_its_bindings_however_they_are_written(string file, string? unbound)
    {
        _tree.Write("x.service: " + file);
        BoundUnit.Unbound(Path.Combine(_tree.Root, "x.service"))?.Replace('\n', '|').ShouldBe(unbound);
        if (unbound is null)
            BoundUnit.Unbound(Path.Combine(_tree.Root, "x.service")).ShouldBeNull();
    }

    [Fact]
    public void A_networkd_that_was_stopped_owns_nothing_any_more() =>
        Owners("run/systemd/netif/links/2: ADMIN_STATE=configured").ShouldBe("");

    // DHCP clients

    [Theory]
    [InlineData("/sbin/dhclient|-4|-v|-i|-pf|/run/dhclient.eth0.pid|-lf|/var/lib/dhcp/dhclient.eth0.leases|-I|eth0|", "eth0")]
    [InlineData("/sbin/dhclient|-d|-q|-sf|/usr/lib/NetworkManager/nm-dhcp-helper|enx7c1e523ef0ce|", "eth0")]
    [InlineData("dhclient|eth0|eth1|", "eth0 eth1")]
    [InlineData("dhclient|", "eth0 eth1")]
    [InlineData("dhcpcd: eth1 [ip4] [ip6]||||", "eth1")]
    [InlineData("dhcpcd: [manager] [ip4] [ip6]||", "eth0 eth1")]
    [InlineData("dhcpcd: [privileged proxy] eth0 [ip4]||", "")]
    [InlineData("dhcpcd: [BPF ARP] eth0 10.77.0.150||", "")]
    [InlineData("dhcpcd: [privileged proxy]||", "")]
    [InlineData("dhcpcd: [network proxy] 10.77.0.150||", "")]
    [InlineData("dhcpcd: [network proxy] fe80::5054:ff:fe77:0||", "")]
    [InlineData("udhcpc|-i|eth1|-p|/run/udhcpc.pid|", "eth1")]
    [InlineData("/bin/busybox|udhcpc|-ieth1|", "eth1")]
    [InlineData("udhcpc|--interface=eth1|", "eth1")]
    [InlineData("udhcpc|-b|", "eth0")]
    [InlineData("udhcpc|-i|eth7|", "")]
    [InlineData("/usr/sbin/dhcp6c|eth0|", "eth0")]
    [InlineData("vim|dhclient|eth0|", "")]
    [InlineData("busybox|", "")]
    public void A_DHCP_client_owns_what_it_names_or_all(string commandLine, string links)
    {
        _tree.Write("proc/812/cmdline: " + commandLine);
        Observe(2, 3).Select(owner => owner.Link == 2 ? "eth0" : "eth1")
            .ShouldBe(links.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_evidence_of_a_client_is_its_process()
    {
        _tree.Write("proc/812/cmdline: /sbin/dhclient|-4|eth0|");
        Observe(2).ShouldHaveSingleItem()
            .ShouldBe(new Owner(2, "dhclient", "process 812: dhclient -4 eth0"));
    }

    [Fact]
    public void A_client_in_another_network_namespace_speaks_of_its_own_eth0()
    {
        _tree.Write("proc/812/cmdline: dhclient|eth0|", "proc/813/cmdline: dhclient|eth0|");
        _tree.Symlink("proc/self/ns/net", "net:[4026531840]");
        _tree.Symlink("proc/812/ns/net", "net:[4026532999]");
        _tree.Symlink("proc/813/ns/net", "net:[4026531840]");
        Observe(2).ShouldHaveSingleItem().Evidence.ShouldStartWith("process 813");
    }

    // Others

    [Theory]
    [InlineData("/usr/sbin/wickedd|--systemd|--foreground|", "eth0:wickedd eth1:wickedd")]
    [InlineData("/usr/sbin/connmand|-n|", "eth0:connmand eth1:connmand")]
    [InlineData("/sbin/ifup|-a|--read-environment|", "eth0:ifup eth1:ifup")]
    [InlineData("/usr/bin/python3|/usr/sbin/ifup|eth1|", "eth1:ifup")]
    public void Managers_without_a_file_own_what_they_may_touch(string commandLine, string owners) =>
        Owners("proc/400/cmdline: " + commandLine).ShouldBe(owners);

    [Theory]
    [InlineData("run/network/ifstate: lo=lo|eth0=home|", "", "eth0:ifupdown")]
    [InlineData("run/ifstate: lo=lo 1|eth1=eth1 1|", "", "eth1:ifupdown")]
    [InlineData("run/network/ifstate: lo=lo|eth0=home|", "dhclient|eth0|", "eth0:dhclient")]
    public void Ifupdown_owns_what_it_remembers_where_no_client_of_its_own_runs(string record, string client, string owners) =>
        Owners(record, "proc/812/cmdline: " + client).ShouldBe(owners);

    // Its record has a form of its own.
    [Theory]
    [InlineData("auto eth0|iface eth0 inet static| address 192.0.2.2/24|", "eth0:ifupdown2")]
    [InlineData("auto lo|iface lo inet loopback|", "")]
    public void Ifupdown2_owns_what_its_configuration_names(string interfaces, string owners) => Owners(
        "etc/network/ifupdown2/ifupdown2.conf: ifupdown2|", "etc/network/interfaces: " + interfaces).ShouldBe(owners);

    [Fact]
    public void Processes_that_vanish_and_kernel_threads_are_passed_over()
    {
        Directory.CreateDirectory(Path.Combine(_tree.Root, "proc/77"));
        Owners("proc/2/cmdline: ", "proc/sys/kernel/ostype: Linux", "proc/812/cmdline: dhclient|eth1|").ShouldBe("eth1:dhclient");
    }

    [Fact]
    public void A_command_line_longer_than_we_read_is_cut()
    {
        Directory.CreateDirectory(Path.Combine(_tree.Root, "proc/812"));
        File.WriteAllBytes(Path.Combine(_tree.Root, "proc/812/cmdline"),
            Encoding.UTF8.GetBytes("dhclient\0eth0\0" + new string('x', 100_000)));
        Owners().ShouldBe("eth0:dhclient");
    }

    [Fact]
    public void The_running_machine_shows_this_very_process() =>
        Processes.Running("/", new HashSet<string> { Path.GetFileName(Environment.ProcessPath!) })
            .ShouldContain(process => process.Id == Environment.ProcessId);
}

/// <summary>A directory that acts as the root: lines of <c>path: content</c>, where <c>|</c> ends a line of a file, and a word of a
/// cmdline.</summary>
internal sealed class TemporaryTree : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("hyperv-vfattach-test-").FullName;

    public void Write(params ReadOnlySpan<string> lines)
    {
        foreach (string line in lines)
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string file = Path.Combine(Root, line[..colon]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            bool commandLine = Path.GetFileName(file) == "cmdline";
            File.WriteAllText(file, line[(colon + 2)..].Replace('|', commandLine ? '\0' : '\n'));
            if (file.Contains("system-connections/", StringComparison.Ordinal))
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite); // as NetworkManager requires
        }
    }

    public void Symlink(string path, string target)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.CreateSymbolicLink(file, target);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
