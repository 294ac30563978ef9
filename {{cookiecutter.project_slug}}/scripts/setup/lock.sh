#!/bin/sh
# lock.sh VERSION FOLDER [OPTION...]: compiles pyproject.toml to requirements/*.txt.
# Each lock keeps the pins of the smaller ones, so that serve ⊂ train ⊂ dev; explore and spark are installed
# next to dev, each without the other.
# PIP_COMPILE names another program for it, such as pip-compile.
set -eu
version=$1 folder=$2 here=${0%/*}
shift 2
sh "$here/venv.sh" "$version" "$folder" requirements/tools.txt
PATH=$(cd "$folder" && pwd)/bin:$PATH
waiting=$(cd "$here" && pwd)/waiting.sh
compile=${PIP_COMPILE:-uv pip compile --universal --python-version 3.11}
unset PIP_COMPILE PIP_SYNC # pip would take them for options of its own
export PATH PIP_DISABLE_PIP_VERSION_CHECK=1 UV_CUSTOM_COMPILE_COMMAND="make lock" CUSTOM_COMPILE_COMMAND="make lock"

lock() { # [OPTION...] SOURCE
    # shellcheck disable=SC2086 # a program and its options
    LABEL="make lock" sh "$waiting" $compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
        --no-emit-index-url --no-emit-find-links $options "$@"
}

options=$*
case $compile in
    *pip-compile*) echo "pip-compile: these locks fit $(python --version) on this platform only" ;;
esac
printf '%s\n' flit-core pip pip-tools uv | lock --output-file requirements/tools.txt -
cd requirements
lock -c tools.txt -o serve.txt ../pyproject.toml
lock -c tools.txt -c serve.txt --extra train -o train.txt ../pyproject.toml
lock -c tools.txt -c train.txt --extra train --extra dev -o dev.txt ../pyproject.toml
# What is installed next to another lock holds only what that one lacks; pip-compile cannot leave out, and
# repeats it.
lacking() { # LOCK
    case $compile in
        *pip-compile*) ;;
        *) sed -n 's/==.*//p' "$1" | sort -u | sed 's/^/--no-emit-package /' ;;
    esac
}
# shellcheck disable=SC2046 # many options
lock -c tools.txt -c dev.txt --extra train --extra dev --extra explore -o explore.txt ../pyproject.toml \
    $(lacking dev.txt)
# shellcheck disable=SC2046 # many options
lock -c tools.txt -c dev.txt --extra train --extra spark -o spark.txt ../pyproject.toml $(lacking dev.txt) ||
    echo "note: requirements/spark.txt stays as it was: without pandas before 3 there is no Spark" >&2
for remote in s3 gs azure ssh; do
    # shellcheck disable=SC2046 # many options
    echo "dvc-$remote" | lock -c tools.txt -c dev.txt -o "remote-$remote.txt" - $(lacking train.txt)
done
# For an environment of its own: Airflow needs other versions of what the project has.
printf '%s\n' apache-airflow ruamel.yaml | lock -c tools.txt -o airflow.txt -
