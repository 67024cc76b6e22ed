#!/bin/sh
# initramfs.sh ROOT: copies into an initramfs, below ROOT, what makes a network manager there leave VFs alone.
#
# "import" marks the VF; the rules that start a join stay out, because a join belongs to the real root.
set -eu
root=$1

put() { # FILE [COPY]: as it is, or with the content of COPY
    mkdir -p "$root${1%/*}"
    cp "${2-$1}" "$root$1"
}

# It is static and needs no library.
put /usr/sbin/hyperv-vfattach
put /usr/lib/systemd/network/00-hyperv-vfattach.network
if [ -e /etc/hyperv-vfattach.toml ]; then put /etc/hyperv-vfattach.toml; fi
for file in 60-hyperv-vfattach.rules 61-hyperv-vfattach-pci.rules; do
    for directory in /etc/udev/rules.d /usr/lib/udev/rules.d; do
        [ -e "$directory/$file" ] || continue
        put "/usr/lib/udev/rules.d/$file" "$directory/$file"
        sed -i '/RUN+=/d' "$root/usr/lib/udev/rules.d/$file"
        break
    done
done
