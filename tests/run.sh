#!/usr/bin/env bash
# Runs the tests: run.sh [unit|kernel|vm] [FILTER]. Without a tier, every tier that is there, cheapest first.
# FILTER is a part of a test's name. The last line is "N passed, N failed, N skipped" over all tiers.
#
# Needs root, or unprivileged user namespaces with subordinate ids; the network of this machine is never touched.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. install/packages.sh
. tests/machine/packages.sh

all=(unit kernel vm)
tiers=()
if [ $# -gt 0 ]; then
    case " ${all[*]} " in
        *" $1 "*) tiers=("$1") ;;
        *) echo "usage: tests/run.sh [unit|kernel|vm] [FILTER]" >&2; exit 2 ;;
    esac
    shift
else
    tiers=("${all[@]}")
fi
filter=()
[ $# -eq 0 ] || filter=(-method "*$1*")

# A run that hangs is ended here, with its words, before CI ends everything at 90 minutes.
deadline=$((80 * 60))

say() { echo "== $(date +%T) $*"; }

prepare_unit() { :; }

prepare_kernel() {
    need_packages ip:iproute2 unshare:util-linux ping:iputils-ping
}

prepare_vm() {
    need_machine_packages
    say "vm: building the executable"
    install/build.sh
}

inside_unit() { "$@"; }
inside_kernel() { # a network that nobody else uses
    if [ "$(id -u)" = 0 ]; then unshare -n "$@"; else unshare -Urn "$@"; fi
}
inside_vm() { in_namespaces "$@"; }

passed=0 failed=0 skipped=0
for tier in "${tiers[@]}"; do
    project=tests/$tier/$tier.csproj
    if [ ! -e "$project" ]; then
        say "$tier: no such tests yet"
        continue
    fi
    prepare_"$tier"
    say "$tier: building"
    if ! dotnet build "$project" --nologo -v quiet -clp:NoSummary; then
        failed=$((failed + 1)) # All of them, but nobody knows how many.
        continue
    fi

    # Hundreds of quick tests, or few slow ones of which one wants to see each.
    options=(-reporter verbose -showLiveOutput)
    [ "$tier" != unit ] || options=(-reporter default)
    say "$tier: running"
    report=$PWD/artifacts/$tier.trx
    rm -f "$report"
    run() { # REPORT ARGUMENT...
        local to=$1
        shift
        inside_"$tier" timeout --foreground --kill-after=10 "$((deadline - SECONDS))" \
            "artifacts/bin/$tier/debug/$tier" "$@" -noLogo -noColor -noAutoReporters "${options[@]}" -trx "$to" || true
    }
    run "$report" "${filter[@]}"

    counters=$(grep -o '<Counters [^>]*>' "$report" 2>/dev/null || true)
    if [ -z "$counters" ]; then
        say "$tier: ended without a report after $((SECONDS / 60)) minutes in all, $((deadline / 60)) at the most"
        failed=$((failed + 1))
        continue
    fi
    count() { sed "s/.* $1=\"\([0-9]*\)\".*/\1/" <<< "$counters"; }
    ok=$(count passed) bad=$(($(count failed) + $(count error)))
    skipped=$((skipped + $(count notExecuted)))
    say "$tier: $ok passed, $bad failed, $(count notExecuted) skipped"

    # An emulated machine that waits for the processor is late: what failed beside others gets a second run, alone.
    if [ "$tier" = vm ] && [ $bad -gt 0 ] && [ $bad -le 12 ]; then
        again=()
        while read -r name; do
            again+=(-method "$name")
        done < <(grep -o '<UnitTestResult testName="[^"(]*[^>]* outcome="Failed"' "$report" | sed 's/.*testName="\([^"(]*\).*/\1/' | sort -u)
        say "$tier: once more, one at a time:" "${again[@]#-method}"
        run "$report" "${again[@]}" -parallel none
        counters=$(grep -o '<Counters [^>]*>' "$report" 2>/dev/null || true)
        if [ -n "$counters" ]; then
            left=$(($(count failed) + $(count error)))
            [ $left -le $bad ] || left=$bad
            say "$tier: $((bad - left)) of $bad passed at the second attempt"
            ok=$((ok + bad - left)) bad=$left
        fi
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
