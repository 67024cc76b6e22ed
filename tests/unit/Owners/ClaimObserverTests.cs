using HypervVfattach.Core.Model;
using HypervVfattach.Owners;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Owners;

/// <summary>Which files apply to which NIC of a pair: eth0 is the synthetic NIC, enp1s0 the VF.</summary>
public sealed class ClaimObserverTests : IDisposable
{
    private const string Mac = "52:54:00:00:00:01";

    private static readonly Link[] s_links =
    [
        new()
        {
            Index = 2, Name = "eth0", AltNames = ["enp0s3"], Address = new HardwareAddress(Mac),
            Device = new Device("virtio_net", "virtio", "pci0000:00/0000:00:03.0/virtio0", 0),
        },
        new()
        {
            Index = 3, Name = "enp1s0", Address = new HardwareAddress(Mac),
            Device = new Device("iavf", "pci", "pci0000:00/0000:00:1c.0/0000:01:00.0", 0),
        },
        new() { Index = 4, Name = "br0", Address = new HardwareAddress(Mac), Kind = "bridge" },
    ];

    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    /// <summary>Returns <c>VF!</c>: the VF alone, by its name; <c>VF</c>: the VF alone; <c>both</c>; or <c>synthetic</c>.</summary>
    private string Claimed(params string[] files)
    {
        _tree.Write(files);
        return string.Join(' ', ClaimObserver.Observe(_tree.Root, s_links)
            .Select(claim => claim.Fits.Length == 2 ? "both" : claim.Link == 2 ? "synthetic" : claim.IsExact ? "VF!" : "VF").Distinct());
    }

    [Theory]
    [InlineData("Name=enp1s0", "VF!")]
    [InlineData("  Name = enp1s0", "VF!")]
    [InlineData("Name=enp1s0 enp2s0", "VF!")]
    [InlineData("Name=enp1*", "VF")]
    [InlineData("Name=enp[0-2]s?", "both")]
    [InlineData("Name=enp[0-2]s0", "VF")]
    [InlineData("Name=wl* \\|  enp1s0", "VF!")]
    [InlineData("Name=enp7s0|Name=enp1s0", "VF!")]
    [InlineData("Name=enp7s0|Name=|Name=enp1s0", "VF!")]
    [InlineData("Name=!eth0 enp0s3", "VF")]
    [InlineData("Name=e*|Name=!enp1s0 enp2s0", "synthetic")]
    [InlineData("Name=!enp1s0|Name=e*", "synthetic")]
    [InlineData("Name=enp1s0|# Name=eth0|; Name=eth1", "VF!")]
    [InlineData("MACAddress=5254.0000.0001", "both")]
    [InlineData("MACAddress=52:54:00:00:00:09 52:54:00:00:00:01", "both")]
    [InlineData("PermanentMACAddress=52:54:00:00:00:02", "")]
    [InlineData("Driver=!virtio_net", "VF")]
    [InlineData("Driver=ixgbevf iavf", "VF")]
    [InlineData("Path=pci-0000:01:*", "VF!")]
    [InlineData("Type=!loopback", "both")]
    [InlineData("Name=enp1s0|SSID=home", "")]
    [InlineData("Name=en*", "both")]
    [InlineData("Name=!eth0", "VF")]
    [InlineData("Name=enp0s3", "synthetic")]
    [InlineData("Name=e*", "both")]
    [InlineData("Name=!lo", "both")]
    [InlineData("Name=eth1", "")]
    [InlineData("MACAddress=52:54:00:00:00:01", "both")]
    [InlineData("PermanentMACAddress=52:54:00:00:00:01", "both")]
    [InlineData("MACAddress=52-54-00-00-00-01|Name=enp1s0", "VF!")]
    [InlineData("MACAddress=52:54:00:00:00:02", "")]
    [InlineData("MACAddress=52:54:00:00:00:01|Driver=virtio_net", "synthetic")]
    [InlineData("Driver=iavf", "VF")]
    [InlineData("Path=pci-0000:01:00.0", "VF!")]
    [InlineData("Path=pci-0000:00:03.0", "synthetic")]
    [InlineData("Type=ether", "both")]
    [InlineData("Type=wlan", "")]
    [InlineData("Kind=bridge", "")]
    [InlineData("Virtualization=yes", "both")]
    [InlineData("Name=enp1s0|Name=", "both")]
    public void Networkd(string match, string claimed) =>
        Claimed($"etc/systemd/network/10-lan.network: [Match]|{match}|[Network]|DHCP=yes|").ShouldBe(claimed);

