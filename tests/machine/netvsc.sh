#!/bin/bash
# Builds the stand-in for Hyper-V's side of a network adapter: netvsc.sh RELEASE KERNEL DIRECTORY leaves its modules there.
#
# In a root of that release, because a kernel's build tools need its own C library and compiler.
set -euo pipefail

release=$1
kernel=$2
out=$3
source=$(dirname "$(readlink -f "$0")")/netvsc

mmdebstrap --quiet --variant=minbase --include="make,kmod,linux-headers-$kernel" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="copy-in '$source' /root" \
    --customize-hook="chroot \"\$1\" make -C /root/netvsc KDIR=/usr/src/linux-headers-$kernel" \
    --customize-hook="download /root/netvsc/hv_vmbus.ko '$out/hv_vmbus.ko'" \
    --customize-hook="download /root/netvsc/hv_pci_name.ko '$out/hv_pci_name.ko'" \
    --customize-hook="download /root/netvsc/Module.symvers '$out/Module.symvers'" \
    --format=null "$release" -
