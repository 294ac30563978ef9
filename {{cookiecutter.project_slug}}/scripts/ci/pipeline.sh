#!/bin/sh
# pipeline.sh: runs the sample; with a remote also the pipeline, from the external tables to the gate, which
# must give the committed dvc.lock: no result is taken over from the commit.
# SUMMARY gets what people should read, as Markdown; metrics are compared with the commit BASE.
set -eu
summary=${SUMMARY:-build/ci/summary.md}
mkdir -p "$(dirname "$summary")" build/ci
rm -f build/ci/reproduced
. scripts/setup/activate.sh
. scripts/ci/remote.sh

say() { printf '%s\n\n' "$*" >>"$summary"; }

sh scripts/ci/sample.sh build/sample
say "## Pipeline" "The sample ran from the first stage to the last."

why=$(remote) || {
    echo "the sample alone: $why"
    say "The whole pipeline did not run: $why."
    exit 0
}
git ls-files --error-unmatch dvc.lock >/dev/null 2>&1 || {
    echo "error: dvc.lock is not committed: make repro push, then commit it" >&2
    exit 1
}
make pull
ran=0
dvc repro --force --no-run-cache || ran=$?
say "### Metrics, compared with ${BASE:-HEAD~1}"
dvc metrics diff --md "${BASE:-HEAD~1}" >>"$summary" || say "There is nothing to compare with."
if grep -q ' test\.keys ' "$summary"; then
    say "The two columns are of different test rows: \`model gate\` compares on the same ones."
fi
if [ -d reports/plots ]; then
    if make compare ARGS="build/ci/plots ${BASE:-HEAD~1}"; then
        say "### Plots" "They are in the artifact of this job: build/ci/plots/compare.html."
    fi
    . scripts/docker/names.sh # project
    if "$project" report; then # DVC stops before the report of a model that the gate refuses
        mkdir -p build/ci/plots
        cp reports/report.html build/ci/plots
        say "### Report" "One page, in the artifact of this job: build/ci/plots/report.html."
    fi
fi
[ ! -f docs/model-card.md ] || sed 's/^#/##/' docs/model-card.md >>"$summary"
[ "$ran" = 0 ] || exit "$ran"
git diff --exit-code -- dvc.lock || {
    echo "error: dvc.lock is not what this commit gives, see above: make repro push, then commit it" >&2
    exit 1
}
# `make release` asks CI for this: the job `reproduced` succeeds only here.
touch build/ci/reproduced
[ -z "${GITHUB_OUTPUT:-}" ] || echo reproduced=true >>"$GITHUB_OUTPUT"
