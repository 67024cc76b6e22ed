#!/usr/bin/env bash
# Shows what hyperv-vfattach does: builds it, boots a throw-away machine, installs it there, plugs a VF in, takes it
# away and brings it back while a peer asks for an echo hundreds of times a second. Nothing of this machine is changed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. install/packages.sh
. tests/machine/packages.sh

need_machine_packages
install/build.sh
dotnet build tests/try/try.csproj --nologo -v quiet -clp:NoSummary
in_namespaces artifacts/bin/try/debug/try
