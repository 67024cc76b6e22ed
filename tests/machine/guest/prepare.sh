#!/bin/sh
# Runs inside the new root while the image is built: fetches the kernel, picks the modules and makes the initrd.
set -eu

# The virtual disk, and the network devices that tests use. The full module tree would be ten times as large.
disk='virtio_pci virtio_blk squashfs overlay'
others='virtio_console virtio_net net_failover e1000 e1000e igb vmxnet3 8139cp bonding dummy veth 8021q team
    team_mode_activebackup bridge macvlan vrf af_packet cls_bpf sch_ingress act_mirred nf_tables hv_netvsc uio_pci_generic'

# systemd-resolved, where it is among the packages, has put a link there to a server that does not run here.
resolver=$(readlink /etc/resolv.conf || true)
cp --remove-destination /guest/resolv.conf /etc/resolv.conf

# Unpacked, not installed: an installed kernel brings initramfs-tools and takes its time.
cd /guest
image=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p')
apt-get download -qq "$image"
dpkg-deb -x linux-image-*.deb kernel
cp kernel/boot/vmlinuz-* vmlinuz
version=$(ls kernel/lib/modules)
[ -z "$resolver" ] || ln -sf "$resolver" /etc/resolv.conf
depmod -b kernel "$version"

files() { # the files of modules and of what they need, in loading order
    modprobe --dirname /guest/kernel --set-version "$version" --show-depends --all "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}
for file in $(files $disk $others); do
    install -D -m 644 "$file" "/${file#/guest/kernel/}"
done
cp kernel/lib/modules/"$version"/modules.order kernel/lib/modules/"$version"/modules.builtin* "/lib/modules/$version/"
depmod "$version"

mkdir -p early/bin early/modules
cp /bin/busybox early/bin/
cp init early/init
chmod 755 early/init
number=10
for file in $(files $disk); do
    cp "$file" "early/modules/$number-${file##*/}"
    number=$((number + 1))
done
(cd early && find . | busybox cpio -o -H newc --quiet > ../initrd)

install -m 755 init-plain /usr/local/sbin/init-plain

# A machine id keeps systemd from taking this for a first boot, where it would enable every service.
echo 0123456789abcdef0123456789abcdef > /etc/machine-id
echo guest > /etc/hostname
# Who manages the network is the test's choice. The serial line belongs to the kernel's messages.
systemctl --quiet disable NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service
systemctl --quiet mask serial-getty@ttyS0.service getty@tty1.service systemd-update-utmp.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer

# The agent tells the journal about every question whether a command has finished.
mkdir -p /etc/systemd/system/qemu-guest-agent.service.d
printf '[Service]\nLogLevelMax=notice\n' > /etc/systemd/system/qemu-guest-agent.service.d/quiet.conf
