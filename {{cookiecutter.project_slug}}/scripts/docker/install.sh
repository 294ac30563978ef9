#!/bin/sh
# install.sh LOCK...: installs locks into a new environment in /app.
# install.sh WHEEL: installs the project into that environment; only the added files go to /staging.
set -eu

case $1 in
    *.whl)
        packages=$(/app/.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        /tools/bin/pip --python /app/.venv/bin/python install --quiet --no-deps --no-index --no-compile \
            --prefix /staging/app/.venv "$1"
        # This fails if the lock is older than pyproject.toml.
        PYTHONPATH=/staging$packages /tools/bin/pip --python /app/.venv/bin/python check
        ;;
    *)
        python -m venv --without-pip /app/.venv
        for lock in "$@"; do set -- "$@" --requirement "$lock"; shift; done
        /tools/bin/pip --python /app/.venv/bin/python install --quiet --require-hashes --no-compile "$@"
        ;;
esac
