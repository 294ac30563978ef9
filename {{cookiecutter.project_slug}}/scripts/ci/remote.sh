# shellcheck shell=sh
# remote.sh, to be sourced: gives DVC its credentials; `remote` says why no remote can be used.

# One secret for every kind of remote: the content of DVC's own .dvc/config.local.
if [ -n "${DVC_CONFIG_LOCAL:-}" ]; then
    (umask 077 && printf '%s\n' "$DVC_CONFIG_LOCAL" >.dvc/config.local)
fi

remote() {
    url=$(sed -n 's/^ *url = "*\([^"]*\)"*$/\1/p' .dvc/config)
    if [ -n "${WITHOUT_REMOTE:-}" ]; then
        echo "$WITHOUT_REMOTE"
        return 1
    fi
    case $url in
        *://*) ;;
        *) (cd .dvc && [ -d "$url/files" ]) || { echo "the remote $url holds nothing here"; return 1; } ;;
    esac
}
