#!/usr/bin/env bash
# Builds the executable to artifacts/hyperv-vfattach and says where it is, how large, and for which framework.
# net10.0 (long-term support) is taken where the registry has its native AOT packs, else net9.0.
set -eu
cd "$(dirname "$0")/.."
. install/packages.sh

need_packages gcc:gcc ld:binutils

rid=$(dotnet --info | awk '$1 == "RID:" { print $2; exit }')
log=$(mktemp)
trap 'rm -f "$log"' EXIT

framework=
for candidate in net10.0 net9.0; do
    if dotnet restore hyperv-vfattach.csproj -r "$rid" -p:Framework=$candidate >"$log" 2>&1; then
        framework=$candidate
        break
    fi
done
if [ -z "$framework" ]; then
    cat "$log" >&2
    echo "install/build.sh: the packages of neither net10.0 nor net9.0 could be restored" >&2
    exit 1
fi

if ! dotnet publish hyperv-vfattach.csproj -c Release -r "$rid" -p:Framework=$framework --nologo >"$log" 2>&1; then
    cat "$log" >&2
    echo "install/build.sh: the build failed, see above" >&2
    exit 1
fi

# Beside its final place, then renamed: whoever runs the old one meanwhile is not disturbed.
cp "artifacts/publish/hyperv-vfattach/release_$rid/hyperv-vfattach" artifacts/.hyperv-vfattach.new
mv artifacts/.hyperv-vfattach.new artifacts/hyperv-vfattach
size=$(stat -c %s artifacts/hyperv-vfattach)
echo "$PWD/artifacts/hyperv-vfattach: $size bytes, $framework native AOT for $rid"
