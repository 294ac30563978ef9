#!/bin/sh
# quiet.sh COMMAND...: runs a command without its output, and shows the end of that output if it fails.
[ -n "${WAITING:-}" ] || LABEL=${1##*/} exec sh "${0%/*}/waiting.sh" sh "$0" "$@"
said=$("$@" 2>&1) && exit 0
printf '%s\n' "$said" | tail -n 20 >&2
echo "error: $* failed, its last lines are above" >&2
exit 1
