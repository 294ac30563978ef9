#!/bin/sh
# retrain.sh: fetches what is overdue, runs the pipeline with its gate, and proposes the result,
# or opens an issue with the reason if it was refused.
set -eu
day=$(date -u +%Y-%m-%d)
branch=retrain/$day
log=build/ci/retrain.log
text=build/ci/retrain.md
mkdir -p build/ci
. scripts/setup/activate.sh
. scripts/ci/remote.sh

propose() { # TITLE: a pull or merge request from the branch, its text is in $text
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        git push origin "$branch"
        gh pr create --head "$branch" --title "$1" --body-file "$text"
    else
        git push "$PUSH_URL" "$branch" -o merge_request.create -o merge_request.title="$1"
    fi
}

report() { # TITLE: an issue, its text is in $text
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        gh issue create --title "$1" --body-file "$text"
    else
        curl --fail --silent --show-error --header "PRIVATE-TOKEN: $WRITE_TOKEN" \
            --data-urlencode "title=$1" --data-urlencode "description@$text" \
            "$CI_API_V4_URL/projects/$CI_PROJECT_ID/issues" >/dev/null
    fi
}

if { make pull && make repro; } >"$log" 2>&1; then
    cat "$log"
    changed=$(git status --porcelain) # apart, so that Git's failure ends the script
    if [ -z "$changed" ]; then
        echo "nothing is overdue and nothing is stale: the model stays"
        exit 0
    fi
    make push
    git switch --quiet --create "$branch"
    git add --all
    git commit --quiet --message "Retrain on the data of $day"
    dvc metrics diff --md HEAD~1 >"$text" || echo "There is nothing to compare with." >"$text"
    if grep -q ' test\.keys ' "$text"; then
        echo >>"$text"
        echo "The columns are of different test rows: \`model gate\` compares on the same." >>"$text"
    fi
    propose "Retrain on the data of $day"
else
    cat "$log"
    { echo "The retraining of $day did not give a model that may be released:"; echo
        tail -n 20 "$log" | sed 's/^/    /'; } >"$text"
    report "The retraining of $day was refused"
    exit 1
fi
