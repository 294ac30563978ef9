#!/bin/sh
# secrets.sh [FILE...]: lists lines that look like a secret, in these files or in all that Git does not ignore.
# It asks no network whether a secret is valid. It skips the results of the pipeline and lines that call
# a hash by its name; it reads locks and pointers, because a URL in them may hold a password.
# It keeps no baseline file: a list of a thousand known hashes would hide the one that matters.
# It skips files that are the template's to the byte, four of five lines: the template's own check reads them,
# because its root, where it calls this script, holds no checksums. Of locks it reads a copy without the lines
# that are a hash alone, four of five again, and counts the line of what it finds in the lock itself.
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

for file; do
    shift
    [ ! -f "$file" ] || set -- "$@" "$file" # one that was deleted is still listed
done
[ $# -gt 0 ] || exit 0
root=${PROJECT_ROOT:-.}
known=$(cat "$root"/scripts/CHECKSUMS "$root"/src/*/machinery/CHECKSUMS 2>/dev/null || true)
sums=$(sha256sum -- "$@") || { echo "error: not each file has a hash, so none was checked" >&2; exit 1; }
for hash in $(printf '%s\n' "$sums" | sed 's/^\\//; s/ .*//'); do # a backslash marks an unusual name
    file=$1
    shift
    case $known in *"$hash"*) ;; *) set -- "$@" "$file" ;; esac
done
[ $# -gt 0 ] || exit 0

hash='^ *--hash=sha256:[0-9a-f]+( .)?$'
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
for file; do
    shift
    case $file in
        ../* | */../*) ;; # whose copy would be elsewhere
        requirements/*.txt | */requirements/*.txt)
            mkdir -p "$copies/$(dirname "$file")"
            awk -v hash="$hash" '$0 !~ hash' "$file" >"$copies/$file"
            file=$copies/$file
            ;;
    esac
    set -- "$@" "$file"
done

said=$("${VENV:-.venv}/bin/detect-secrets-hook" --no-verify \
    --exclude-files '^([0-9a-f]{40}/)?reports/' \
    --exclude-lines '\b(md5|sha256|etag)"?( =|:)|^ *"_?commit": "[0-9a-f]{40}"' "$@" 2>&1) && exit 0
printf '%s\n' "$said" | awk -v copies="$copies/" -v hash="$hash" '
    function counted(place,    file, left, line, text) {
        file = substr(place, length(copies) + 1)
        left = file
        sub(/:[0-9]+$/, "", file)
        sub(/.*:/, "", left)
        while (left > 0 && (getline text <file) > 0) { line++; left -= text !~ hash }
        close(file)
        return file ":" line
    }
    /^Secret Type:/ { sub(/^Secret Type: */, ""); kind = $0 }
    /^Location:/ {
        sub(/^Location: */, "")
        print "error: " (index($0, copies) == 1 ? counted($0) : $0) " looks like a secret (" kind ")"
        found = 1
    }
    { all = all $0 "\n" }
    END { if (!found) printf "%s", all }
' >&2
echo "Remove each secret and replace it where it is valid; a line without one needs the" \
    "comment 'pragma: allowlist secret'" >&2
exit 1
