#!/bin/sh
# settle.sh FOLDER: copies a folder to /staging, with bytecode, plain modes and one time on every file.
# A folder of the base image gives only its bytecode.
set -eu
export PYTHONHASHSEED=0
unset PYTHONDONTWRITEBYTECODE

# One process and a fixed order, because the bytes depend on the files compiled before.
compile() {
    python -m compileall -q --invalidation-mode unchecked-hash "$@" || true # templates are not Python
}

mkdir -p /staging
case $1 in
    /staging) compile -s /staging -p / /staging ;;
    /app)
        compile /app
        mv /app /staging/app
        ;;
    *)
        compile -x '/(test|tests|idlelib|tkinter|turtledemo|ensurepip|lib2to3|site-packages|dist-packages)/' "$1"
        find "$1" -name '*.pyc' -exec cp --parents --target-directory /staging {} +
        ;;
esac
chmod -R u=rwX,go=rX /staging
find /staging -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