    [Theory]
    [InlineData("[Link]|unmanaged=yes|", "VF!")] // Keys are case-sensitive.
    [InlineData("[Link]|Unmanaged=Yes|", "")]
    [InlineData("[Link]|Unmanaged = true|", "")]
    [InlineData("[Link]|Unmanaged=yes|Unmanaged=no|", "VF!")]
    public void Networkd_leaves_alone_what_its_file_says(string link, string claimed) =>
        Claimed($"etc/systemd/network/10-vf.network: [Match]|Name=enp1s0|{link}").ShouldBe(claimed);

    [Theory]
    [InlineData("run/systemd/network")]
    [InlineData("usr/local/lib/systemd/network")]
    [InlineData("usr/lib/systemd/network")]
    [InlineData("lib/systemd/network")]
    public void Drop_ins_count_wherever_they_and_their_file_are(string directory)
    {
        string file = $"{directory}/10-lan.network: [Match]|Name=eth0|";
        Claimed(file, $"etc/systemd/network/10-lan.network.d/b.conf: [Match]|Name=|Name=enp1s0|").ShouldBe("VF!");
        Claimed(file, $"{directory}/10-lan.network.d/b.conf: [Match]|Name=|Name=eth7|").ShouldBe("VF!"); // etc comes first
        Claimed(file, $"{directory}/10-lan.network.d/c.conf: [Link]|Unmanaged=yes|").ShouldBe("");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_masked_file_claims_nothing_and_hides_its_namesake(bool isLink)
    {
        if (isLink)
            _tree.Symlink("etc/systemd/network/10-lan.network", "/dev/null");
        else
            _tree.Write("etc/systemd/network/10-lan.network: ");
        Claimed("usr/lib/systemd/network/10-lan.network: [Match]|Name=enp1s0|",
            "etc/systemd/network/10-lan.network.d/a.conf: [Match]|Name=enp1s0|").ShouldBe("");
        Claimed("usr/lib/systemd/network/20-lan.network: [Match]|Name=eth0|").ShouldBe("synthetic");
    }

    [Fact]
    public void A_file_that_matches_by_nothing_leaves_the_NIC_to_the_next_one() => Claimed(
        "etc/systemd/network/05-none.network: [Network]|DHCP=yes|",
        "etc/systemd/network/10-vf.network: [Match]|Name=enp1s0|").ShouldBe("VF!");

    [Fact]
    public void Networkd_takes_the_first_file_that_matches() => Claimed(
        "etc/systemd/network/10-eth.network: [Match]|Name=eth0|[Network]|DHCP=yes|",
        "run/systemd/network/99-all.network: [Match]|Name=e*|[Network]|DHCP=yes|").ShouldBe("synthetic both");

    [Fact]
    public void A_file_that_leaves_the_VF_unmanaged_is_no_claim() => Claimed(
        "etc/systemd/network/05-vf.network: [Match]|Driver=iavf|[Link]|Unmanaged=yes|",
        "etc/systemd/network/10-lan.network: [Match]|Name=enp1s0|[Network]|DHCP=yes|").ShouldBe("");

    [Fact]
    public void A_file_of_etc_hides_one_of_its_name_and_drop_ins_count() => Claimed(
        "etc/systemd/network/10-lan.network: [Match]|Name=eth7|",
        "usr/lib/systemd/network/10-lan.network: [Match]|Name=enp1s0|",
        "etc/systemd/network/10-lan.network.d/a.conf: [Match]|Name=eth0|").ShouldBe("synthetic");

    [Theory]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|", "VF!")]
    [InlineData("[connection]|type=802-3-ethernet|interface-name=eth0|", "synthetic")]
    [InlineData("[connection]|type=ethernet|[ethernet]|mac-address=52:54:00:00:00:01|", "both")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|[ethernet]|mac-address=52:54:00:00:00:01|", "VF!")]
    [InlineData("[connection]|type=ethernet|", "both")]
    [InlineData("[connection]|type=ethernet|[match]|interface-name=en*;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|driver=iavf;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|path=pci-0000:01:00.0;|", "VF!")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|master=bond0|slave-type=bond|", "VF!")]
    [InlineData("  [connection]|  type = ethernet|  interface-name = enp1s0|", "VF!")]
    [InlineData("[connection]|type=ethernet|[ethernet]|mac-address=52:54:00:00:00:02|", "")]
    [InlineData("[connection]|type=ethernet|[ethernet]|mac-address-blacklist=52:54:00:00:00:01;|", "")]
    [InlineData("[connection]|type=ethernet|[match]|interface-name=!eth0;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|interface-name=e*;!eth*;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|interface-name=&e*;&!eth0;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|driver=!virtio_*;|", "VF")]
    [InlineData("[connection]|type=ethernet|[match]|path=!pci-0000:01:*;|", "synthetic")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|autoconnect=0|", "")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|autoconnect=true|", "VF!")]
    [InlineData("[connection]|type=vlan|interface-name=enp1s0|", "")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|autoconnect=false|", "")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|[.nmmeta]|nm-generated=true|", "")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|[ipv4]|method=disabled|[ipv6]|method=ignore|", "")]
    [InlineData("[connection]|type=ethernet|interface-name=enp1s0|[ipv4]|method=auto|[ipv6]|method=ignore|", "VF!")]
    public void Network_manager(string profile, string claimed) =>
        Claimed($"etc/NetworkManager/system-connections/lan.nmconnection: {profile}").ShouldBe(claimed);

    /// <remarks>"File permissions (100644) are insecure": NetworkManager does not load it.</remarks>
    [Theory]
    [InlineData("lan.nmconnection", 0x180, "VF!")] // 0600
    [InlineData("lan", 0x100, "VF!")] // 0400, from before there was an extension
    [InlineData("lan.nmconnection", 0x1A4, "")] // 0644
    [InlineData("lan.nmconnection", 0x190, "")] // 0620
    [InlineData("lan.nmconnection~", 0x180, "")]
    [InlineData(".lan.nmconnection", 0x180, "")]
    public void A_profile_that_NetworkManager_does_not_load_is_no_claim(string file, int mode, string claimed)
    {
        string path = "etc/NetworkManager/system-connections/" + file;
        _tree.Write(path + ": [connection]|type=ethernet|interface-name=enp1s0|");
        File.SetUnixFileMode(Path.Combine(_tree.Root, path), (UnixFileMode)mode);
        Claimed().ShouldBe(claimed);
    }

    [Theory]
    [InlineData("etc/network/interfaces: auto enp1s0|iface enp1s0 inet dhcp|", "VF!")]
    [InlineData("etc/network/interfaces.d/50-cloud-init: \tiface enp1s0 inet6 static|", "VF!")]
    [InlineData("etc/network/interfaces: iface eth0 inet dhcp|", "synthetic")]
    [InlineData("etc/network/interfaces: iface enp1s0 inet manual|", "")]
    [InlineData("etc/network/interfaces: iface enp1s0 inet manual|  bond-master bond7|", "VF!")]
    [InlineData("etc/network/interfaces: #iface enp1s0 inet dhcp|iface lo inet loopback|", "")]
    [InlineData("etc/sysconfig/network-scripts/ifcfg-lan: DEVICE=\"enp1s0\"|BOOTPROTO=dhcp|", "VF!")]
    [InlineData("etc/sysconfig/network-scripts/ifcfg-lan: HWADDR=52:54:00:00:00:01|BOOTPROTO=dhcp|", "both")]
    [InlineData("etc/sysconfig/network-scripts/ifcfg-enp1s0: BOOTPROTO=dhcp|ONBOOT=no|", "")]
    [InlineData("etc/sysconfig/network/ifcfg-enp1s0: BOOTPROTO='static'|IPADDR='192.0.2.3/24'|", "VF!")]
    [InlineData("etc/sysconfig/network/ifcfg-enp1s0: BOOTPROTO='none'|", "")]
    public void Others(string file, string claimed) => Claimed(file).ShouldBe(claimed);

    [Fact]
    public void Where_there_is_nothing_nothing_is_claimed() => Claimed().ShouldBe("");

    [Fact]
    public void The_file_is_named() => ClaimObserver.Observe(Written("run/NetworkManager/system-connections/netplan-vf.nmconnection: "
        + "[connection]|type=ethernet|interface-name=enp1s0|"), s_links).ShouldHaveSingleItem().Description
        .ShouldBe("/run/NetworkManager/system-connections/netplan-vf.nmconnection (NetworkManager)");

    private string Written(string file)
    {
        _tree.Write(file);
        return _tree.Root;
    }
}
