#!/bin/sh
# Makes faults in a guest one after the other, has doctor look at each, and mends them: faults.sh SYNTHETIC VF
#
# For each it prints "### name", and what "doctor --json" prints. The VF is there and not joined at the start; observe_only is set. The guest is
# of no use afterwards.
S=$1 V=$2 OWN=/usr/local/sbin/hyperv-vfattach
DOCTOR=$OWN
CONFIG=/etc/hyperv-vfattach.toml
RULES=/etc/udev/rules.d/60-hyperv-vfattach.rules
KERNEL=$(uname -r)
SLOT=$(basename "$(readlink -f "/sys/class/net/$V/device")")
mkdir -p /run/kept /run/systemd/network /usr/lib/udev/rules.d /etc/cloud /boot

look() {
    echo "### $1"
    $DOCTOR doctor --json
}

# NAME MAKE [MEND]
fault() {
    eval "$2" || echo "faults.sh: $1: making it failed" >&2
    look "$1"
    eval "${3:-:}" || echo "faults.sh: $1: mending it failed" >&2
}

carrier() { until [ "$(cat "/sys/class/net/$1/carrier")" = 1 ]; do sleep 0.1; done; }

settled() {
    udevadm settle
    until [ -e "/sys/class/net/$V" ] && grep -q HYPERV_VF "/run/udev/data/n$(cat "/sys/class/net/$V/ifindex")"; do sleep 0.2; done
}

look "nothing, and not joined"

fault "the VF has an address, too" 'ip address add 203.0.113.9/24 dev $V' 'ip address flush dev $V'
fault "only the VF has an address" 'ip address del 10.77.0.2/24 dev $S; ip address del fd77::2/64 dev $S; ip address add 203.0.113.9/24 dev $V' \
    'ip address flush dev $V; ip address add 10.77.0.2/24 dev $S; ip address add fd77::2/64 dev $S nodad'
fault "the default route leaves through the VF" 'ip link set $V up; ip route add default dev $V metric 7' 'ip route del default dev $V metric 7'
fault "a default route leaves through each" 'ip route add default dev $V metric 7; ip route add default via 10.77.0.1 dev $S' \
    'ip route del default dev $V metric 7; ip route del default via 10.77.0.1 dev $S; ip link set $V down'
fault "a DHCP client serves the VF" 'mkdir -p /var/lib/dhcp; dhclient -d $V >/run/kept/dhclient 2>&1 & sleep 2' 'pkill -x dhclient; sleep 1; ip link set $V down'
fault "a file of networkd names the VF" 'printf "[Match]\nName=$V\n[Network]\nDHCP=yes\n" >/run/systemd/network/00-a.network' 'rm /run/systemd/network/00-a.network'
fault "a bond has the synthetic NIC alone" 'ip link add b9 address 02:00:00:00:00:b9 type bond mode active-backup miimon 100; ip link set $S down; ip link set $S master b9; ip link set b9 up; carrier b9' \
    'ip link del b9; ip link set $S up; ip address replace fd77::2/64 dev $S nodad'
fault "a bond has the VF alone" 'ip link add b9 address 02:00:00:00:00:b9 type bond mode active-backup miimon 100; ip link set $V down; ip link set $V master b9; ip link set b9 up; carrier b9' 'ip link del b9; ip link set $V down'
fault "the synthetic NIC has another MAC address" 'ip link set $S address 02:00:00:00:00:77' 'ip link set $S address $(cat /sys/class/net/$V/address)'
fault "the bond of this program has lost the VF" '
    cp $CONFIG /run/kept/config; sed -i /observe_only/d $CONFIG; $OWN --foreground $V 0 >/run/kept/join 2>&1; ip link set $V nomaster' \
    '$OWN detach $S >/run/kept/detach 2>&1; cp /run/kept/config $CONFIG; ip link set $V down'
fault "a bridge has the synthetic NIC" 'ip link add r9 type bridge; ip link set $S master r9; ip link set r9 up' 'ip link del r9'
fault "a VLAN is on the VF" 'ip link add link $V name v7 type vlan id 7' 'ip link del v7'
fault "the kernel has no bonding driver" 'modprobe -r bonding; cp /lib/modules/$KERNEL/modules.dep /run/kept; sed -i /bonding.ko/d /lib/modules/$KERNEL/modules.dep' \
    'cp /run/kept/modules.dep /lib/modules/$KERNEL'
