#!/bin/sh
# wheel.sh: builds the package that predicts, for other applications, into dist/.
set -eu
sh scripts/docker/build.sh wheel --output dist
ls dist/*.whl
