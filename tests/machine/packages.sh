# Sourced by the scripts that start virtual machines, after install/packages.sh.

need_machine_packages() {
    need_packages qemu-system-x86_64:qemu-system-x86 mmdebstrap:mmdebstrap sqfstar:squashfs-tools mksquashfs:squashfs-tools cpio:cpio ip:iproute2 \
        ethtool:ethtool setpriv:util-linux dnsmasq:dnsmasq-base mandoc:mandoc zsh:zsh fish:fish
    # Not a command: mmdebstrap verifies the guest's packages with this key ring, which a host other than Debian may lack.
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || install_missing debian-archive-keyring
    [ "$(id -u)" = 0 ] || need_packages newuidmap:uidmap
    need_promtool
}

# The package prometheus would start a server: this one program is taken out of it.
need_promtool() {
    local tool=~/.cache/hyperv-vfattach/promtool package
    [ -x "$tool" ] || command -v promtool >/dev/null && return
    package=$(mktemp -d)
    mkdir -p "${tool%/*}"
    if (cd "$package" && apt-get download -qq prometheus >/dev/null 2>&1 && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool) >"$tool.new"; then
        chmod 755 "$tool.new"
        mv "$tool.new" "$tool"
    else
        rm -f "$tool.new"
        echo "promtool cannot be had here: the tests of the alert rules are skipped"
    fi
    rm -r "$package"
}

# Root rights in new namespaces. A machine makes its network by itself; building the guest needs ours.
in_namespaces() {
    if [ "$(id -u)" = 0 ]; then "$@"; else unshare -r --map-auto "$@"; fi
}
