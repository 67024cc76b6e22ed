#!/bin/bash
# Builds the guest that tests boot: image.sh DIRECTORY [PACKAGE...] leaves vmlinuz, initrd and root.squashfs there.
#
# The root is Debian bookworm, read-only, with everything written to memory: a saved machine can be resumed any number
# of times because its disk never changes. The packages named after the directory come on top of the base set.
# No root rights needed where mmdebstrap can use subordinate user ids.
set -euo pipefail

out=$1
shift
guest=$(dirname "$(readlink -f "$0")")/guest

packages=(
    systemd systemd-sysv udev dbus libsystemd0        # what a server has
    kmod busybox-static qemu-guest-agent              # what the test bed itself needs
    iproute2 iputils-ping ethtool procps netbase              # what tests look with
    network-manager ifupdown isc-dhcp-client          # owners of interfaces
    "$@"
)

mkdir -p "$out"
# The unpacked size matters little (nobody writes it), the time to read it does: no compression.
mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="copy-in '$guest' /" \
    --customize-hook='cat /etc/resolv.conf > "$1/guest/resolv.conf"' \
    --customize-hook='chroot "$1" sh /guest/prepare.sh' \
    --customize-hook="download /guest/vmlinuz '$out/vmlinuz'" \
    --customize-hook="download /guest/initrd '$out/initrd'" \
    --customize-hook='rm -r "$1/guest"' \
    bookworm - |
    {
        sqfstar -quiet -no-progress -noI -noD -noF -noX -no-xattrs "$out/root.squashfs.part"
        # sqfstar leaves at the archive's end mark; mmdebstrap must not find the pipe closed before its padding.
        cat > /dev/null
    }
mv "$out/root.squashfs.part" "$out/root.squashfs"
