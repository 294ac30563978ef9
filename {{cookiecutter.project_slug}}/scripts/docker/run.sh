#!/bin/sh
# run.sh repro: runs what is stale of the pipeline, in the image.
# run.sh notebook: opens JupyterLab in the image, at PORT=8888 of this machine only.
set -eu
. scripts/docker/names.sh
what=${1:-}
port=${PORT:-8888}
case $what in
    repro | notebook) ;;
    *) echo "error: say what to run: sh scripts/docker/run.sh repro, or notebook" >&2; exit 1 ;;
esac
sh scripts/docker/train.sh
set -- run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/project"
if [ "$what" = notebook ]; then
    exec "$DOCKER" "$@" --init --publish "127.0.0.1:$port:$port" "$train_image" \
        jupyter lab --allow-root --no-browser --ip=0.0.0.0 --port="$port" --notebook-dir=notebooks
fi
# python.txt says which Python decides the numbers: here it is the image's.
exec "$DOCKER" "$@" "$train_image" sh -c \
    'python -c "import sys; print(\"%d.%d\" % sys.version_info[:2])" > requirements/python.txt && dvc repro'
