# bash completion for hyperv-vfattach(8)
_hyperv_vfattach() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
    case $previous in
    --config | --output) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    words="--dry-run --foreground --config --verbose --version --help $(cd /sys/class/net && echo *)"
    case " ${COMP_WORDS[*]:1:COMP_CWORD-1} " in
    *" doctor "*) words="--json --selftest --config --help" ;;
    *" status "*) words="--history --json --prometheus --output --watch $words" ;;
    *" scan "*) words="--unfinished --repair --dry-run --foreground --config --verbose --help" ;;
    *" detach "* | *" import "*) ;;
    *) words="import scan detach status doctor $words" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _hyperv_vfattach hyperv-vfattach
