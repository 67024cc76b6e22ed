#!/bin/sh
# Installs hyperv-vfattach: copies files and makes udev and systemd read them. It does not change the network.
#
#   install/install.sh [--pci] [--uninstall]
#
#   --pci         also install the udev rules for pairs on any PCI bus (KVM guests with virtio-net and a VF)
#   --uninstall   remove all installed files; the configuration file and the history (/var/lib/hyperv-vfattach) stay
#
# Variables:  PREFIX=/usr/local   where to install (sbin, share, lib)
#             DESTDIR=            staging directory for packagers; with it udev and systemd are not reloaded
#             BINARY=             the executable; default: artifacts/hyperv-vfattach of this tree
#             SYSTEMD=            version of systemd on the target; default: this machine's, or a recent one
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
prefix=${PREFIX:-/usr/local}
dest=${DESTDIR:-}
binary=${BINARY:-$here/artifacts/hyperv-vfattach}
systemd=${SYSTEMD:-$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')}

# Not every release of udev reads rules below /usr/local; systemd reads units there.
if [ "$prefix" = /usr ]; then rules=/usr/lib/udev/rules.d; else rules=/etc/udev/rules.d; fi
units=$prefix/lib/systemd/system
share=$prefix/share

pci=no
uninstall=no
for argument in "$@"; do
    case $argument in
    --pci) pci=yes ;;
    --uninstall) uninstall=yes ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
    esac
done

# put MODE SOURCE TARGET: copies a file and replaces /usr/local/sbin/ with the executable's final directory.
put() {
    mkdir -p "$dest$(dirname "$3")"
    sed "s|/usr/local/sbin/|$prefix/sbin/|g" "$2" >"$dest$3.new"
    chmod "$1" "$dest$3.new"
    mv "$dest$3.new" "$dest$3"
}

files="$prefix/sbin/hyperv-vfattach
$rules/60-hyperv-vfattach.rules
$rules/61-hyperv-vfattach-pci.rules
$units/hyperv-vfattach-scan.service
$units/hyperv-vfattach-scan.timer
$units/hyperv-vfattach-repair.service
$units/hyperv-vfattach-path@.service
$prefix/lib/systemd/network/00-hyperv-vfattach.network
$share/hyperv-vfattach/61-hyperv-vfattach-pci.rules
$share/hyperv-vfattach/hyperv-vfattach.toml
$share/hyperv-vfattach/status.schema.json
$share/hyperv-vfattach/history.schema.json
$share/hyperv-vfattach/hyperv-vfattach.cil
$share/man/man8/hyperv-vfattach.8
$share/man/man5/hyperv-vfattach.toml.5
$share/man/man8/hyperv-vfattach-doctor.8
$share/man/man7/hyperv-vfattach-joins.7
$share/man/man7/hyperv-vfattach-kvm.7
$share/man/man7/hyperv-vfattach-status.7
$share/bash-completion/completions/hyperv-vfattach
$share/zsh/site-functions/_hyperv-vfattach
$share/fish/vendor_completions.d/hyperv-vfattach.fish"

