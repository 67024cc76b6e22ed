#!/bin/sh
# Refuses a removal while a pair is joined: the journals are the only record of how to undo the joins.
for journal in /run/hyperv-vfattach/*.journal; do
    if [ -e "$journal" ]; then
        echo "hyperv-vfattach: pairs are joined, and only this program can undo that: run 'hyperv-vfattach status' and 'hyperv-vfattach detach IFACE' first, with join = \"none\" in /etc/hyperv-vfattach.toml so that they are not joined again" >&2
        exit 1
    fi
done
