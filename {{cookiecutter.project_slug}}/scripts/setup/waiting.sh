#!/bin/sh
# waiting.sh COMMAND...: runs a command, and shows on a terminal each second that it still runs.
# LABEL names it. Without a terminal nothing is shown, and what it starts shows no seconds of its own.
[ -z "${WAITING:-}" ] || exec "$@"
export WAITING=1
[ -t 2 ] || exec "$@"
(
    seconds=0
    while sleep 1 && kill -0 "$$" 2>/dev/null; do
        seconds=$((seconds + 1))
        # What is printed next overwrites the line.
        [ "$seconds" -lt 2 ] || printf '%s: %s s\033[K\r' "${LABEL:-${1##*/}}" "$seconds" >&2
    done
) >/dev/null &
clock=$!
trap 'kill "$clock" 2>/dev/null; printf "\033[K" >&2' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$@"
