#!/bin/sh
# secrets.sh FILE...: says which lines of the files look like a secret.
# No network is asked whether one is valid. What the pipeline measured is left out, and so is a line
# that calls a hash by its name; locks and pointers are read, because a URL in them may hold a password.
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
