using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Devices and settings from trees like those of real guests.</summary>
public sealed class SysfsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    public SysfsTests() => OnLinux.OrSkip();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text + "\n");
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.CreateSymbolicLink(Path.Combine(_root, path), target);
    }

    private void Interface(string name, int index, string device, string driver, string bus, int port = 0)
    {
        Link($"class/net/{name}", $"../../devices/{device}/net/{name}");
        Write($"devices/{device}/net/{name}/ifindex", $"{index}");
        Write($"devices/{device}/net/{name}/dev_port", $"{port}");
        Link($"devices/{device}/net/{name}/device", $"../../../{Path.GetFileName(device)}");
        Link($"devices/{device}/driver", $"../../../bus/{bus}/drivers/{driver}");
        Link($"devices/{device}/subsystem", $"../../../bus/{bus}");
    }

    private static Link Of(string name, int index, string? kind = null) => new() { Index = index, Name = name, Kind = kind };

    [Fact]
    public void The_NICs_of_Hyper_V_are_read_without_asking_the_kernel()
    {
        const string vf = "ACPI0004:00/VMBUS:00/7ad35d50-c05b-47ab-b3a0-56a9a845852b/pci0001:00/0001:00:02.0";
        void Nic(string name, int index, string device, string driver, string bus, string flags, string assigned = "0")
        {
            Interface(name, index, device, driver, bus);
            Write($"devices/{device}/net/{name}/address", "00:0d:3a:01:02:03");
            Write($"devices/{device}/net/{name}/addr_assign_type", assigned);
            Write($"devices/{device}/net/{name}/type", "1");
            Write($"devices/{device}/net/{name}/flags", flags);
            // Their files take the lock.
            Write($"devices/{device}/net/{name}/phys_switch_id", "must not be read");
        }

        Nic("eth0", 2, "ACPI0004:00/VMBUS:00/000d3a01-0203-000d-3a01-0203000d3a01", "hv_netvsc", "vmbus", "0x1003");
        Nic("enP1s1", 3, vf, "mlx5_core", "pci", "0x1803");
        Link($"devices/{vf}/net/enP1s1/master", "../../../../../000d3a01-0203-000d-3a01-0203000d3a01/net/eth0");
        Write("class/net/lo/ifindex", "1");
        new Sysfs(_root).NicsOfHyperV().ShouldBeNull();
        Directory.CreateDirectory(Path.Combine(_root, "bus/vmbus/drivers/hv_netvsc"));
        ImmutableArray<Link> links = new Sysfs(_root).NicsOfHyperV().ShouldNotBeNull();
        links.OrderBy(link => link.Index).Select(link => (link.Index, link.Name, link.Address.ToString(), link.Type, (uint)link.Flags, link.Master, link.Device!.Driver,
            link.Device.SwitchPort)).ShouldBe(
            [(2, "eth0", "00:0d:3a:01:02:03", (ushort)1, 0x1003u, 0, "hv_netvsc", null), (3, "enP1s1", "00:0d:3a:01:02:03", (ushort)1, 0x1803u, 2, "mlx5_core", null)]);
        // Its permanent address is another one.
        Nic("eth5", 9, "ACPI0004:00/VMBUS:00/000d3a01-0203-000d-3a01-0203000d3a09", "hv_netvsc", "vmbus", "0x1003", assigned: "3");
        new Sysfs(_root).NicsOfHyperV().ShouldBeNull();
    }

    [Fact]
    public void A_MANA_port_shows_its_VMBus_parent()
    {
        const string path = "LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/MSFT1000:00/00000000-0000-0000-0000-000000000000/"
            + "pci7870:00/7870:00:00.0";
        Interface("enP30832p0s0d1", 4, path, "mana", "pci", port: 1);
        new Sysfs(_root).DeviceOf(Of("enP30832p0s0d1", 4)).ShouldBe(new Device("mana", "pci", path, 1));
    }

    [Fact]
    public void An_interface_renamed_meanwhile_is_found_by_its_index()
    {
        Interface("enP1s1", 4, "pci0001:00/0001:00:02.0", "mlx5_core", "pci");
        // Another interface has its old name now.
        Interface("eth1", 5, "vmbus/abc", "hv_netvsc", "vmbus");
        new Sysfs(_root).DeviceOf(Of("eth1", 4))!.Driver.ShouldBe("mlx5_core");
    }

    [Fact]
    public void What_is_virtual_gone_or_without_driver()
    {
        Interface("eth0", 2, "vmbus/abc", "hv_netvsc", "vmbus");
        Link("class/net/lo", "../../devices/virtual/net/lo");
        Write("devices/virtual/net/lo/ifindex", "1");
        Link("class/net/tap0", "../../devices/virtual/net/tap0");
        Write("devices/virtual/net/tap0/ifindex", "7");
        var sysfs = new Sysfs(_root);
        sysfs.DeviceOf(Of("eth0", 2, kind: "veth")).ShouldBeNull();
        sysfs.DeviceOf(Of("tap0", 7)).ShouldBeNull();
        sysfs.DeviceOf(Of("gone", 9)).ShouldBeNull();
        new Sysfs(Path.Combine(_root, "missing")).DeviceOf(Of("eth0", 2)).ShouldBeNull();
        File.Delete(Path.Combine(_root, "devices/vmbus/abc/driver"));
        sysfs.DeviceOf(Of("eth0", 2)).ShouldBe(new Device(null, "vmbus", "vmbus/abc", 0));
    }

    [Fact]
    public void What_stands_on_an_interface()
    {
        Interface("eth0", 2, "vmbus/abc", "hv_netvsc", "vmbus");
        Write("devices/virtual/net/vx1/ifindex", "7");
        Link("devices/vmbus/abc/net/eth0/upper_vx1", "../../../../virtual/net/vx1");
        Link("devices/vmbus/abc/net/eth0/lower_gone", "../../../../virtual/net/gone");
        Link("devices/vmbus/abc/net/eth0/upper_gone", "../../../../virtual/net/gone");
        new Sysfs(_root).UppersOf(Of("eth0", 2)).ShouldBe([7]);
        new Sysfs(_root).UppersOf(Of("gone", 9)).ShouldBeEmpty();
    }

    [Fact]
    public void The_interfaces_with_hardware()
    {
        var sysfs = new Sysfs(_root);
        sysfs.NamesWithHardware().ShouldBeNull();
        Interface("eth0", 2, "vmbus/abc", "hv_netvsc", "vmbus");
        Interface("a name of its own é", 3, "vmbus/abd", "hv_netvsc", "vmbus");
        // Without the list of the others each would count.
        sysfs.NamesWithHardware().ShouldBeNull();
        foreach (string name in (string[])["lo", "tap0"])
        {
            Link($"class/net/{name}", $"../../devices/virtual/net/{name}");
            Write($"devices/virtual/net/{name}/ifindex", "1");
        }
        // The bonding driver's file (bond_create_sysfs).
        Write("class/net/bonding_masters", "bond0");
        sysfs.NamesWithHardware().ShouldNotBeNull().ShouldBe(["eth0", "a name of its own é"], ignoreOrder: true);
    }

    [Fact]
    public void Multicast_addresses_and_who_added_them()
    {
        Write("dev_mcast", """
            2    eth0            1     0     01005e000001
            2    eth0            1     1     010ecf000000
            3    averylongname15 2     1     333300000001
            """);
        MulticastTable.Read(_ => true, Path.Combine(_root, "dev_mcast")).Select(group => $"{group.Link} {group.Address} {group.IsAdded}").ShouldBe(
            ["2 01:00:5e:00:00:01 False", "2 01:0e:cf:00:00:00 True", "3 33:33:00:00:00:01 True"]);
        MulticastTable.Read(link => link == 3, Path.Combine(_root, "dev_mcast")).ShouldHaveSingleItem().Link.ShouldBe(3);
        MulticastTable.Read(_ => true, Path.Combine(_root, "missing")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", null)]
    [InlineData(null, "p0", null)]
    [InlineData(null, "pf0vf1", "phys_port_name pf0vf1")]
    [InlineData(null, "c1pf12vf34", "phys_port_name c1pf12vf34")]
    [InlineData(null, "pf0sf88", "phys_port_name pf0sf88")]
    [InlineData(null, "pf0", "phys_port_name pf0")]
    [InlineData(null, "pfx", null)]
    [InlineData(null, "pf0vf", null)]
    [InlineData("e8ebd30300f2", "p0", "phys_switch_id e8ebd30300f2, phys_port_name p0")]
    [InlineData("e8ebd30300f2", null, "phys_switch_id e8ebd30300f2")]
    public void A_representor_or_a_switchs_uplink_shows(string? id, string? name, string? port)
    {
        Interface("eth3", 4, "pci0000:00/0000:00:02.0", "mlx5_core", "pci");
        if (id is not null)
            Write("devices/pci0000:00/0000:00:02.0/net/eth3/phys_switch_id", id);
        if (name is not null)
            Write("devices/pci0000:00/0000:00:02.0/net/eth3/phys_port_name", name);
        new Sysfs(_root).DeviceOf(Of("eth3", 4))!.SwitchPort.ShouldBe(port);
    }

    [Fact]
    public void PCI_NICs_of_which_no_driver_has_made_an_interface()
    {
        void Function(string slot, string kind, string? driver)
        {
            Link($"bus/pci/devices/{slot}", $"../../../devices/hv/{slot}");
            Write($"devices/hv/{slot}/class", kind);
            Write($"devices/hv/{slot}/vendor", "0x15b3");
            Write($"devices/hv/{slot}/device", "0x1016");
            if (driver is not null)
                Link($"devices/hv/{slot}/driver", $"../../../bus/pci/drivers/{driver}");
        }

        Function("0002:00:02.0", "0x020000", null);
        Function("0001:00:02.0", "0x020000", "mlx4_core");
        Function("0003:00:02.0", "0x020000", "mlx5_core");
        Write("devices/hv/0003:00:02.0/net/eth7/ifindex", "7");
        Function("0004:00:02.0", "0x020000", "virtio-pci");
        Write("devices/hv/0004:00:02.0/virtio0/net/eth8/ifindex", "8");
        Function("0005:00:02.0", "0x010802", null);
        new Sysfs(_root).IdleNics().ShouldBe(
            [new IdleNic("0001:00:02.0", "15b3:1016", "mlx4_core") { Module = "mlx5_core" }, new IdleNic("0002:00:02.0", "15b3:1016", null) { Module = "mlx5_core" }]);
        new Sysfs(Path.Combine(_root, "missing")).IdleNics().ShouldBeEmpty();
    }

    [Fact]
    public void Synthetics_bound_to_DPDK()
    {
        void Vmbus(string guid, string type, string? driver)
        {
            Write($"bus/vmbus/devices/{guid}/class_id", type);
            if (driver is not null)
                Link($"bus/vmbus/devices/{guid}/driver", $"../../drivers/{driver}");
        }

        const string nic = "{f8615163-df3e-46c5-913f-f2d2f965ed0e}";
        Vmbus("000d3a57-1234-000d-3a57-1234000d3a57", nic, "uio_hv_generic");
        Vmbus("000d3a57-9999-000d-3a57-9999000d3a57", nic, "hv_netvsc");
        Vmbus("44c4f61d-4444-4400-9d52-802e27ede19f", "{44c4f61d-4444-4400-9d52-802e27ede19f}", "uio_hv_generic");
        Vmbus("vmbus_3", nic, "uio_hv_generic");
        Vmbus("000d3a57-7777-000d-3a57-7777000d3a57", nic, null);
        new Sysfs(_root).DpdkSynthetics().ShouldBe([new HardwareAddress("00:0d:3a:57:12:34"), new HardwareAddress("12:34:00:0d:3a:57")]);
    }

    [Fact]
    public void A_newer_host_puts_the_address_at_the_end_of_the_GUID()
    {
        Write("bus/vmbus/devices/f8615163-0000-1000-2000-6045bdc1a2b3/class_id", "{f8615163-df3e-46c5-913f-f2d2f965ed0e}");
        Link("bus/vmbus/devices/f8615163-0000-1000-2000-6045bdc1a2b3/driver", "../../drivers/uio_hv_generic");
        new Sysfs(_root).DpdkSynthetics().ShouldContain(new HardwareAddress("60:45:bd:c1:a2:b3"));
        new Sysfs(Path.Combine(_root, "missing")).DpdkSynthetics().ShouldBeEmpty();
    }

    [Fact]
    public void Settings_are_read_and_written()
    {
        Write("net/ipv4/conf/eth0/rp_filter", "2");
        Write("net/ipv6/neigh/eth0/base_reachable_time", "30");
        Write("net/ipv6/neigh/eth0/base_reachable_time_ms", "30000");
        Write("net/ipv6/conf/eth0/mc_forwarding", "0");
        File.SetUnixFileMode(Path.Combine(_root, "net/ipv6/conf/eth0/mc_forwarding"), UnixFileMode.UserRead);
        var sysctls = new Sysctls(_root);
        Sysctl[] seen = [.. sysctls.Read(3, "eth0")];
        seen.ShouldBe(
        [
            new Sysctl(3, "ipv4/conf", "rp_filter", "2"),
            new Sysctl(3, "ipv6/neigh", "base_reachable_time_ms", "30000"),
        ]);
        sysctls.Write("eth0", seen[0] with { Value = "1" });
        sysctls.Read(3, "eth0").First().Value.ShouldBe("1");
        Should.Throw<SystemRefusal>(() => sysctls.Write("eth0", new Sysctl(3, "ipv4/conf", "nothing", "1"))).Message
            .ShouldBe("eth0: set ipv4/conf nothing to 1: No such file or directory (errno 2)");
    }

    [Theory]
    [InlineData("00000000a80425fb", false)]
    [InlineData("000001ffffffffff", true)]
    public void Privileges_are_read(string capabilities, bool admin)
    {
        Write("status", $"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t{capabilities}");
        Privileges.HasNetAdmin(Path.Combine(_root, "status")).ShouldBe(admin);
    }
}
