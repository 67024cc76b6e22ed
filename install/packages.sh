# Sourced by the scripts: makes sure that the Debian packages they need are installed.

# need_packages COMMAND:PACKAGE ...   installs the packages whose commands are missing
need_packages() {
    local missing="" pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null 2>&1 && continue
        case " $missing " in *" ${pair#*:} "*) ;; *) missing="$missing ${pair#*:}" ;; esac
    done
    install_missing $missing
}

# Installs as root; otherwise prints the command to run.
install_missing() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "missing on this machine; please run:  sudo apt-get install -y --no-install-recommends $*" >&2
        exit 1
    fi
    echo "installing: $*"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
