#!/bin/sh
# Runs inside the new root while the image is built: fetches the kernel, picks the modules and makes the initrd.
set -eu

# The virtual disk, and the network devices that tests use. The full module tree would be ten times as large.
disk='virtio_pci virtio_blk squashfs overlay'
others='virtio_console virtio_net net_failover e1000 e1000e igb vmxnet3 8139cp bonding dummy veth 8021q team
    team_mode_activebackup bridge macvlan vxlan vrf af_packet cls_bpf sch_ingress act_mirred hv_netvsc uio_pci_generic
    nf_tables nft_ct nft_meta_bridge nft_compat nft_fib_inet nft_fwd_netdev nf_dup_netdev nf_flow_table_inet xt_tcpudp iptable_filter iptable_nat
    ip6table_filter tcp_diag udp_diag'

# systemd-resolved has put a link there to a server that does not run here.
rm -f /etc/resolv.conf
cp /guest/resolv.conf /etc/resolv.conf

# Unpacked, not installed: an installed kernel brings initramfs-tools and takes its time.
cd /guest
image=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p')
# Debian 14 has the kernel itself and its modules in packages of their own.
apt-get download -qq "$image" $(apt-cache depends "$image" | sed -n 's/ *Depends: \(linux-[a-z]*-[0-9].*\)/\1/p')
for package in linux-*.deb; do
    dpkg-deb -x "$package" kernel
done
[ -d kernel/lib/modules ] || mv kernel/usr/lib kernel/lib
version=$(ls kernel/lib/modules)
cp kernel/boot/vmlinuz-* vmlinuz 2>/dev/null || cp "kernel/lib/modules/$version/vmlinuz" vmlinuz
depmod -b kernel "$version"

files() { # the files of modules and of what they need, in loading order
    modprobe --dirname /guest/kernel --set-version "$version" --show-depends --all "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}
for file in $(files $disk $others); do
    install -D -m 644 "$file" "/lib/${file#/guest/kernel/lib/}"
done
cp kernel/lib/modules/"$version"/modules.order kernel/lib/modules/"$version"/modules.builtin* "/lib/modules/$version/"
depmod "$version"

mkdir -p early/bin early/modules
cp /bin/busybox early/bin/
cp init early/init
chmod 755 early/init
number=10
for file in $(files $disk); do
    name=early/modules/$number-$(basename "$file" .xz)
    # busybox's insmod reads no compressed module.
    case $file in *.xz) xz -dc "$file" > "$name" ;; *) cp "$file" "$name" ;; esac
    number=$((number + 1))
done
(cd early && find . | busybox cpio -o -H newc --quiet > ../initrd)

install -m 755 init-plain /usr/local/sbin/init-plain

# A machine id keeps systemd from taking this for a first boot, where it would enable every service.
echo 0123456789abcdef0123456789abcdef > /etc/machine-id
echo guest > /etc/hostname
# Which program manages the network is the test's choice. The serial line belongs to the kernel's messages.
for unit in NetworkManager NetworkManager-wait-online NetworkManager-dispatcher systemd-networkd systemd-networkd-wait-online \
    systemd-resolved dhcpcd dbus-broker; do
    systemctl --quiet disable $unit.service 2>/dev/null || true
done
systemctl --quiet mask serial-getty@ttyS0.service getty@tty1.service systemd-update-utmp.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
# Each reload of systemd runs all generators, which takes an emulated guest as long as the rest of it. netplan's is an owner's.
mkdir -p /etc/systemd/system-generators
for generator in /lib/systemd/system-generators/systemd-*; do
    ln -s /dev/null /etc/systemd/system-generators/"${generator##*/}"
done
# systemd-resolved brings resolvectl under the name of resolvconf, and DHCP clients use whatever has that name.
rm -f /sbin/resolvconf /usr/sbin/resolvconf
: > /etc/resolv.conf

# The agent tells the journal about every question whether a command has finished.
mkdir -p /etc/systemd/system/qemu-guest-agent.service.d
printf '[Service]\nLogLevelMax=notice\n' > /etc/systemd/system/qemu-guest-agent.service.d/quiet.conf
