#!/bin/bash
# Installs Debian packages in a root and makes four initramfs images there: with dracut and with initramfs-tools, each with and without
# systemd-networkd. Prints "== IMAGE" and what each has of this program.
#
#     hooks.sh RELEASE PACKAGE...
set -euo pipefail
release=$1
shift

inside=$(mktemp)
result=$(mktemp)
trap 'rm -f "$inside" "$result"' EXIT
cat > "$inside" <<'INSIDE'
set -eu
dpkg -i /packages/*.deb >&2
version=6.12.0
mkdir -p /lib/modules/$version
: > /lib/modules/$version/modules.order > /lib/modules/$version/modules.builtin
depmod $version 2>/dev/null

look() { # NAME LIST PRINT
    {
        echo "== $1"
        $2 | grep -oE '[^ ]*(hyperv-vfattach[^ /]*[.][a-z]+|sbin/hyperv-vfattach)$' | sort || true
        if $3 2>/dev/null | grep -q 'RUN+='; then echo "it starts joins"; fi
    } >> /result
}

for kind in with without; do
    case $kind in with) option="--add systemd-networkd" ;; *) option="--omit systemd-networkd" ;; esac
    dracut --no-kernel --force --no-hostonly $option /tmp/image $version >&2
    look "dracut $kind networkd" "lsinitrd /tmp/image" "lsinitrd -f usr/lib/udev/rules.d/60-hyperv-vfattach.rules /tmp/image"
done

for kind in without with; do
    if [ $kind = with ]; then
        printf '#!/bin/sh\ncase ${1-} in prereqs) exit 0 ;; esac\n. /usr/share/initramfs-tools/hook-functions\ncopy_exec /usr/lib/systemd/systemd-networkd\n' \
            > /etc/initramfs-tools/hooks/networkd
        chmod 755 /etc/initramfs-tools/hooks/networkd
    fi
    mkinitramfs -o /tmp/image $version >&2
    rm -rf /tmp/files
    unmkinitramfs /tmp/image /tmp/files
    look "initramfs-tools $kind networkd" "lsinitramfs /tmp/image" "cat /tmp/files/usr/lib/udev/rules.d/60-hyperv-vfattach.rules"
done
INSIDE

mmdebstrap --quiet --variant=minbase \
    --include=dracut-core,dracut-network,initramfs-tools-core,systemd,systemd-sysv,udev,dbus,kmod,cpio,iproute2,procps \
    --customize-hook='mkdir "$1/packages"' --customize-hook="copy-in $* /packages" --customize-hook="upload '$inside' /inside.sh" \
    --customize-hook='mkdir -p "$1/etc/initramfs-tools/hooks"; chroot "$1" sh /inside.sh' --customize-hook="download /result '$result'" \
    "$release" /dev/null >&2
cat "$result"
