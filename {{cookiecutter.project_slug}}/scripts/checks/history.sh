#!/bin/sh
# history.sh: looks for secrets in every version of every file that a commit here holds.
# It remembers in Git's folder which commits had none, and next time looks only at newer ones. A version
# whose secret is revoked is allowed by its hash and the reason, on a line of .secretsignore.
set -eu
git rev-parse --quiet --verify HEAD >/dev/null || exit 0 # nothing is committed yet
[ "$(git rev-parse --is-shallow-repository)" = false ] ||
    echo "note: this clone is shallow, and the history that it lacks was not checked for secrets" >&2

here=$PWD
rules=$(cat scripts/checks/secrets.sh requirements/tools.txt | git hash-object --stdin | cut -c 1-12)
known=$(git rev-parse --git-path "no-secrets-$rules")
versions=$(mktemp -d)
trap 'rm -rf "$versions"' EXIT

# Commits that were checked and still exist, because Git removes those that no branch names.
touch "$known"
git cat-file --batch-check='%(objectname) %(objecttype)' <"$known" | sed -n 's/^\(.*\) commit$/^\1/p' >"$versions/known"
git rev-list --objects --all --stdin <"$versions/known" >"$versions/objects" # not in a pipe, which hides a failure
git cat-file --batch-check='%(objecttype) %(objectsize) %(objectname) %(rest)' <"$versions/objects" |
    awk '$1 == "blob" && $2 < 1000000 && NF > 3' | cut -d ' ' -f 3- >"$versions/list"
while read -r hash path; do
    ! grep -q "^$hash" .secretsignore 2>/dev/null || continue
    mkdir -p "$versions/$hash/$(dirname "$path")"
    git cat-file blob "$hash" >"$versions/$hash/$path"
done <"$versions/list"

said=$(cd "$versions" && find . -mindepth 2 -type f -printf '%P\0' |
    PROJECT_ROOT="$here" VENV="$(cd "$here" && cd "${VENV:-.venv}" && pwd)" \
        xargs -0 -r sh "$here/scripts/checks/secrets.sh" 2>&1) || {
    printf '%s\n' "$said" | sed -n 's/^error: \([0-9a-f]\{40\}\)\/\(.*\)/\1 \2/p' | while read -r hash rest; do
        commit=$(git log --all --max-count=1 --format=%h --find-object="$hash")
        echo "error: the version $hash of $rest, last touched by the commit $commit"
    done >&2
    printf '%s\n' "$said" | grep -q '^error: [0-9a-f]\{40\}/' || printf '%s\n' "$said" >&2
    echo "Revoke each secret where it was issued (docs/runbook.md, A secret leaked); then a line of" \
        ".secretsignore with the version's hash and the reason allows it" >&2
    exit 1
}
git rev-list --no-walk --all HEAD >"$known"
