#!/bin/sh
# serve.sh [VERSION]: builds the image that predicts, with a released version, a stage or the candidate in it.
set -eu
. scripts/docker/names.sh
version=${1:-candidate}

[ -e "models/$version/manifest.json" ] || {
    echo "error: models/$version holds no model: make repro trains the candidate, make pull fetches it," \
        "$project model fetch fetches releases" >&2
    exit 1
}
version=$(readlink "models/$version" || echo "$version") # a stage is a link to a version
image=${IMAGE:-$project:$project_version-$version}
sh scripts/docker/build.sh serve --tag "$image" \
    --build-arg VERSION="$version" \
    --build-arg PROJECT_VERSION="$project_version" \
    --build-arg REVISION="$(git describe --always --abbrev=40 --match= --dirty 2>/dev/null || echo unknown)" \
    --build-arg LOCK_SHA256="$(sha256sum <requirements/serve.txt | cut -d' ' -f1)"
echo "$image"