fault "the driver was taken from the VF" 'echo $SLOT >/sys/bus/pci/drivers/vmxnet3/unbind'
fault "the kernel has no driver for the VF" 'cp /lib/modules/$KERNEL/modules.alias /run/kept; sed -i /vmxnet3/d /lib/modules/$KERNEL/modules.alias' \
    'cp /run/kept/modules.alias /lib/modules/$KERNEL'
fault "DPDK has the VF" 'modprobe uio_pci_generic; echo uio_pci_generic >/sys/bus/pci/devices/$SLOT/driver_override; echo $SLOT >/sys/bus/pci/drivers_probe' \
    'echo $SLOT >/sys/bus/pci/drivers/uio_pci_generic/unbind; echo >/sys/bus/pci/devices/$SLOT/driver_override'
fault "there is no VF" 'echo 1 >/sys/bus/pci/devices/$SLOT/remove' 'echo 1 >/sys/bus/pci/rescan; settled'
fault "the VF came and went five times" '
    for i in 1 2 3 4 5; do
        echo $SLOT >/sys/bus/pci/drivers/vmxnet3/unbind; udevadm settle
        echo $SLOT >/sys/bus/pci/drivers/vmxnet3/bind; settled
    done' 'rm -rf /var/lib/hyperv-vfattach'

fault "no rules" 'mv /etc/udev/rules.d/6?-hyperv-vfattach* /run/kept' 'mv /run/kept/6?-hyperv-vfattach* /etc/udev/rules.d'
fault "the rules start what is not there" 'mv $OWN /run/kept/own; DOCTOR=/run/kept/own' 'mv /run/kept/own $OWN; DOCTOR=$OWN'
fault "the rules start another build" 'cp $OWN /run/kept/own; echo >>$OWN; DOCTOR=/run/kept/own' 'mv /run/kept/own $OWN; DOCTOR=$OWN'
fault "the rules are older" 'cp $RULES /run/kept; sed -i "1s/ [0-9.]*:/ 0.0.9:/" $RULES' 'cp /run/kept/60-hyperv-vfattach.rules $RULES'
fault "the rules in /etc shadow those of a package" 'echo "# hyperv-vfattach 0.2.0: newer" >/usr/lib/udev/rules.d/60-hyperv-vfattach.rules'
fault "the rules in /etc shadow the same ones of a package" 'cp $RULES /usr/lib/udev/rules.d/60-hyperv-vfattach.rules' 'rm /usr/lib/udev/rules.d/60-hyperv-vfattach.rules'
fault "azure-vm-utils has rules, too" \
    'echo "SUBSYSTEM==\"net\", DRIVERS==\"mlx5_core\", ENV{AZURE_UNMANAGED_SRIOV}=\"1\", ENV{NM_UNMANAGED}=\"1\"" >/usr/lib/udev/rules.d/10-azure-unmanaged-sriov.rules' \
    'rm /usr/lib/udev/rules.d/10-azure-unmanaged-sriov.rules'
fault "a rule hides all of Hyper-V's NICs from NetworkManager" \
    'echo "SUBSYSTEM==\"net\", DRIVERS==\"hv_pci\", ACTION!=\"remove\", ENV{NM_UNMANAGED}=\"1\"" >/usr/lib/udev/rules.d/68-azure-sriov-nm-unmanaged.rules' \
    'rm /usr/lib/udev/rules.d/68-azure-sriov-nm-unmanaged.rules'
fault "a rule of LIS starts bondvf.sh" 'echo "ACTION==\"add\", SUBSYSTEM==\"net\", DRIVERS==\"hv_pci\", RUN+=\"/usr/sbin/bondvf.sh\"" >/usr/lib/udev/rules.d/60-hyperv-sriov.rules' \
    'rm /usr/lib/udev/rules.d/60-hyperv-sriov.rules'
