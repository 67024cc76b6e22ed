#!/usr/bin/env bash
# Builds what a release consists of, from a commit and not from the files that lie here, into artifacts/release: for each architecture an archive
# to install from, its bill of materials and its packages; and SHA256SUMS of all.
#
#     install/release.sh [--arch x64 | --arch arm64] [--twice] [COMMIT]
#
# With --twice it builds again in another folder and compares: everything must have the same bytes.
set -eu
cd "$(dirname "$0")/.."

architectures="x64 arm64"
twice=no
commit=HEAD
while [ $# -gt 0 ]; do
    case "$1 ${2-}" in
        "--arch x64" | "--arch arm64") architectures=$2 && shift ;;
        "--twice "*) twice=yes ;;
        -*)
            sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
            exit 2
            ;;
        *) commit=$1 ;;
    esac
    shift
done
commit=$(git rev-parse --verify "$commit^{commit}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build FOLDER OUTPUT
build() {
    local arch version name date
    git clone -q --no-checkout . "$1"
    git -C "$1" checkout -q "$commit"
    mkdir -p "$2"
    version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$1/Directory.Build.props")
    date=$(git -C "$1" show -s --format=%cI "$commit")
    for arch in $architectures; do
        name=hyperv-vfattach-$version-linux-$arch
        "$1/install/build.sh" --arch "$arch"
        "$1/install/sbom.sh" --arch "$arch" >"$2/$name.cdx.json"
        # The parts that install.sh needs, side by side, and the executable under the name that it takes.
        mkdir -p "$1/release/$name/artifacts"
        cp -R "$1/install" "$1/rules" "$1/README.md" "$1/LICENSE" "$1/release/$name"
        cp "$1/artifacts/publish/hyperv-vfattach/release_linux-$arch/hyperv-vfattach" "$1/release/$name/artifacts/hyperv-vfattach"
        tar -C "$1/release" --sort=name --mtime="$date" --owner=0 --group=0 --numeric-owner --mode=u+w,go-w,a+rX --format=ustar -cf - "$name" |
            gzip -n9 >"$2/$name.tar.gz"
        "$1/install/package.sh" --arch "$arch"
    done
    cp "$1"/artifacts/packages/* "$2"
    (cd "$2" && sha256sum hyperv-vfattach* >SHA256SUMS)
}

build "$work/one" "$work/release"
if [ $twice = yes ]; then
    build "$work/another-folder/two" "$work/again"
    if ! diff -r "$work/release" "$work/again"; then
        echo "install/release.sh: two builds of $commit differ" >&2
        exit 1
    fi
    echo "two builds have the same bytes"
fi
rm -rf artifacts/release
mkdir -p artifacts
cp -R "$work/release" artifacts/release
cat artifacts/release/SHA256SUMS
