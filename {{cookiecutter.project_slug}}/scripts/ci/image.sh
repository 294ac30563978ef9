#!/bin/sh
# image.sh: builds the image of the model VERSION, runs it, lists and audits its packages.
# With PUSH=registry/name, it pushes the image and prints the digest by which to deploy it.
set -eu
version=${VERSION:-candidate}
summary=${SUMMARY:-build/ci/summary.md}
mkdir -p "$(dirname "$summary")" build/ci models
. scripts/setup/activate.sh
. scripts/ci/remote.sh

if [ "$version" != candidate ]; then # a release is the candidate of the commit that carries its tag
    dvc pull models/candidate
    cp -R models/candidate "models/$version"
elif [ ! -e models/candidate/manifest.json ]; then
    sh scripts/ci/sample.sh build/sample
    cp -R build/sample/models/candidate models/candidate
fi

image=$(sh scripts/docker/serve.sh "$version")
${DOCKER:-docker} run --rm --read-only --cap-drop ALL --network none "$image" check-model
sh scripts/docker/sbom.sh "$version"
sh scripts/checks/audit.sh

[ -n "${PUSH:-}" ] || exit 0
${DOCKER:-docker} tag "$image" "$PUSH:$version"
${DOCKER:-docker} push "$PUSH:$version" | tee build/ci/push.log
digest=$(sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p' build/ci/push.log)
[ -n "$digest" ] || { echo "error: the registry gave no digest, see above" >&2; exit 1; }
echo "Deploy $PUSH@$digest" | tee -a "$summary"