# fleet_target FILE: where a file of install/fleet belongs.
fleet_target() {
    case $1 in *.service | *.timer) echo "$units/${1##*/}" ;; *) echo "$share/hyperv-vfattach/fleet/${1##*/}" ;; esac
}
for file in "$here"/install/fleet/*; do
    files="$files
$(fleet_target "$file")"
done

reload() {
    [ -z "$dest" ] || return 0
    if [ -S /run/udev/control ]; then udevadm control --reload; fi
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}

# A package of this program, which goes on with the joins, the units and the configuration of an installation below /usr/local.
package=no
if [ -z "$dest" ] && [ "$prefix" != /usr ] && [ -x /usr/sbin/hyperv-vfattach ]; then package=yes; fi

if [ $uninstall = yes ]; then
    [ -n "$dest" ] || [ $package = yes ] || "$here/install/joined.sh"
    enabled=
    if [ -z "$dest" ] && [ -d /run/systemd/system ]; then
        for unit in hyperv-vfattach-scan.service hyperv-vfattach-scan.timer hyperv-vfattach-textfile.timer; do
            if systemctl is-enabled -q $unit 2>/dev/null; then enabled="$enabled $unit"; fi
        done
        if [ $package = no ]; then
            systemctl disable -q hyperv-vfattach-scan.service 2>/dev/null || true
            systemctl disable -q --now hyperv-vfattach-scan.timer hyperv-vfattach-textfile.timer 2>/dev/null || true
        fi
    fi
    for file in $files; do rm -f "$dest$file"; done
    # node_exporter would show them for ever.
    [ $package = yes ] || rm -f "$dest/var/lib/prometheus/node-exporter/hyperv-vfattach.prom"
    rmdir "$dest$share/hyperv-vfattach/fleet" "$dest$share/hyperv-vfattach" 2>/dev/null || true
    reload
    # Their links name the files that were removed.
    if [ $package = yes ] && [ -n "$enabled" ]; then systemctl reenable -q $enabled; fi
    exit 0
fi

if [ ! -x "$binary" ]; then
    echo "install.sh: $binary is not there; build it first: install/build.sh" >&2
    exit 1
fi
mkdir -p "$dest$prefix/sbin"
cp "$binary" "$dest$prefix/sbin/hyperv-vfattach.new"
chmod 755 "$dest$prefix/sbin/hyperv-vfattach.new"
mv "$dest$prefix/sbin/hyperv-vfattach.new" "$dest$prefix/sbin/hyperv-vfattach"

put 644 "$here/rules/udev/60-hyperv-vfattach.rules" "$rules/60-hyperv-vfattach.rules"
if [ $pci = yes ]; then put 644 "$here/rules/udev/61-hyperv-vfattach-pci.rules" "$rules/61-hyperv-vfattach-pci.rules"; fi
put 644 "$here/rules/udev/61-hyperv-vfattach-pci.rules" "$share/hyperv-vfattach/61-hyperv-vfattach-pci.rules"
put 644 "$here/install/hyperv-vfattach.toml" "$share/hyperv-vfattach/hyperv-vfattach.toml"
put 644 "$here/install/status.schema.json" "$share/hyperv-vfattach/status.schema.json"
put 644 "$here/install/history.schema.json" "$share/hyperv-vfattach/history.schema.json"
put 644 "$here/install/selinux/hyperv-vfattach.cil" "$share/hyperv-vfattach/hyperv-vfattach.cil"
put 644 "$here/install/systemd/hyperv-vfattach-scan.service" "$units/hyperv-vfattach-scan.service"
put 644 "$here/install/systemd/hyperv-vfattach-scan.timer" "$units/hyperv-vfattach-scan.timer"
put 644 "$here/install/systemd/hyperv-vfattach-repair.service" "$units/hyperv-vfattach-repair.service"
put 644 "$here/install/systemd/hyperv-vfattach-path@.service" "$units/hyperv-vfattach-path@.service"
# Before 243 networkd ignores the unknown Property=, and the file would match every NIC.
if [ "${systemd:-243}" -ge 243 ]; then
    put 644 "$here/install/systemd/00-hyperv-vfattach.network" "$prefix/lib/systemd/network/00-hyperv-vfattach.network"
else
    rm -f "$dest$prefix/lib/systemd/network/00-hyperv-vfattach.network"
    echo "systemd $systemd: if systemd-networkd runs here, tell it to leave VFs alone ([Link] Unmanaged=yes)"
fi
put 644 "$here/install/man/hyperv-vfattach.8" "$share/man/man8/hyperv-vfattach.8"
put 644 "$here/install/man/hyperv-vfattach-doctor.8" "$share/man/man8/hyperv-vfattach-doctor.8"
put 644 "$here/install/man/hyperv-vfattach.toml.5" "$share/man/man5/hyperv-vfattach.toml.5"
put 644 "$here/install/man/hyperv-vfattach-joins.7" "$share/man/man7/hyperv-vfattach-joins.7"
put 644 "$here/install/man/hyperv-vfattach-kvm.7" "$share/man/man7/hyperv-vfattach-kvm.7"
put 644 "$here/install/man/hyperv-vfattach-status.7" "$share/man/man7/hyperv-vfattach-status.7"
put 644 "$here/install/completion/hyperv-vfattach.bash" "$share/bash-completion/completions/hyperv-vfattach"
put 644 "$here/install/completion/_hyperv-vfattach" "$share/zsh/site-functions/_hyperv-vfattach"
put 644 "$here/install/completion/hyperv-vfattach.fish" "$share/fish/vendor_completions.d/hyperv-vfattach.fish"
for file in "$here"/install/fleet/*; do
    case $file in *.fact) mode=755 ;; *) mode=644 ;; esac
    put $mode "$file" "$(fleet_target "$file")"
done

reload
if [ -z "$dest" ] && [ -d /run/systemd/system ]; then
    systemctl enable -q hyperv-vfattach-scan.service
    # Not started: within a minute it would join the pairs that exist now, which must be the administrator's decision.
    systemctl enable -q hyperv-vfattach-scan.timer
    # The path check goes on with the new executable; nothing changes in the network.
    systemctl try-restart 'hyperv-vfattach-path@*.service' || true
fi
echo "installed $prefix/sbin/hyperv-vfattach; VFs that arrive from now on are looked after"
echo "for those that are here: 'hyperv-vfattach scan --dry-run', then 'systemctl start hyperv-vfattach-scan.service hyperv-vfattach-scan.timer' or a reboot"
