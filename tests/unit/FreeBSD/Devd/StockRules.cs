namespace HypervVfattach.Tests.Unit.FreeBSD.Devd;

/// <summary>The rules of FreeBSD itself that matter for ours: what they match, at which priority, and what they run. Written from
/// etc/devd/hyperv.conf and sbin/devd/devd.conf, not copied.</summary>
internal static class StockRules
{
    /// <summary>/etc/devd.conf: network interfaces, at priority 0.</summary>
    public static (string File, string Text) DevdConf { get; } = ("/etc/devd.conf", """
        options {
            directory "/etc/devd";
            directory "/usr/local/etc/devd";
            pid-file "/var/run/devd.pid";
        };
        notify 0 {
            match "system" "IFNET";
            match "subsystem" "!(usbus|wlan)[0-9]+";
            match "type" "ATTACH";
            action "/etc/pccard_ether $subsystem start";
        };
        notify 0 {
            match "system" "IFNET";
            match "type" "DETACH";
            action "/etc/pccard_ether $subsystem stop";
        };
        notify 0 {
            match "system" "IFNET";
            match "type" "LINK_UP";
            media-type "ethernet";
            action "service dhclient quietstart $subsystem";
        };
        """);

    /// <summary>/etc/devd/hyperv.conf from before devd had vm_guest.</summary>
    public static (string File, string Text) HyperV { get; } = Rules(guest: false);

    /// <summary>The same for a devd with vm_guest.</summary>
    public static (string File, string Text) HyperVWithGuest { get; } = Rules(guest: true);

    /// <summary>The stock files in the order they are read.</summary>
    public static (string File, string Text)[] All { get; } = [DevdConf, HyperV];

    private static (string File, string Text) Rules(bool guest)
    {
        var condition = guest ? "match \"vm_guest\" \"hv\";" : "";
        return ("/etc/devd/hyperv.conf", $$"""
            notify 10 {
                {{condition}}
                match "system" "DEVFS";
                match "subsystem" "CDEV";
                match "type" "CREATE";
                match "cdev" "hv_kvp_dev";
                action "/usr/sbin/hv_kvp_daemon";
            };
            notify 11 {
                {{condition}}
                match "system" "DEVFS";
                match "subsystem" "CDEV";
                match "type" "CREATE";
                match "cdev" "hv_fsvss_dev";
                action "/usr/sbin/hv_vss_daemon";
            };
            notify 10 {
                {{condition}}
                match "system" "HYPERV_NIC_VF";
                match "type" "VF_UP";
                action "/usr/libexec/hyperv/hyperv_vfup $subsystem";
            };
            notify 10 {
                {{condition}}
                match "system" "ETHERNET";
                match "type" "IFATTACH";
                action "/usr/libexec/hyperv/hyperv_vfattach $subsystem 0";
            };
            """);
    }
}
