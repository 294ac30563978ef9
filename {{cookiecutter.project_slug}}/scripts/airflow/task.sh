#!/bin/sh
# task.sh refresh|changed|stage NAME|promote BUMP: one task of the DAG in pipeline.py, in the project's own
# environment. If CLONES is set, it works in a clone of origin: `refresh` makes a branch for the run and names it
# in its last line, the other tasks take it as RUN, pull what they need, and push what they made.
set -eu
task=$1 what=${2:-} clones=${CLONES:-} root=$(pwd -P)
[ -x "${VENV:-.venv}/bin/dvc" ] || {
    echo "error: $root has no environment with DVC: run make setup there" >&2
    exit 1
}
VIRTUAL_ENV=$(cd "${VENV:-.venv}" && pwd)
PATH=$VIRTUAL_ENV/bin:$PATH
export VIRTUAL_ENV PATH PYTHONPATH=src
unset PYTHONHOME
origin=$(git remote get-url origin 2>/dev/null || true)
package=$(basename "$(dirname src/*/machinery)")
project() { python -m "$package.project" "$@"; }

list() { # list FUNCTION WORD...: what it returns, in machinery/scheduler/tasks.py; each ends with a zero byte
    python -c "import sys; from pathlib import Path; from $package.machinery.scheduler import tasks
sys.stdout.write(''.join(each + '\\0' for each in getattr(tasks, sys.argv[1])(Path(), *sys.argv[2:])))" "$@"
}

main() { # the default branch of origin
    [ -z "$origin" ] ||
        git ls-remote --symref origin HEAD | sed -n 's,^ref: refs/heads/\([^[:space:]]*\).*,\1,p'
}

enter() { # goes into a clone next to the project: paths of DVC's remote that are relative stay the same
    [ -n "$origin" ] || { echo "error: clones need an origin: git remote add origin URL" >&2; exit 1; }
    inside=$(git rev-parse --show-prefix)
    cd "$(git rev-parse --show-toplevel)"
    clone=$(mktemp -d "$(pwd -P).XXXXXX")
    git clone --quiet "$origin" "$clone"
    for name in user.name user.email; do
        value=$(git config "$name") && git -C "$clone" config "$name" "$value"
    done
    cd "$clone/$inside"
    [ -z "${RUN:-}" ] || git switch --quiet "$RUN"
    cp "$root/requirements/python.txt" requirements/
    [ ! -f "$root/.dvc/config.local" ] || cp "$root/.dvc/config.local" .dvc/
    export DVC_SITE_CACHE_DIR="$folder/dvc" # or DVC would keep a folder for each clone that ever was
}

pull() { # what the stages before made
    list needed "$what" > "$folder/needed"
    xargs -0 dvc pull --quiet data/external/*.dvc < "$folder/needed"
}

update() { # pulls from origin, and refuses changes that nobody has committed
    list sources > "$folder/sources"
    changed=$(xargs -0 git status --porcelain -- < "$folder/sources")
    [ -z "$changed" ] || {
        echo "error: nobody has committed these changes, and a release would publish them: commit or restore" >&2
        echo "$changed" >&2
        exit 1
    }
    [ -n "$origin" ] || return 0
    before=$(git rev-parse HEAD)
    git pull --quiet --ff-only origin "$(main)"
    [ "$before" = "$(git rev-parse HEAD)" ] || dvc pull --quiet data/external/*.dvc
}

share() { # pushes dvc.lock and what Git tracks to the branch of the run; tasks of the run may do so at once
    dvc push --quiet "$what"
    git ls-files -z --modified --others --exclude-standard > "$folder/made"
    [ -s "$folder/made" ] || return 0
    # shellcheck disable=SC2034 # counts only
    for try in 1 2 3 4 5 6 7 8 9 10; do
        git add --pathspec-from-file="$folder/made" --pathspec-file-nul
        git commit --quiet --message "Run $what"
        if git -c advice.pushUpdateRejected=false push --quiet origin HEAD; then return 0; fi
        git fetch --quiet origin "$RUN"
        git reset --quiet FETCH_HEAD
        git checkout --quiet FETCH_HEAD -- dvc.lock
        dvc commit --quiet --force "$what" # writes this stage into the others' dvc.lock, and runs nothing
    done
    echo "error: the branch $RUN of origin takes no push, the reason is above" >&2
    exit 1
}

folder=$(mktemp -d) clone=
trap 'rm -rf "$folder" ${clone:+"$clone"}' EXIT
trap 'exit 143' HUP INT TERM # or a shell that Airflow ends would leave the folder behind
# Not with ||: in it, a shell does not end at a command that fails.
if [ -n "$clones" ]; then enter; fi
case $task in
    refresh)
        if [ -n "$clones" ]; then dvc pull --quiet data/external/*.dvc; else update; fi
        project data refresh
        if [ -n "$clones" ]; then
            RUN=airflow/$(date -u +%Y%m%dT%H%M%S)
            git switch --quiet --create "$RUN"
            dvc push --quiet data/external/*.dvc
            git add --all .
            git diff --cached --quiet || git commit --quiet --message "Fetch overdue tables"
            git push --quiet --set-upstream origin "$RUN"
            echo "$RUN"
        fi
        ;;
    stage)
        if [ -n "$clones" ]; then pull; fi
        dvc repro --single-item "$what" || {
            dvc checkout --quiet "$what" || true # DVC removes what a stage made before it runs the stage
            exit 1
        }
        if [ -n "$clones" ]; then share; fi
        ;;
    changed) # 99: Airflow skips what follows
        base=HEAD
        if [ -n "$clones" ]; then base=origin/$(main); fi
        [ -n "$(git status --porcelain)" ] || ! git diff --quiet "$base" || {
            if [ -n "$clones" ]; then git push --quiet origin --delete "$RUN"; fi
            echo "nothing changed: there is no model to release"
            exit 99
        }
        dvc metrics diff --md "$base" || true
        grep -m 1 '^\*\*' reports/gate.md # the last line: what a person is asked
        ;;
    promote)
        branch=$(main)
        if [ -n "$origin" ]; then
            git fetch --quiet origin "$branch"
            # The second: this task has pushed its commit before, and failed after that.
            git merge-base --is-ancestor FETCH_HEAD HEAD || git diff --quiet FETCH_HEAD HEAD || {
                echo "error: $branch of origin has new commits since this run began: start another run" >&2
                exit 1
            }
        fi
        if [ -n "$clones" ]; then
            dvc pull --quiet
            git reset --quiet --soft FETCH_HEAD
        fi
        git add --all .
        git diff --cached --quiet || git commit --quiet --message "Train on the data of $(date -u +%Y-%m-%d)"
        if [ -n "$origin" ]; then git push --quiet origin "HEAD:refs/heads/$branch"; fi
        version() { git tag --points-at HEAD --list 'model@v*' | sed 's/^model@//'; }
        if [ -z "$(version)" ]; then project model release --bump="$what"; fi
        project model promote "$(version)" champion
        if [ -n "$clones" ]; then git push --quiet origin --delete "$RUN"; fi
        ;;
    *)
        echo "error: $task is not a task: give refresh, stage NAME, changed or promote BUMP" >&2
        exit 1
        ;;
esac
