# shellcheck shell=sh disable=SC2034 # those who source it use them
# names.sh, to be sourced: the names of the project and its images.
DOCKER=${DOCKER:-docker}
project=$(sed -n 's/^name = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
project_version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
train_image=$project:$project_version-train
