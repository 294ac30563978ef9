#!/bin/sh
# venv.sh VERSION FOLDER LOCK: makes an environment with Python VERSION, or else any Python of at least 3.11,
# and with the tools of LOCK, pip and uv. It makes a moved environment again.
set -eu
version=$1 folder=$2 tools=$3 here=${0%/*}
. "$here/isolate.sh"

fail() { echo "error: $*" >&2 && exit 1; }

# Try each candidate first: a version manager's shim may lead to nothing.
find_python() {
    broken=
    for python in "python$version" python3.13 python3.12 python3.11 python3.14 python3 python; do
        "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        "$python" -I -c 'import venv, ensurepip' 2>/dev/null && return
        broken="$broken $python"
    done
    [ -z "$broken" ] ||
        fail "${broken# } came without the modules venv and ensurepip: install them (Debian: python3-venv)"
    fail "no Python from 3.11 on was found that runs: install one (Debian: python3 python3-venv)"
}

# .path says where setup made the environment; its scripts name that place in their first lines.
in_place() {
    [ -e "$folder/.path" ] && [ "$(cat "$folder/.path")" = "$(cd "$folder" && pwd -P)" ] &&
        "$folder/bin/python" -I -c '' 2>/dev/null
}

# Replace only .venv or what setup made, whatever VENV says.
refuse_others() {
    [ -d "$folder" ] && [ "$folder" != .venv ] || return 0
    [ -e "$folder/.path" ] || [ -e "$folder/.ready" ] || [ -z "$(ls -A "$folder")" ] ||
        fail "$folder holds something that make setup did not make: set VENV to a new folder, or unset it"
}

if ! in_place; then
    find_python
    refuse_others
    rm -rf "$folder"
    mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] ||
        fail "$folder cannot be made: become the owner of the folder it is in, or work in a copy that is yours"
    free=$(df -Pk "$folder" | awk 'NR == 2 {print int($4 / 1024)}')
    [ "$free" -ge 500 ] || { rm -rf "$folder"; fail "only $free MB are free for $folder, which takes about 1,200"; }
    (cd "$folder" && pwd -P) >"$folder/.path"
    sh "$here/quiet.sh" "$python" -I -m venv --without-pip "$folder"
    found=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [ "$found" = "$version" ] ||
        echo "note: no Python $version was found that runs, so $folder is made of Python $found" >&2
fi
cmp -s "$tools" "$folder/.tools" && exit 0

# In two steps, because venv does not say why ensurepip failed.
sh "$here/quiet.sh" "$folder/bin/python" -I -m ensurepip --upgrade --default-pip
elsewhere=$("$folder/bin/python" -I -m pip config list | grep -E '^[a-z]+\.(prefix|python|root|target)=') || true
[ -z "$elsewhere" ] ||
    fail "pip's configuration sends packages elsewhere ($elsewhere): \`pip config debug\` names the file"
sh "$here/quiet.sh" "$folder/bin/python" -I -m pip install --quiet --require-hashes --requirement "$tools"
cp "$tools" "$folder/.tools"
