#!/bin/sh
# venv.sh VERSION FOLDER: makes an empty environment with Python VERSION, or else any from 3.11 on.
# Each candidate is run before it is trusted: a version manager's shim may stand for nothing.
version=$1 folder=$2 install=${0%/*}/install.sh
broken=

for python in "python$version" python3.13 python3.12 python3.11 python3.14 python3 python; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        broken="$broken $python"
        continue
    fi
    rm -rf "$folder"
    # In two steps, because venv keeps to itself why ensurepip failed.
    if ! sh "$install" "$python" -m venv --without-pip "$folder" ||
        ! sh "$install" "$folder/bin/python" -m ensurepip --upgrade --default-pip; then
        rm -rf "$folder"
        exit 1
    fi
    found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [ "$found" = "$version" ] ||
        echo "note: no Python $version was found that runs, so $folder is made of Python $found" >&2
    exit 0
done

if [ -n "$broken" ]; then
    echo "error:$broken came without the modules venv and ensurepip: install them (Debian: python3-venv)" >&2
else
    echo "error: no Python from 3.11 on was found that runs: install one (Debian: python3 python3-venv)" >&2
fi
exit 1
