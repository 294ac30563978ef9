#!/bin/sh
# sbom.sh [VERSION]: builds the image and writes build/sbom/{lock,image}.cdx.json; fails where they disagree.
# They list Python packages: the publisher of the base image lists Debian's.
set -eu
. scripts/setup/activate.sh
. scripts/docker/names.sh
image=$(sh scripts/docker/serve.sh "$@")
python=$(sed -n 's/^PYTHON_VERSION := //p' Makefile)
mkdir -p build/sbom

# The lock serves several Pythons: only the pins for the image's one count.
uv pip compile --quiet --no-deps --no-header --no-annotate --generate-hashes --no-emit-index-url \
    --python-version "$python" --python-platform linux requirements/serve.txt --output-file build/sbom/lock.txt
"$DOCKER" run --rm --entrypoint python "$image" -c '
import re
from importlib.metadata import distributions
called = {re.sub("[-_.]+", "-", each.name).lower(): each.version for each in distributions()}
print(*sorted(f"{name}=={version}" for name, version in called.items()), sep="\n")
' >build/sbom/image.txt

# This list has no graph of dependencies; each run would warn of that.
for source in lock image; do
    PYTHONWARNINGS=ignore::UserWarning cyclonedx-py requirements --output-reproducible --short-PURLs \
        --pyproject pyproject.toml --output-file "build/sbom/$source.cdx.json" "build/sbom/$source.txt"
done
exec python - build/sbom/lock.cdx.json build/sbom/image.cdx.json <<'PYTHON'
import json, pathlib, sys

lock, image = (json.loads(pathlib.Path(path).read_bytes()) for path in sys.argv[1:])
own = image["metadata"]["component"]
packages = [
    {each["purl"] for each in sbom["components"] if each["name"] != own["name"]} for sbom in (lock, image)
]
if packages[0] != packages[1]:
    sys.exit(f"error: lock and image differ in {', '.join(sorted(packages[0] ^ packages[1]))}: make image")
print(f"{len(packages[0])} packages: {' '.join(sys.argv[1:])}")
PYTHON
