# Sourced by the scripts that start virtual machines, after install/packages.sh.

need_machine_packages() {
    need_packages qemu-system-x86_64:qemu-system-x86 mmdebstrap:mmdebstrap sqfstar:squashfs-tools mksquashfs:squashfs-tools cpio:cpio ip:iproute2 \
        ethtool:ethtool setpriv:util-linux dnsmasq:dnsmasq-base mandoc:mandoc
    # Not a command: mmdebstrap verifies the guest's packages with this key ring, which a host other than Debian may lack.
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || install_missing debian-archive-keyring
    [ "$(id -u)" = 0 ] || need_packages newuidmap:uidmap
}

# Root rights in new namespaces. A machine makes its network by itself; building the guest needs ours.
in_namespaces() {
    if [ "$(id -u)" = 0 ]; then "$@"; else unshare -r --map-auto "$@"; fi
}
