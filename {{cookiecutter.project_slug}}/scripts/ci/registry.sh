#!/bin/sh
# registry.sh: does ACTION=release, promote or rollback, with VERSION, STAGE, ACCEPT and the remote's credentials.
set -eu
case ${ACTION:-} in
    release | promote | rollback) ;;
    *) echo "error: ACTION=${ACTION:-} has to be release, promote or rollback" >&2; exit 1 ;;
esac
. scripts/setup/activate.sh
. scripts/ci/remote.sh
make "$ACTION" VERSION="${VERSION:-}" STAGE="${STAGE:-}"
