#!/bin/bash
# Module of dracut(8): a network manager in the initramfs must leave VFs alone there, too.
#
# "import" marks the VF; the rules that start a join stay out, because a join belongs to the real root.

check() {
    require_binaries hyperv-vfattach || return 1
    # Only if a manager is there, which "installkernel" and "install" of the other modules decide.
    return 0
}

depends() {
    return 0
}

install() {
    dracut_module_included systemd-networkd || dracut_module_included network-manager || return 0
    local file directory
    inst /usr/sbin/hyperv-vfattach
    inst_simple /usr/lib/systemd/network/00-hyperv-vfattach.network
    for file in 60-hyperv-vfattach.rules 61-hyperv-vfattach-pci.rules; do
        for directory in /etc/udev/rules.d /usr/lib/udev/rules.d; do
            [[ -e $directory/$file ]] || continue
            mkdir -p "$initdir/usr/lib/udev/rules.d"
            sed '/RUN+=/d' "$directory/$file" > "$initdir/usr/lib/udev/rules.d/$file"
            break
        done
    done
    if [[ -e /etc/hyperv-vfattach.toml ]]; then inst_simple /etc/hyperv-vfattach.toml; fi
}
