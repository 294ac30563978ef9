#!/bin/sh
# install.sh COMMAND...: runs a step of the installation; says in one sentence why it cannot.
if said=$("$@" 2>&1); then
    printf '%s\n' "$said" | grep -iE '^(warning|note)' >&2
    exit 0
fi

fail() { echo "error: $*" >&2 && exit 1; }
shows() { printf '%s' "$said" | grep -qiE "$1"; }
line() { printf '%s' "$said" | grep -iE "$1" | tail -n 1 | sed 's/^[^[:alnum:]]*//; s/^error: //I'; }

full='no space left|disk quota exceeded|not enough free'
closed='permission denied|read-only file system|not a directory|operation not permitted'
changed='hash mismatch|do not match the hashes|in --require-hashes mode'
unfit='no matching distribution.*requires-python|has no wheels with a matching|not supported wheel|no solution found'
refused='401|403|unauthorized|forbidden'
unreached='from versions: none|max retries exceeded|connection (refused|reset|error|broken)|certificate|resolution|resolve|dns error|timed out|failed to fetch|error sending request|proxy'

if shows "$full"; then
    fail "the disk is full: df -h . ~ /tmp says which, uv cache clean and pip cache purge free some"
elif shows "$closed"; then
    fail "this cannot be written: $(line "$closed"): become its owner, or work in a folder that is yours"
elif shows "$changed"; then
    printf '%s\n' "$said" | tail -n 15 >&2
    fail "a package is not the one whose hash is in the lock: find out who changed it, then make lock"
elif shows "$unfit"; then
    fail "a locked package does not exist for this Python or machine ($(line "$unfit")): take the Python of the Makefile"
elif shows "http error ($refused)|status client error \\(($refused)|($refused) (client error|unauthorized|forbidden)"; then
    fail "the package index wants other credentials: set them in the URLs of PIP_INDEX_URL and UV_DEFAULT_INDEX, or in ~/.netrc"
elif shows "$unreached"; then
    fail "no package index is reached: check the network; behind a proxy set HTTPS_PROXY, for its certificates" \
        "PIP_CERT and SSL_CERT_FILE, for an index of your own PIP_INDEX_URL and UV_DEFAULT_INDEX"
fi
printf '%s\n' "$said" | tail -n 20 >&2
fail "$1 failed, its reason is above"
