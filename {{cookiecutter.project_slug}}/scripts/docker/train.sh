#!/bin/sh
# train.sh: builds the image that runs the pipeline, the tests and Jupyter.
set -eu
. scripts/docker/names.sh
kind=$(sed -n 's,^ *url = "*\(s3\|gs\|azure\|ssh\)://.*,\1,p' .dvc/config)
sh scripts/docker/build.sh train --tag "$train_image" \
    --build-arg TRAIN_LOCKS="requirements/dev.txt${kind:+ requirements/remote-$kind.txt}"
echo "$train_image"
