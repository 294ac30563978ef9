#!/bin/sh
# repro.sh FOLDER: runs the whole pipeline on the sample in FOLDER, which is made anew.
set -eu
rm -rf "$1"
mkdir -p "$1/data/external"
cp -R .dvc dvc.yaml params.yaml requirements src "$1"
cp data/sources.json "$1/data"
cp tests/sample/*.parquet "$1/data/external"
rm -rf "$1/.dvc/cache" "$1/.dvc/tmp"
cd "$1"
dvc config core.no_scm true
dvc repro --quiet
dvc metrics show
