#!/bin/bash
# Fetches what a machine with a real SR-IOV card needs: sriov.sh KERNEL DIRECTORY leaves there qemu-system-x86_64 of Debian 13, which has the
# card igb (docs/system/devices/igb.rst of qemu), and igbvf.ko, the driver of its VFs, for this kernel of the same release.
#
# The program uses its own libraries beside those of this system: it needs no root rights, and its network, sockets and files are the caller's.
set -euo pipefail

kernel=$1
out=$2

mmdebstrap --quiet --variant=extract --include=qemu-system-x86 \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --extract-hook="cd '$out'
        APT_CONFIG=\$MMDEBSTRAP_APT_CONFIG apt-get -qq download linux-image-$kernel
        dpkg-deb --fsys-tarfile linux-image-*.deb | tar -x --wildcards --transform 's,.*/,,' '*/igbvf.ko*'
        rm linux-image-*.deb" \
    trixie - | tar -x -C "$out" --no-same-owner ./usr/bin/qemu-system-x86_64 ./usr/lib/x86_64-linux-gnu ./usr/share/qemu ./usr/share/seabios

cat >"$out/qemu-system-x86_64" <<'END'
#!/bin/sh
usr=$(dirname "$0")/usr
libraries=$usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR="$libraries/qemu"
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$usr/bin/qemu-system-x86_64" -L "$usr/share/qemu" -L "$usr/share/seabios" "$@"
END
chmod 755 "$out/qemu-system-x86_64"
