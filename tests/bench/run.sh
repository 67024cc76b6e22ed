#!/usr/bin/env bash
# Measures side by side and prints a table in markdown.
#
#     tests/bench/run.sh hook      processor time of the whole process for the event of an interface that is not part of a pair
#
# An absolute time means nothing on a shared machine, so each figure is the median of ratios within a round of one run.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
rounds=60

case "${1-}" in
    hook) ;;
    *)
        echo "usage: tests/bench/run.sh hook" >&2
        exit 2
        ;;
esac

[ -x ../../artifacts/hyperv-vfattach ] || ../../install/build.sh
# Its own network namespace has a /sys that shows its lo, also in a container.
if [ "${2-}" != inside ]; then
    exec unshare --map-root-user --net --mount sh -c 'mount -t sysfs sysfs /sys && exec "$0" "$1" inside' "$PWD/run.sh" "$1"
fi

executable=$PWD/../../artifacts/hyperv-vfattach
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -o "$work/stat" stat.c
gcc -O2 -o "$work/pairs" pairs.c

index=$(cat /sys/class/net/lo/ifindex)
{
    read -r own to_c
    read -r script script_to_c
    read -r c _
} < <(IFINDEX=$index "$work/pairs" $rounds "$executable --event -- lo" "/bin/sh $PWD/script.sh lo" "$work/stat lo")
{
    read -r _ to_script
    read -r _ _
} < <(IFINDEX=$index "$work/pairs" $rounds "$executable --event -- lo" "/bin/sh $PWD/script.sh lo")

echo "| hook, event of \`lo\`, $rounds rounds | processor time, median | of the C program | of the script |"
echo "|---|---|---|---|"
echo "| hyperv-vfattach --event | $own us | $to_c | $to_script |"
echo "| /bin/sh, three programs (script.sh) | $script us | $script_to_c | 1 |"
echo "| C, one stat (stat.c, gcc -O2) | $c us | 1 | |"
