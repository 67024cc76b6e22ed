#!/usr/bin/env bash
# Draws six pictures of status and doctor at a terminal of 80 columns: artifacts/pictures/*.png. They are of a guest with the stock hv_netvsc.
#
#     tests/pictures/run.sh           boots the guest, captures what its terminal shows (*.ansi), and draws
#     tests/pictures/run.sh --draw    only draws what was captured before
#
# Needs rsvg-convert and the font DejaVu Sans Mono.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
. install/packages.sh
need_packages rsvg-convert:librsvg2-bin
[ "${1-}" = --draw ] || artifacts/bin/vm/debug/vm -noLogo -noColor -preEnumerateTheories -class '*NetvscPicturesTests'

for screen in artifacts/pictures/*.ansi; do
    awk -f tests/pictures/svg.awk "$screen" >"${screen%.ansi}.svg"
    rsvg-convert --zoom 1.5 -o "${screen%.ansi}.png" "${screen%.ansi}.svg"
    rm "${screen%.ansi}.svg"
    echo "${screen%.ansi}.png"
done
