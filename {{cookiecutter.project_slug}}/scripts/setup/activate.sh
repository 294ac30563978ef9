# shellcheck shell=sh
# activate.sh, to be sourced: sets the project up if necessary, and puts its tools first on the PATH.
export VENV="${VENV:-.venv}"
make dev >&2
VIRTUAL_ENV=$(cd "$VENV" && pwd)
export VIRTUAL_ENV PATH="$VIRTUAL_ENV/bin:$PATH"
