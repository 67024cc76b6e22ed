#!/bin/bash
# Builds the guest that tests boot: image.sh RELEASE DIRECTORY leaves vmlinuz, initrd and root.squashfs there.
#
# The root is a Debian release with every network manager installed and none enabled. It is read-only, with everything
# written to memory: a saved machine can be resumed any number of times because its disk never changes.
# No root rights needed where mmdebstrap can use subordinate user ids.
set -euo pipefail

release=$1
out=$2
guest=$(dirname "$(readlink -f "$0")")/guest

packages=(
    systemd systemd-sysv udev dbus libsystemd0 procps # what a server has
    kmod busybox-static qemu-guest-agent xz-utils     # what the test bed itself needs
    libstdc++6                                        # what the .NET runtime of the kernel tier needs
    iproute2 iputils-ping ethtool netbase strace      # what tests look with
    network-manager ifupdown netplan.io               # owners of interfaces
    nftables iptables                                 # firewalls
)
case $release in
    bullseye) packages+=(isc-dhcp-client dhcpcd5) ;; # systemd-resolved is part of systemd there, and there is no dbus-broker
    forky) packages+=(systemd-resolved dhcpcd-base dbus-broker) ;; # Debian has dropped isc-dhcp-client
    *) packages+=(systemd-resolved isc-dhcp-client dhcpcd-base dbus-broker) ;;
esac

mkdir -p "$out"
# The unpacked size matters little (nobody writes it), the time to read it does: no compression.
# The mirror's lists of a release in testing may be older than their stated validity.
mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="copy-in '$guest' /" \
    --customize-hook='cat /etc/resolv.conf > "$1/guest/resolv.conf"' \
    --customize-hook='chroot "$1" sh /guest/prepare.sh' \
    --customize-hook="download /guest/vmlinuz '$out/vmlinuz'" \
    --customize-hook="download /guest/initrd '$out/initrd'" \
    --customize-hook='rm -r "$1/guest"' \
    "$release" - |
    {
        sqfstar -quiet -no-progress -noI -noD -noF -noX -no-xattrs "$out/root.squashfs.part"
        # sqfstar leaves at the archive's end mark; mmdebstrap must not find the pipe closed before its padding.
        cat > /dev/null
    }
mv "$out/root.squashfs.part" "$out/root.squashfs"
