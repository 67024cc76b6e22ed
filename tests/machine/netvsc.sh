#!/bin/bash
# Builds the stand-in for Hyper-V's side of a network adapter: netvsc.sh RELEASE KERNEL DIRECTORY leaves its modules there.
#
# In a root of that release, because a kernel's build tools need its own C library and compiler.
set -euo pipefail

release=$1
kernel=$2
out=$3
source=$(dirname "$(readlink -f "$0")")/netvsc

mmdebstrap --quiet --variant=minbase --include="make,kmod,xz-utils,linux-headers-$kernel" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="copy-in '$source' /root" \
    --customize-hook="chroot \"\$1\" make -C /root/netvsc KDIR=/usr/src/linux-headers-$kernel" \
    --customize-hook="[ ! -e \"\$1\"/root/netvsc/hv_vmbus_standin.ko ] || {
        cd \"\$1\"/root/netvsc
        APT_CONFIG=\$MMDEBSTRAP_APT_CONFIG apt-get -qq download linux-modules-$kernel
        chroot \"\$1\" /root/netvsc/rebind.sh
    }" \
    --customize-hook="cp \"\$1\"/root/netvsc/*.ko \"\$1\"/root/netvsc/Module.symvers '$out'" \
    --format=null "$release" -
