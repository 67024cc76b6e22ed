#!/usr/bin/env bash
# Builds the executable to artifacts/hyperv-vfattach (with --arch arm64: artifacts/hyperv-vfattach-arm64) and prints its path, size and
# framework. It uses net10.0 (long-term support) if the registry has its native AOT packs, else net9.0.
#
#     install/build.sh [--arch x64 | --arch arm64]
set -eu
cd "$(dirname "$0")/.."
. install/packages.sh

own=$(dotnet --info | awk '$1 == "RID:" { print $2; exit }')
rid=$own
case "$*" in
    "") ;;
    "--arch x64" | "--arch arm64") rid=linux-$2 ;;
    *)
        echo "usage: install/build.sh [--arch x64 | --arch arm64]" >&2
        exit 2
        ;;
esac

output=artifacts/hyperv-vfattach
options=()
if [ "$rid" = "$own" ]; then
    need_packages gcc:gcc ld:binutils
else
    case $rid in
        linux-x64) tools=x86_64-linux-gnu packages="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;;
        linux-arm64) tools=aarch64-linux-gnu packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
    esac
    [ -e "/usr/$tools/lib/libc.a" ] && command -v "$tools-gcc" >/dev/null || install_missing $packages
    options=("-p:CppCompilerAndLinker=$tools-gcc" "-p:ObjCopyName=$tools-objcopy")
    output+=-${rid#linux-}
fi

# The linker warns about each function with which a static executable would load a shared library of the C library. The runtime's object
# files contain them together with code that is needed. Why the program never calls each of them:
reason() {
    case $1 in
        dlopen) echo "to load OpenSSL for the random numbers of a check for duplicate JSON keys, which is off" ;;
        getaddrinfo) echo "to resolve a host's name in Socket.Connect; the program connects to sockets in the file system only" ;;
        getpwuid_r | getpwnam_r) echo "for Environment.UserName and a home directory, which the program does not ask for" ;;
        getgrgid_r | getgrouplist) echo "for a user's groups and their names, which the program does not ask for" ;;
        *) return 1 ;;
    esac
}

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

if ! dotnet publish hyperv-vfattach.csproj -c Release -r "$rid" -p:Framework=$framework --nologo "${options[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    echo "install/build.sh: the build failed, see above" >&2
    exit 1
fi
while IFS= read -r line; do
    function=$(sed -n "s/.*warning: Using '\([^']*\)' in statically linked applications.*/\1/p" <<<"$line")
    if [ -z "$function" ] || ! why=$(reason "$function"); then
        # Removed so that the next run links again and repeats the warning.
        rm -f "artifacts/bin/hyperv-vfattach/release_$rid/native/hyperv-vfattach"
        echo "install/build.sh: an unexpected warning: $line" >&2
        exit 1
    fi
    echo "linked and never called: $function, $why"
done < <(grep -i 'warning' "$log" | sort -u)

# Copied next to its final place and then renamed, so that a running old executable is not disturbed.
cp "artifacts/publish/hyperv-vfattach/release_$rid/hyperv-vfattach" "$output.new"
mv "$output.new" "$output"
echo "$PWD/$output: $(stat -c %s "$output") bytes, $framework native AOT for $rid"
