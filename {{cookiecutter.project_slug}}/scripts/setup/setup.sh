#!/bin/sh
# setup.sh VERSION FOLDER LOCK: makes the environment FOLDER of Python VERSION from a lock of requirements/,
# and installs the project into it. It changes no other environment, whatever variables say.
set -eu
version=$1 folder=$2 lock=$3 here=${0%/*}

fail() { echo "error: $*" >&2 && exit 1; }

git --version >/dev/null 2>&1 || fail "git does not run: install it (Debian: git)"
[ -w . ] && [ -w requirements ] ||
    fail "$PWD cannot be written: become its owner, or work in a copy that is yours"

kind=$(sed -n 's,^ *url = "*\(s3\|gs\|azure\|ssh\)://.*,\1,p' .dvc/config)
case $lock in
    explore | spark) locks=requirements/dev.txt ;; # theirs hold only what dev.txt lacks
    *) locks= ;;
esac
set -- requirements/tools.txt $locks "requirements/$lock.txt" ${kind:+"requirements/remote-$kind.txt"}
echo "making $folder from $*"
rm -f "$folder/.ready"
sh "$here/venv.sh" "$version" "$folder" requirements/tools.txt
sh "$here/sync.sh" "$folder" "$@"

. "$here/isolate.sh"
python=$folder/bin/python
sh "$here/quiet.sh" "$folder/bin/uv" pip install --python "$python" --no-deps --no-build-isolation --editable .
"$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' >requirements/python.txt
