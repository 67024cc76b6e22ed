namespace HypervVfattach.Doctor;

/// <summary>The words of all findings.</summary>
/// <remarks>One entry for each: check and severity, what was seen, why it matters, what to do, and where to read more if that is not the
/// manual of <c>doctor</c>. They are data, and bytes, because as code and UTF-16 they would take four times the room.</remarks>
internal static class FindingTexts
{
    /// <summary>UTF-8; an empty line ends an entry. {0} is the object, {1} and so on are the check's words.</summary>
    public static ReadOnlySpan<byte> All => """
        vf-address status
        seen it has addresses of its own: {1}
        why  A program that configures both NICs of a pair has two addresses for one path: packets leave through either, and connections
             break when the VF leaves
        do   find out which program added them (networkctl status {0}, nmcli device show {0}, journalctl -b), and have it leave {0} alone; then,
             from a connection that does not use them, ip address flush dev {0}

        vf-address/only status
        seen it has addresses of its own ({1}), and {2} has none
        why  When the VF leaves, as before each live migration, the network leaves with it
        do   configure {2} instead of {0} from the next boot on, and restart the machine; do not flush them now: nothing else has an
             address

        vf-owner degraded
        seen {1} configures it
        why  It takes the VF for an ordinary NIC, and gets the address of {2} for it a second time
        do   have it leave the VF alone: install the udev rules of this program, which mark VFs, or exclude {0} in its configuration; then
             restart the machine

        vf-owner/dhclient degraded
        seen dhclient (process {1}) runs on it, and it is a port
        why  It gives the port an address that belongs to the lagg, and changes the lagg's routes
        do   service dhclient stop {0}, and have rc.conf not name it
        see  install/freebsd/README.md

        vf-file degraded
        seen the file {1} names it
        why  The program that reads it takes the VF for an ordinary NIC, at the latest at the next boot
        do   remove it, or have it name {2}

        default-route degraded
        seen {1} default route leaves through it
        why  The route goes when the VF leaves, as before each live migration
        do   have only {2} configured (networkctl status {0}, nmcli device show {0} and journalctl -b tell which program configures the VF);
             then restart the machine

        default-route/both degraded
        seen {1} default route leaves through it, and another one through {2}
        why  Which one counts depends on metrics and order, and one goes when the VF leaves: connections break
        do   have only {2} configured (networkctl status {0}, nmcli device show {0} and journalctl -b tell which program configures the VF);
             then restart the machine

        kernel-join status
        seen {1}
        why  All traffic goes through the synthetic NIC: it works, but without the speed of the VF
        do   {2}; in Azure the first is done by deallocating and starting the machine, or by switching accelerated networking off and on
        see  Documentation/networking/device_drivers/ethernet/microsoft/netvsc.rst

        not-joined status
        seen {1}
        why  All traffic goes through one NIC, and nothing takes over between the two
        do   {2}
        see  hyperv-vfattach-joins(7)

        not-joined/taken-apart status
        seen it was joined, and another program has taken the join apart
        why  Traffic uses the synthetic NIC alone, and part of its configuration may be missing
        do   hyperv-vfattach detach {0}, then hyperv-vfattach scan
        see  hyperv-vfattach(8), RECOVERY

        journal status
        seen a run is at work or was interrupted: {1}
        why  Until it is finished or undone, the pair is between two states
        do   hyperv-vfattach scan --unfinished
        see  hyperv-vfattach(8), RECOVERY

        journal/damaged status
        seen its journal is damaged: {1}
        why  It is not known what has to be undone, so the pair is left alone
        do   restart the machine
        see  hyperv-vfattach(8), RECOVERY

        no-path status
        seen nothing carries its traffic: {1}
        why  The network is cut: the host has disconnected the NIC, or its switch has no link, or a NIC that should be up is switched off
        do   look at the host; ip link set NAME up for a NIC that is switched off, and find out which program did that

        data-path status
        seen {1} is joined, but the traffic goes through {0}
        why  The kernel uses the VF only after the host has switched the data path to it; until then there is no gain in speed
        do   look for "Data path switched to VF: {1}" in dmesg; if it is missing, the host refused: remove the VF at the host and add it
             again

        data-path/port status
        seen {1} is joined and could carry the traffic, but it goes through {0}
        why  There is no gain in speed
        do   of a bond: ip link set {2} type bond active_slave {1}, and look at its primary port; of a redirect: hyperv-vfattach scan
        see  hyperv-vfattach-joins(7)

        data-path/half status
        seen packets are sent through {2}, but received through {3}
        why  Host and kernel do not agree about the data path, as when the host has not switched it, or the kernel did not ask again after a
             change of the MTU: the VF does half of its work
        do   ip link set {1} down, then up, which makes the kernel ask; if it stays so, remove the VF at the host and add it again

        data-path/down status
        seen {1} is joined, but the traffic goes through {0}, because {1} is down
        why  There is no gain in speed
        do   ip link set {1} up, and find out which program switched it off

        data-path/lost status
        seen {1} is joined, but has no carrier
        why  The kernel's driver does not look at the carrier, and goes on sending through {1}: what it sends is lost
        do   ip link set {1} down, which moves the traffic to {0}; then look at the host: the VF's port has no link

        data-path/carrier status
        seen {1} is joined, but the traffic goes through {0}, because {1} has no carrier
        why  There is no gain in speed
        do   look at the host: its port has no link

        dpdk note
        seen the PCI NIC {1} is bound to {2}
        why  A program such as DPDK drives it, so the kernel has no interface for it, and nothing here looks after it
        do   nothing, if that is meant

        dpdk/synthetic note
        seen its synthetic NIC is bound to a user-space driver (DPDK)
        why  That program joins the pair itself, so it is left alone
        do   nothing, if that is meant

        no-driver status
        seen no driver has taken the PCI NIC {1}, which may be the VF of {2}
        why  All traffic goes through the synthetic NIC
        do   modprobe {3}, or, if it is loaded, echo {0} > /sys/bus/pci/drivers_probe; and look why that was not done at boot (blacklist in
             /etc/modprobe.d, initramfs)

        no-driver/package status
        seen no driver has taken the PCI NIC {1}, which may be the VF of {2}: this kernel lacks the module {3}
        why  All traffic goes through the synthetic NIC
        do   install the package that has the module (such as linux-modules-extra)

        no-driver/unknown status
        seen no driver has taken the PCI NIC {1}, which may be the VF of {2}: this kernel has no module for it
        why  All traffic goes through the synthetic NIC
        do   install a newer kernel

        no-driver/failed status
        seen the driver {3} of the PCI NIC {1}, which may be the VF of {2}, has made no interface
        why  All traffic goes through the synthetic NIC
        do   see dmesg for the driver's reason

        no-vf note
        seen it has no VF, and no PCI NIC is here that could be one
        why  The host offers none: accelerated networking (SR-IOV) is off, or the VF is away during a live migration
        do   if it should have one, switch it on at the host: az network nic update --accelerated-networking true;
             Set-VMNetworkAdapter -IovWeight 100; on KVM a passed-through VF of this MAC address (hyperv-vfattach-kvm(7))

        no-vf/address note
        seen it has no VF; {1} ({2}) is a VF with another address, {3}
        why  The address makes the two a pair: all traffic goes through the synthetic NIC
        do   at the host, give the VF the address {4} (ip link set PF vf N mac), and plug it in again (hyperv-vfattach-kvm(7))

        lone-vf note
        seen the host offers no synthetic NIC with its address
        why  While the VF is away, nothing takes over; it needs an address of its own
        do   nothing in the guest: some sizes with MANA are so

        lone-vf/lost status
        seen the host offers no synthetic NIC with its address, and it has no carrier
        why  Nothing else carries its traffic
        do   look at the host: its port has no link; or at dmesg: its driver failed

        flapping degraded
        seen its VF left {1} times since {2}
        why  A live migration takes the VF away once. More often, the host's hardware or the VF's driver fails, and each time connections stall
        do   hyperv-vfattach status --history {0} and dmesg show when and why; have the machine moved to another host (in Azure: az vm redeploy)
        see  hyperv-vfattach(8), RECORDED EVENTS

        scan-timer degraded
        seen it is {1}
        why  Nothing repairs what no event reports: a VF that another program took out of a join, or a join that failed
        do   systemctl enable --now hyperv-vfattach-scan.timer
        see  hyperv-vfattach(8)

        bonding-module degraded
        seen join = "bond", and the running kernel has no bonding driver
        why  The pair cannot be joined
        do   install the package with the module (such as linux-modules-extra), or set join = "redirect"
        see  Documentation/networking/bonding.rst

        one-leg status
        seen another program's {1} has {2}, but not its VF {3}
        why  It uses the synthetic NIC alone
        do   remove the {1} where it is configured, so that {2} is configured alone and can be joined; or add {3} to it there
        see  Documentation/networking/bonding.rst

        one-leg/own status
        seen {2} is no port of this bond any more: another program took it out
        why  The bond uses {1} alone
        do   hyperv-vfattach scan puts it back, and so does the timer within a minute if it is active; if {2} leaves it again, journalctl -b may
             tell which program takes it out
        see  hyperv-vfattach(8), RECORDED EVENTS

        one-leg/vf status
        seen another program's {1} has the VF {2}, but not its synthetic NIC {3}
        why  When the VF leaves, nothing takes over
        do   remove the {1} where it is configured, so that {3} is configured alone and can be joined; or add {3} to it there
        see  Documentation/networking/bonding.rst

        other-bond status
        seen another program's {1} has both {2} and {3}
        why  The kernel can join this pair itself, and has the host deliver to the VF only if it did. What the bond should receive through
             the VF arrives at the inactive port
        do   have {2} configured alone, without the bond, from the next boot on (bondvf.sh wrote its files to /etc/network/interfaces and
             /etc/sysconfig)
        see  Documentation/networking/bonding.rst

        mac degraded
        seen its MAC address is {1}, and its own is {2}
        why  The VF and the host's switch know its own one: a host that checks addresses drops what is sent with another one, and the pair is
             not joined
        do   remove what changes it: MACAddress= of a .link or .network file, cloned-mac-address of NetworkManager, hwaddress of ifupdown, or a
             bond that gives its ports an address of its own

        upper degraded
        seen interfaces are on top of it: {1}
        why  They work only while the VF is there and carries the traffic
        do   create them on {2}

        mtu status
        seen its MTU is {1}, that of {2} is {3}
        why  Larger packets are lost on one of the two paths, so that connections hang after a change of the path
        do   ip link set {0} mtu {3}, and remove what sets another one on it (a udev rule, a .link file)

        lro degraded
        seen it merges received packets (rx-lro), and {1} forwards them
        why  Merged packets cannot be forwarded: the kernel drops them, and connections through this machine stall
        do   ethtool -K {0} lro off, and the same at each arrival of the VF (a .link file with LargeReceiveOffload=no)
        see  Documentation/networking/netdev-features.rst

        vlan-filter degraded
        seen it is a VLAN on {1}, and the VF {2} drops VLANs that it does not know (rx-vlan-filter)
        why  The kernel does not announce VLANs to a VF that it joined: {0} receives nothing while the VF carries the traffic
        do   ethtool -K {2} rx-vlan-filter off, if the driver allows that; or make the VLAN a network adapter at the host

        xdp degraded
        seen an XDP program is attached to it, and none to {1}
        why  It does not see the packets of the other path
        do   attach the program to {2} while the VF is there: the driver then attaches it to the VF, too

        filter degraded
        seen a filter is attached to it: {1}
        why  It sees the packets only while this NIC is the active path
        do   attach it to {2}

        wrong-leg degraded
        seen {1} names it: {2}
        why  Packets of the pair arrive and leave as those of {3}, so it does not match them
        do   name {3} there

        udev-rules degraded
        seen no udev rule of this program is in effect
        why  Nothing happens when a VF arrives: it is neither checked nor joined, and network managers take it for an ordinary NIC
        do   install the program (its package, on KVM hyperv-vfattach-pci, too; or install/install.sh in its sources, on KVM with --pci), or remove
             the empty file that masks the rules

        udev-rules/program broken
        seen it starts {1}, which is not there
        why  Nothing happens when a VF arrives
        do   install the program again (its package, or install/install.sh in its sources): the file then names where it is

        versions note
        seen it starts {1}, which is another build than this one ({2})
        why  What this one reports may not be what that one does
        do   install this build, or ask that one

        versions/rules note
        seen it is of version {1}, and this program of {2}
        why  Rules and program of different versions may not fit together
        do   install both again (install/install.sh)

        shadowed degraded
        seen it takes the place of {1}, which has another text
        why  Of two files with one name udev reads the first, so an update of the package changes nothing
        do   remove {0}, if the package's file is meant

        shadowed/same note
        seen it takes the place of {1}, which has the same text
        why  Of two files with one name udev reads the first, so an update of the package will change nothing
        do   remove {0}, if the package's file is meant

        other-rules note
        seen it marks VFs for network managers, too
        why  It goes by a list of drivers, and does no harm
        do   nothing; with the rules of this program it is not needed

        other-rules/nm note
        seen it tells NetworkManager to leave each NIC alone that Hyper-V passes through
        why  Also one without a synthetic NIC (MANA), which then gets no address
        do   nothing, if each VF has a synthetic NIC; with the rules of this program it is not needed

        other-rules/bond degraded
        seen it starts a script that makes a bond of each VF
        why  The script and the kernel, or this program, both take the VF: the second one fails
        do   remove the package or the file: the kernel or this program joins the VF

        other-rules/devd degraded
        seen its rules for VFs are in effect, and not those of {1}
        why  devd runs the first rule that matches: the scripts hyperv_vfattach and hyperv_vfup join the pairs, and move only a part of the
             configuration
        do   install {1}, have no other rule for HYPERV_NIC_VF with a priority of 100 or more, then service devd restart
        see  install/freebsd/README.md

        udev-marks degraded
        seen udev has not marked it as a VF: {1} missing
        why  Network managers may take it for an ordinary NIC, now or when they start again
        do   install the rules (the package, on KVM hyperv-vfattach-pci, too; or install/install.sh in the sources, on KVM with --pci), then
             udevadm trigger -c change /sys/class/net/{0}

        initramfs degraded
        seen it has {1}, but not the udev rules of this program
        why  A VF that is there at boot is configured like an ordinary NIC before the rules can mark it
        do   add the rules and the executable to it (dracut: install_items+=; initramfs-tools: a hook), or take the network out of it

        initramfs/unread note
        seen it was not checked: {1}
        why  If a network manager is in it and the udev rules are not, it configures the VF at boot
        do   lsinitrd {0} or lsinitramfs {0}, and look for 60-hyperv-vfattach.rules and a network manager

        cloud-init degraded
        seen cloud-init configures the network here, and {1} has the same MAC address
        why  If both are there at boot, cloud-init stops with "duplicate mac found", and the machine has no network
        do   plug the VF in after the boot, have the host use failover=on, or switch that part of cloud-init off (network: {{config:
             disabled}} in /etc/cloud/cloud.cfg.d)
        see  https://github.com/canonical/cloud-init/issues/5794

        configuration broken
        seen {1}
        why  Each event and the timer stop at it: nothing new is joined, and what is joined stays as it is. The rest of this report goes by
             the defaults
        do   correct that line (a text is written in quotes: join = "bond"), look at what hyperv-vfattach scan --dry-run says, then
             hyperv-vfattach scan
        see  hyperv-vfattach.toml(5)

        observe-only note
        seen observe_only is set: this program marks VFs, reports, and never changes the network
        why  Pairs that the kernel does not join stay as they are, and a join that was interrupted is not finished
        do   nothing, while you watch; remove observe_only from the configuration file to have pairs joined
        see  hyperv-vfattach.toml(5)

        configuration/vf degraded
        seen it names the VF of {1}
        why  Its settings have no effect
        do   name {1} there
        see  hyperv-vfattach.toml(5)

        configuration/none degraded
        seen no synthetic NIC here has this name or address
        why  Its settings have no effect
        do   name the synthetic NIC as status prints it, or its MAC address; on KVM see synthetic_drivers, too
        see  hyperv-vfattach.toml(5)

        tunable degraded
        seen /boot/loader.conf says {1}, and the kernel has {2}
        why  It is read at boot: how the pairs are joined changes then
        do   restart the machine, or correct /boot/loader.conf
        see  hn(4)

        unseen note
        seen {1}
        why  A fault there is not in this report
        do   run it as root

        unseen/root note
        seen it has not the privilege {1}: the kernel shows the journals, the firewall, programs of other users and parts of its log to root
             only
        why  A fault there is not in this report
        do   run it as root


        """u8;
}
