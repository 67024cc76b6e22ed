#!/usr/bin/env bash
# Prints what the executable is made of (CycloneDX 1.5, JSON): the packages of NuGet and what the linker took from the machine's C library and
# compiler. It looks at the last run of install/build.sh, so call it after that with the same architecture. The same executable has the same bill.
#
#     install/sbom.sh [--arch x64 | --arch arm64]
set -eu
cd "$(dirname "$0")/.."
. install/packages.sh
need_packages jq:jq

assets=artifacts/obj/hyperv-vfattach/project.assets.json
fail() {
    echo "install/sbom.sh: $1" >&2
    exit 1
}
[ -e "$assets" ] || fail "$assets is not there; run install/build.sh first"
rid=$(jq -r '.targets | keys[] | select(contains("/")) | split("/")[1]' "$assets")
case "$*" in
    "") ;;
    "--arch x64" | "--arch arm64") [ "$rid" = "linux-$2" ] || fail "the last build was for ${rid:-no system}; run install/build.sh --arch $2 first" ;;
    *)
        echo "usage: install/sbom.sh [--arch x64 | --arch arm64]" >&2
        exit 2
        ;;
esac
executable=artifacts/publish/hyperv-vfattach/release_$rid/hyperv-vfattach
[ -e "$executable" ] || fail "$executable is not there; run install/build.sh first"
cache=$(jq -r '.packageFolders | keys[0]' "$assets")

# One line per component: name, version, scope, package URL, licence, SHA-512, with tabs between them. "excluded": it built the executable and
# is no part of it.
nuget() {
    local name version scope folder hash license
    jq -r '(.libraries | keys[] | split("/")), (.project.frameworks[].downloadDependencies[]? | [.name, (.version | ltrimstr("[") | split(",")[0])])
        | @tsv' "$assets" | LC_ALL=C sort -u |
        while IFS=$'\t' read -r name version; do
            case $name in
                Microsoft.AspNetCore.* | Microsoft.NETCore.App.Ref | Microsoft.NETCore.App.Runtime.linux-* | Microsoft.NETCore.App.Host.*) continue ;; # fetched, not used
                Microsoft.DotNet.ILCompiler | Microsoft.NET.ILLink.Tasks) scope=excluded ;;
                "runtime.$rid.Microsoft.DotNet.ILCompiler") scope=required ;;
                runtime.*.Microsoft.DotNet.ILCompiler) scope=excluded ;; # the cross compiler
                *) scope=required ;;
            esac
            folder=$cache$(tr '[:upper:]' '[:lower:]' <<<"$name")/$version
            hash=$(base64 -d "$folder"/*.nupkg.sha512 | od -An -v -tx1 | tr -d ' \n')
            license=$(sed -n 's|.*<license type="expression">\([^<]*\)</license>.*|\1|p' "$folder"/*.nuspec)
            printf '%s\t%s\t%s\tpkg:nuget/%s@%s\t%s\t%s\n' "$name" "$version" $scope "$name" "$version" "${license:--}" "$hash"
        done
}

# The static libraries of the C library and the compiler.
debian() {
    local gcc=gcc library package version
    command -v dpkg-query >/dev/null || return 0
    case $rid/$(uname -m) in
        linux-x64/x86_64 | linux-arm64/aarch64) ;;
        linux-x64/*) gcc=x86_64-linux-gnu-gcc ;;
        *) gcc=aarch64-linux-gnu-gcc ;;
    esac
    for library in libc.a libgcc.a; do
        package=$(dpkg-query -S "$(readlink -f "$($gcc -print-file-name=$library)")" | sed 's/: .*//')
        version=$(dpkg-query -W -f '${Version}' "$package")
        printf '%s\t%s\trequired\tpkg:deb/debian/%s@%s\t-\t-\n' "${package%:*}" "$version" "${package%:*}" "${version//+/%2B}"
    done
}

{ nuget && debian; } | jq -Rn \
    --arg version "$(jq -r .project.version "$assets")" --arg rid "$rid" --arg hash "$(sha256sum "$executable" | cut -d ' ' -f 1)" '
    [inputs | split("\t") | {
        type: "library", "bom-ref": .[3], name: .[0], version: .[1], scope: .[2], purl: .[3]
    } + (if .[4] == "-" then {} else {licenses: [{expression: .[4]}]} end)
      + (if .[5] == "-" then {} else {hashes: [{alg: "SHA-512", content: .[5]}]} end)] as $components
    | "pkg:generic/hyperv-vfattach@\($version)?platform=\($rid)" as $self
    | {
        bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
        # From the hash of the executable, as a UUID of version 8 (RFC 9562).
        serialNumber: "urn:uuid:\($hash[0:8])-\($hash[8:12])-8\($hash[13:16])-8\($hash[17:20])-\($hash[20:32])",
        metadata: {component: {
            type: "application", "bom-ref": $self, name: "hyperv-vfattach", version: $version, purl: $self,
            licenses: [{expression: "BSD-2-Clause"}], hashes: [{alg: "SHA-256", content: $hash}]
        }},
        components: $components,
        dependencies: [{ref: $self, dependsOn: [$components[] | select(.scope == "required")["bom-ref"]]}]
    }'
