#!/usr/bin/env bash
# Demonstrates hyperv-vfattach: builds it, boots a throw-away machine, installs it there, plugs a VF in, removes it and brings it back,
# while a peer sends echo requests as often as this machine can answer. It changes nothing on this machine. Exit codes: 0 the traffic
# survived, 1 it did not, 3 this machine is too slow to judge.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. install/packages.sh
. tests/machine/packages.sh

need_machine_packages
echo "building hyperv-vfattach (usually a minute)"
install/build.sh
echo "building the try-out (usually half a minute)"
dotnet build tests/try/try.csproj --nologo -v quiet -clp:NoSummary
in_namespaces artifacts/bin/try/debug/try
