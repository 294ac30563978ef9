#!/bin/sh
# secrets.sh [FILE...]: says which lines look like a secret, of these files or of all that Git does not ignore.
# No network is asked whether one is valid. What the pipeline measured is left out, and so is a line
# that calls a hash by its name; locks and pointers are read, because a URL in them may hold a password.
set -eu

if [ $# = 0 ]; then
    list=$(mktemp)
    trap 'rm -f "$list"' EXIT
    # Not in a pipe, which would hide that Git gave no answer.
    git ls-files -z --cached --others --exclude-standard >"$list" ||
        { echo "error: Git does not list the files, its reason is above, so none was checked" >&2; exit 1; }
    [ -s "$list" ] || { echo "error: Git lists no file here, so none was checked" >&2; exit 1; }
    xargs -0 sh "$0" <"$list"
    exit
fi

said=$("${VENV:-.venv}/bin/detect-secrets-hook" --no-verify \
    --exclude-files '^reports/' \
    --exclude-lines '\b(md5|sha256|etag)"?( =|:)|^ *"_?commit": "[0-9a-f]{40}"' "$@" 2>&1) && exit 0
printf '%s\n' "$said" | awk '
    /^Secret Type:/ { sub(/^Secret Type: */, ""); kind = $0 }
    /^Location:/ { print "error: " $2 " looks like a secret (" kind ")"; found = 1 }
    { all = all $0 "\n" }
    END { if (!found) printf "%s", all }
' >&2
echo "Take a secret out and have it replaced where it is valid; a line that is none ends in the" \
    "comment 'pragma: allowlist secret'" >&2
exit 1
