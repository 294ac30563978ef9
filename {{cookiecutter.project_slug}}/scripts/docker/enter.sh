#!/bin/sh
# enter.sh: prepares a project in the image that trains; a dev container runs it once, after it was made.
set -eu
. scripts/docker/names.sh
# python.txt says which Python decides the numbers: here it is the image's.
python -c 'import sys; print("%d.%d" % sys.version_info[:2])' > requirements/python.txt
git config --global --get-all safe.directory | grep -qx /project || git config --global --add safe.directory /project
"$project" data setup
echo "Ready: dvc repro trains the model, pytest runs the tests, $project --help lists the rest."
