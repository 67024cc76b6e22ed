#!/bin/bash
# Module of dracut(8): a network manager in the initramfs must leave VFs alone there, too.

check() {
    require_binaries hyperv-vfattach
}

depends() {
    return 0
}

install() {
    if dracut_module_included systemd-networkd || dracut_module_included network-manager; then
        /usr/share/hyperv-vfattach/initramfs.sh "$initdir"
    fi
}
