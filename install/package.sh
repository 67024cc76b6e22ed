#!/usr/bin/env bash
# Builds packages from the executable that install/build.sh made, to artifacts/packages.
#
#     install/package.sh [--deb] [--rpm] [--arch x64 | --arch arm64] [--revision N]
#
# Without --deb and --rpm: both. N (1) is the package's revision; a higher one upgrades a lower one.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. install/packages.sh

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

kinds="" arch=x64 revision=1
while [ $# -gt 0 ]; do
    case $1 in
        --deb | --rpm) kinds="$kinds ${1#--}" ;;
        --arch) arch=${2-}; shift ;;
        --revision) revision=${2-}; shift ;;
        *) usage ;;
    esac
    [ $# -gt 0 ] && shift
done
case $arch in
    x64) executable=artifacts/hyperv-vfattach debian=amd64 redhat=x86_64 ;;
    arm64) executable=artifacts/hyperv-vfattach-arm64 debian=arm64 redhat=aarch64 ;;
    *) usage ;;
esac
[[ $revision =~ ^[0-9]+$ ]] || usage
[ "$(uname -m)" != x86_64 ] && [ "$arch" = x64 ] && executable=artifacts/hyperv-vfattach-x64
[ -x "$executable" ] || { echo "install/package.sh: $executable is not there; build it first: install/build.sh" >&2; exit 1; }
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
# Two builds of one commit have the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

output=$PWD/artifacts/packages
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p "$output" "$staging/hyperv-vfattach/artifacts"
cp -r install rules LICENSE "$staging/hyperv-vfattach/"
cp "$executable" "$staging/hyperv-vfattach/artifacts/hyperv-vfattach"

deb() {
    need_packages dpkg-buildpackage:dpkg-dev dh:debhelper
    cp -r install/debian "$staging/hyperv-vfattach/debian"
    (
        cd "$staging/hyperv-vfattach"
        sed -i "1s/(.*)/($version-$revision)/" debian/changelog
        # -d: the compiler of another architecture is not needed, as nothing is compiled here.
        dpkg-buildpackage --build=binary --host-arch="$debian" --no-sign -d
    ) >"$staging/log" 2>&1 || failed
    for file in "$staging"/*.deb; do
        mv "$file" "$output/"
        echo "$output/$(basename "$file")"
    done
}

rpm() {
    need_packages rpmbuild:rpm
    rpmbuild -bb --target "$redhat" --define "_topdir $staging/rpm" --define "tree $staging/hyperv-vfattach" \
        --define "vfattach_version $version" --define "vfattach_release $revision" \
        --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
        --define "_buildhost localhost" install/rpm/hyperv-vfattach.spec >"$staging/log" 2>&1 || failed
    for file in "$staging"/rpm/RPMS/*/*.rpm; do
        mv "$file" "$output/"
        echo "$output/$(basename "$file")"
    done
}

failed() {
    cat "$staging/log" >&2
    echo "install/package.sh: the package was not built, see above" >&2
    exit 1
}

for kind in ${kinds:-deb rpm}; do $kind; done
