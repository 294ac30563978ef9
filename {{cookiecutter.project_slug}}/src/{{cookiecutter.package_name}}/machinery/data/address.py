"""Addresses of tables: a secret in one is a variable of the environment, and is never stored."""

import os
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlsplit

from ..errors import InputError

SCHEMES = ("http", "https", "s3", "gs", "azure", "ssh")
VARIABLE = re.compile(r"\$\{(\w+)\}")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# Words in the name of a parameter whose value nobody else should see.
SECRETS = {
    *("accesskey", "accesstoken", "apikey", "auth", "authorization", "credential", "credentials"),
    *("jwt", "key", "pass", "passwd", "password", "pwd", "sas", "secret", "session", "sig"),
    *("signature", "token", "user", "username"),
}


def refuse_secrets(url: str) -> None:
    """Raise InputError, which does not repeat it, when a secret is written out in `url`."""
    if found := next(_secrets(url), None):
        raise InputError(
            f"the URL holds a {found}, which Git would keep: write a variable of the environment"
            " in its place, as in ${TOKEN}, or, for PostgreSQL, leave it out and set PGUSER and"
            " PGPASSWORD"
        )


def _secrets(url: str) -> Iterator[str]:
    """Yield what each secret of `url` is called."""
    address = urlsplit(url)
    before = address.netloc.rpartition("@")[0]
    for what, value in zip(("user", "password"), before.split(":", 1), strict=False):
        if value and not VARIABLE.fullmatch(value):
            yield what
    for part in (address.query, address.fragment):
        for name, value in parse_qsl(part):
            words = {word.lower() for word in WORD.findall(name)}
            if words & SECRETS and not VARIABLE.fullmatch(value):
                yield f"parameter {name!r}"


def expand(url: str) -> str:
    """Return `url` with the values of its variables; raise InputError when one is not set."""
    missing = [name for name in VARIABLE.findall(url) if not os.environ.get(name)]
    if missing:
        raise InputError(f"the URL names {missing[0]}, which is not set: export {missing[0]}=…")
    return VARIABLE.sub(lambda found: quote(os.environ[found[1]], safe=""), url)


def hide(text: str, url: str) -> str:
    """Return `text`, which may repeat the expanded `url`, without the values of its variables."""
    for name in VARIABLE.findall(url):
        for value in (os.environ.get(name, ""), quote(os.environ.get(name, ""), safe="")):
            text = text.replace(value, "${" + name + "}") if value else text
    return text
