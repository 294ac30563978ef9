#!/bin/sh
# build.sh TARGET [OPTION...]: builds a target of the Dockerfile; says in one sentence why it cannot.
# Taken from the environment: DOCKER, BASE_IMAGE, CA_BUNDLE, PIP_CONF, proxies, DOCKER_BUILD_ARGS.
set -u
target=$1
shift
log=build/$target.log
base=${BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE="\(.*\)"/\1/p' Dockerfile)}

fail() { echo "error: $*" >&2 && exit 1; }
shows() { grep -qiE "$1" "$log"; }
said() { grep -iE "$1" "$log" | sed 's/^#[0-9]* *[0-9.]* *//' | sort -u | head -n 1; }

# The reasons stand in the order in which a build meets them.
explain() {
    if shows 'permission denied.*(docker|daemon|connect)'; then
        fail "you may not use the Docker engine: join the group docker (sudo usermod -aG docker $(id -un)), log in again"
    elif shows 'cannot connect to the docker daemon|failed to connect to the docker api|is the docker daemon running'; then
        fail "no Docker engine answers: start it (Linux: sudo systemctl start docker) or set DOCKER_HOST"
    elif shows 'buildx component is missing|buildkit not supported|requires buildkit|unknown flag: --(secret|progress)'; then
        fail "this docker has no BuildKit: install its buildx plugin, or set DOCKER=/path/to/another/docker"
    elif shows 'no space left on device'; then
        fail "the disk is full: docker system prune frees space, docker system df shows who takes it"
    elif shows "which is not installed|has requirement .* but you have"; then
        fail "requirements/serve.txt is older than pyproject.toml ($(said 'which is not installed|has requirement')): make lock"
    elif shows 'hash(es)? (do not match|are required)|do not match the hashes|in --require-hashes mode'; then
        sed 's/^#[0-9]* *[0-9.]* *//' "$log" | grep -A 12 'ERROR: ' | head -n 15 >&2
        fail "pip refused a package whose hash is not that of the lock: find out who changed it, then make lock"
    elif shows 'from versions: none|max retries exceeded|NewConnectionError|CERTIFICATE_VERIFY_FAILED|Temporary failure in name resolution'; then
        fail "pip reaches no package index: behind a proxy give HTTPS_PROXY, CA_BUNDLE=file.pem, PIP_CONF=pip.conf"
    elif shows 'failed to do request|failed to resolve|load metadata for .*ERROR|pull access denied|manifest unknown|connection refused|no such host'; then
        fail "the base image $base cannot be had: check network and login, or name a mirror's as BASE_IMAGE=..."
    fi
    tail -n 20 "$log" >&2
    fail "the build of $target failed, its log is $log"
}

command -v "${DOCKER:=docker}" >/dev/null ||
    fail "$DOCKER is no command: install Docker (Debian: apt-get install docker.io) or set DOCKER=/path/to/docker"

for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    eval "value=\${$proxy:-}"
    [ -z "$value" ] || set -- "$@" --build-arg "$proxy"
done
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg "BASE_IMAGE=$BASE_IMAGE"
[ -z "${CA_BUNDLE:-}" ] || set -- "$@" --secret "id=ca_bundle,src=$CA_BUNDLE"
[ -z "${PIP_CONF:-}" ] || set -- "$@" --secret "id=pip_conf,src=$PIP_CONF"

mkdir -p build
# shellcheck disable=SC2086 # several options
DOCKER_BUILDKIT=1 "$DOCKER" build --progress=plain --target "$target" "$@" ${DOCKER_BUILD_ARGS:-} . >"$log" 2>&1 || explain
