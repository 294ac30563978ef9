#!/bin/sh
# build.sh TARGET [OPTION...]: builds a target of the Dockerfile, and shows the end of the log if that fails.
# Taken from the environment: DOCKER, BASE_IMAGE, CA_BUNDLE, PIP_CONF, proxies, DOCKER_BUILD_ARGS.
set -eu
target=$1
shift
log=build/$target.log
DOCKER=${DOCKER:-docker}
CA_BUNDLE=${CA_BUNDLE:-${PIP_CERT:-}}

fail() { echo "error: $*" >&2 && exit 1; }

command -v "$DOCKER" >/dev/null ||
    fail "$DOCKER does not run: install Docker (Debian: apt-get install docker.io) or set DOCKER=/path/to/docker"
said=$("$DOCKER" version 2>&1) || {
    printf '%s\n' "$said" | tail -n 1 >&2
    fail "no Docker engine answers: start it (Linux: sudo systemctl start docker) or set DOCKER_HOST"
}

for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    eval "value=\${$proxy:-}"
    [ -z "$value" ] || set -- "$@" --build-arg "$proxy"
done
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg "BASE_IMAGE=$BASE_IMAGE"
[ -z "$CA_BUNDLE" ] || set -- "$@" --secret "id=ca_bundle,src=$CA_BUNDLE"
[ -z "${PIP_CONF:-}" ] || set -- "$@" --secret "id=pip_conf,src=$PIP_CONF"

mkdir -p build
# shellcheck disable=SC2086 # several options
DOCKER_BUILDKIT=1 "$DOCKER" build --progress=plain --target "$target" "$@" ${DOCKER_BUILD_ARGS:-} . >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "the build of $target failed, its last lines are above, the others in $log"
}
