#!/bin/sh
# Where hv_vmbus is built into the kernel: makes a copy of the hv_netvsc.ko in linux-modules-*.deb that imports the symbols of rename.h.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
dpkg-deb -x linux-modules-*.deb image
module=$(find image -name 'hv_netvsc.ko*')
case $module in *.xz) xz -dc "$module" >hv_netvsc.ko ;; *) cp "$module" hv_netvsc.ko ;; esac
sed -n 's/^#define //p' rename.h >symbols
/usr/bin/*-objcopy --redefine-syms=symbols hv_netvsc.ko
