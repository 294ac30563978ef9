#!/bin/sh
# transfer.sh pull|push: fetches data and models from DVC's default remote, or pushes them there.
set -eu
# DVC would fold a long line.
remote=$(COLUMNS=9999 dvc remote list |
    sed -n 's/^[^[:space:]]*[[:space:]]*\(.*[^[:space:]]\)[[:space:]]*(default)$/\1/p')
[ -n "$remote" ] || { echo "error: DVC has no default remote: dvc remote default NAME" >&2; exit 1; }

case $remote in
    *://*) ;;
    *) # If a share is not mounted, DVC would create the folder, and files pushed there would be lost.
        [ -d "$remote" ] || {
            echo "error: the remote folder $remote is not there: mount it, make it if it is new (mkdir), or name the" \
                "one that your team uses: dvc remote modify --local storage url FOLDER" >&2
            exit 1
        }
        ;;
esac
[ ! -t 2 ] || echo "dvc $1: $remote" >&2
dvc "$1" && exit 0
status=$?
echo "error: dvc $1 failed, its reason is above; the remote is $remote" >&2
case $1:$remote in
    *:*://*) echo "Can it be reached, did make setup run since it is of this kind, and are its credentials set" \
        "(s3: AWS_PROFILE, gs: GOOGLE_APPLICATION_CREDENTIALS, azure: AZURE_STORAGE_CONNECTION_STRING," \
        "ssh: a key that the server knows)?" >&2 ;;
    pull:*) echo "If files are missing there, whoever made this commit has to make push; make repro makes all but" \
        "the external tables again." >&2 ;;
esac
exit "$status"
