#!/bin/sh
# sync.sh FOLDER LOCK...: installs what the locks pin into the environment in FOLDER, and removes all else.
# PIP_SYNC names another program for it, such as "pip-sync --quiet".
set -eu
folder=$1 here=${0%/*} sync=${PIP_SYNC:-}
shift
. "$here/isolate.sh"
VIRTUAL_ENV=$(cd "$folder" && pwd)
export VIRTUAL_ENV PATH="$VIRTUAL_ENV/bin:$PATH"

if uv pip sync --show-settings "$@" 2>/dev/null | grep -qE '^ *(target|prefix): Some'; then
    echo "error: uv's configuration sets pip.target or pip.prefix, so packages would go elsewhere: take it out" >&2
    exit 1
fi
# shellcheck disable=SC2086 # a program and its options
exec sh "$here/quiet.sh" ${sync:-uv pip sync --require-hashes --python "$folder/bin/python"} "$@"
