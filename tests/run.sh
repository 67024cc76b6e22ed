#!/usr/bin/env bash
# Builds the tests and runs them; tests/suite/Program.cs has the usage. The last line is "N passed, N failed, N skipped".
#
# Needs root, or unprivileged user namespaces with subordinate ids; the network of this machine is never touched.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. install/packages.sh
. tests/machine/packages.sh

case ${1-} in
    unit) tiers=unit ;;
    kernel | vm) tiers=$1 ;;
    --report) tiers= ;;
    *) tiers="unit kernel vm" ;;
esac

say() { echo "== $(date +%T) $*"; }

if [ "$tiers" != unit ] && [ -n "$tiers" ]; then
    need_machine_packages
    say "building the executable"
    install/build.sh
fi
say "building the tests"
dotnet build tests/all.proj --nologo -v quiet -clp:NoSummary "-p:Tiers=${tiers:-suite}"
case $tiers in
    unit | "") exec artifacts/bin/suite/debug/suite "$@" ;;
    *) in_namespaces artifacts/bin/suite/debug/suite "$@" ;;
esac
