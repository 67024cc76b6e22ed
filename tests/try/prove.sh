#!/usr/bin/env bash
# Proves the try-out both ways: prove.sh [RUNS], 10 without a number.
#   busy     with every core kept busy, no run may fail
#   broken   with a product that switches the port off one second before it switches to another, every run must fail
# Exits with 0 if that is so. A run that finds the machine too slow to judge (exit code 3) counts separately.
# The outputs are kept in artifacts/prove/.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. install/packages.sh
. tests/machine/packages.sh

runs=${1:-10}
case $runs in "" | *[!0-9]*) echo "usage: tests/try/prove.sh [RUNS]" >&2; exit 2 ;; esac
out=artifacts/prove
mkdir -p $out

need_machine_packages
install/build.sh
dotnet build tests/try/try.csproj --nologo -v quiet -clp:NoSummary

loops=()
stop_loops() {
    [ ${#loops[@]} -eq 0 ] || kill "${loops[@]}" 2>/dev/null || true
    loops=()
}
trap stop_loops EXIT

passed=0 failed=0 slow=0
try() { # NAME ARGUMENT...
    local name=$1 run code
    shift
    passed=0 failed=0 slow=0
    for run in $(seq "$runs"); do
        code=0
        in_namespaces artifacts/bin/try/debug/try "$@" >"$out/$name-$run.txt" 2>&1 || code=$?
        case $code in
            0) passed=$((passed + 1)) ;;
            3) slow=$((slow + 1)) ;;
            *) failed=$((failed + 1)) ;;
        esac
        echo "$name $run: exit code $code; $(grep -E '^ +NO ' "$out/$name-$run.txt" | sed 's/  */ /g' | paste -sd ';' || true)"
    done
    echo "$name: of $runs runs $passed passed, $failed failed, $slow found the machine too slow"
}

for _ in $(seq "$(nproc)"); do
    while :; do :; done &
    loops+=($!)
done
try busy
stop_loops
busy_failed=$failed busy_slow=$slow
try broken --broken
[ $busy_failed -eq 0 ] && [ $busy_slow -lt "$runs" ] && [ $failed -eq "$runs" ]