fault "udev has lost the marks" 'f=/run/udev/data/n$(cat /sys/class/net/$V/ifindex); cp $f /run/kept/marks; sed -i /HYPERV/d $f' 'cp /run/kept/marks $f'
fault "networkd is in the initramfs without the rules" '
    mkdir -p /run/image/usr/lib/systemd; : >/run/image/usr/lib/systemd/systemd-networkd
    (cd /run/image; find . -type f | busybox cpio -o -H newc) >/boot/initrd.img-$KERNEL 2>/dev/null'
fault "the same, compressed" 'gzip /boot/initrd.img-$KERNEL; mv /boot/initrd.img-$KERNEL.gz /boot/initrd.img-$KERNEL' 'rm /boot/initrd.img-$KERNEL'
fault "the initramfs is compressed by a program that is not there" 'printf "(\265/\375" >/boot/initrd.img-$KERNEL; for p in /usr/bin/zstd /bin/zstd; do [ ! -e $p ] || mv $p /run/kept/; done' \
    'rm /boot/initrd.img-$KERNEL; [ ! -e /run/kept/zstd ] || mv /run/kept/zstd /usr/bin/'
fault "cloud-init is there" ': >/usr/bin/cloud-init' 'rm /usr/bin/cloud-init'
fault "the configuration file has an unknown key" 'cp $CONFIG /run/kept; echo nonsense = 1 >>$CONFIG' 'cp /run/kept/hyperv-vfattach.toml $CONFIG'
fault "the configuration file names the VF" 'printf "[interface.$V]\njoin = \"none\"\n" >>$CONFIG' 'cp /run/kept/hyperv-vfattach.toml $CONFIG'
fault "the configuration file names nothing that is here" 'printf "[interface.eth9]\njoin = \"none\"\n" >>$CONFIG' 'cp /run/kept/hyperv-vfattach.toml $CONFIG'
fault "an ordinary user looks" 'DOCTOR="setpriv --reuid 65534 --clear-groups $OWN"' 'DOCTOR=$OWN'

# From here on it is joined in a bond.
sed -i /observe_only/d $CONFIG
$OWN --foreground "$V" 0
B=bond-$S
until [ "$(cat "/sys/class/net/$B/bonding/active_slave")" = "$V" ]; do sleep 0.1; done
look "nothing, and joined"
fault "the VF has another MTU" 'ip link set $V mtu 1400' 'ip link set $V mtu 1500'
fault "a filter of tc is on the VF" 'tc qdisc add dev $V clsact; tc filter add dev $V ingress prio 7 bpf bytecode "1,6 0 0 0,"' 'tc qdisc del dev $V clsact'
fault "a chain of the firewall is on the VF" 'nft add table netdev n; nft add chain netdev n c "{ type filter hook ingress device $V priority 0; }"' 'nft delete table netdev n'
fault "a rule of the firewall names the VF" 'nft add table inet t; nft add chain inet t c "{ type filter hook input priority 0; }"; nft add rule inet t c iifname $V accept' \
    'nft delete table inet t'
fault "the bond sends through the synthetic NIC" 'ip link set $B type bond active_slave $S' 'ip link set $B type bond active_slave $V'
fault "the VF is switched off" 'ip link set $V down; until [ "$(cat /sys/class/net/$B/bonding/active_slave)" = $S ]; do sleep 0.1; done' 'ip link set $V up; until [ "$(cat /sys/class/net/$B/bonding/active_slave)" = $V ]; do sleep 0.1; done'
fault "both NICs are switched off" 'ip link set $V down; ip link set $S down; until [ "$(cat /sys/class/net/$B/carrier)" = 0 ]; do sleep 0.1; done' \
    'ip link set $S up; ip link set $V up; until [ "$(cat /sys/class/net/$B/bonding/active_slave)" = $V ]; do sleep 0.1; done'
JOURNAL=$(echo /run/hyperv-vfattach/*.journal)
cp "$JOURNAL" /run/kept/journal
fault "the end of the journal is missing" 'sed -i "\$d" $JOURNAL' 'cp /run/kept/journal $JOURNAL'
fault "the journal is damaged" 'sed -i "1s/.*/x/" $JOURNAL' 'cp /run/kept/journal $JOURNAL'
fault "the bond was removed" 'ip link del $B'
