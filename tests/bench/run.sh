#!/usr/bin/env bash
# Measures side by side and prints a table in markdown.
#
#     tests/bench/run.sh hook      processor time of the whole process for the event of an interface that is not part of a pair
#     tests/bench/run.sh status    that of status on a host with 10,001 interfaces and 100,000 routes, against ip
#
# An absolute time means nothing on a shared machine, so each figure is the median of ratios within a round of one run.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

case "${1-}" in
    hook | status) ;;
    *)
        echo "usage: tests/bench/run.sh hook | status" >&2
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
gcc -O2 -o "$work/pairs" pairs.c

hook() {
    local rounds=60 index
    gcc -O2 -o "$work/stat" stat.c
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
}

status() {
    local rounds=15 pairs=5000 i
    for ((i = 0; i < pairs; i++)); do echo "link add v$i type veth peer name p$i"; done >"$work/links"
    ip -batch "$work/links"
    ip link set v0 up
    for ((i = 0; i < 100000; i++)); do echo "route add 10.$((i >> 16)).$((i >> 8 & 255)).$((i & 255)) dev v0"; done >"$work/routes"
    ip -batch "$work/routes"
    {
        read -r own ratio
        read -r ip _
    } < <("$work/pairs" $rounds "$executable status" "/bin/sh $PWD/ip.sh")
    echo "| $(ls /sys/class/net | wc -l) interfaces, $(ip route | wc -l) routes, $rounds rounds | processor time, median | of ip |"
    echo "|---|---|---|"
    echo "| hyperv-vfattach status | $own us | $ratio |"
    echo "| ip -d -j link and ip -j route (ip.sh) | $ip us | 1 |"
}

"$1"
