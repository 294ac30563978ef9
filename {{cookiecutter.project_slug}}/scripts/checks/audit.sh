#!/bin/sh
# audit.sh: looks for known vulnerabilities in the locks and for licenses that pyproject.toml does not allow.
# requirements/audit.ignore lists the vulnerabilities we live with, each with its reason.
set -eu

! grep -nvE '^($|#|[A-Z]+-[^ ]+ +# .+)' requirements/audit.ignore || {
    echo "error: these lines of requirements/audit.ignore are not of the form 'ID # reason'" >&2
    exit 1
}
python scripts/checks/licenses.py build/licenses.md
# shellcheck disable=SC2046 # several options
pip-audit --strict --disable-pip --require-hashes --requirement requirements/dev.txt \
    $(sed -n 's/^\([A-Z][^ ]*\) .*/--ignore-vuln \1/p' requirements/audit.ignore) || {
    echo "error: the locks are not cleared, the reason is above:" \
        "make lock ARGS=--upgrade, or add the ID and why to requirements/audit.ignore" >&2
    exit 1
}
