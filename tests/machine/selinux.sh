#!/bin/bash
# Adds Debian's SELinux policy to a guest's image: selinux.sh IMAGE DIRECTORY reads root.squashfs in IMAGE and leaves another in DIRECTORY, with
# a label on each file. Only root may write labels.
set -euo pipefail

image=$1
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unsquashfs -quiet -no-progress -dest "$work/root" "$image/root.squashfs"
cat /etc/resolv.conf >"$work/root/etc/resolv.conf"
chroot "$work/root" sh -e <<'END'
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Check-Valid-Until=false update
apt-get -qq install --no-install-recommends selinux-policy-default policycoreutils
apt-get clean
rm -rf /var/lib/apt/lists/*
: >/etc/resolv.conf
sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config
# The commands of a test are an administrator's.
context='SELinuxContext=unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023'
printf '[Service]\n%s\n' "$context" >/etc/systemd/system/qemu-guest-agent.service.d/selinux.conf
# The root's own directory is one in memory (guest/init), which has no label before the policy is there.
cat >/etc/systemd/system/label-root.service <<UNIT
[Unit]
DefaultDependencies=no
Before=systemd-journald.service
[Service]
Type=oneshot
$context
ExecStart=chcon system_u:object_r:root_t:s0 /
[Install]
WantedBy=sysinit.target
UNIT
systemctl -q enable label-root.service
setfiles -F /etc/selinux/default/contexts/files/file_contexts /
END
mksquashfs "$work/root" "$out/root.squashfs" -quiet -no-progress -noI -noD -noF -noX -xattrs
