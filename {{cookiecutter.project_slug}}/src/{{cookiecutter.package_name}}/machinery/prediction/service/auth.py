"""Authentication: the tokens of a file, or no token at all."""

import hmac
import re
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi import Request

from ...errors import InputError
from ...files import read_file
from .problems import RefusalError

SHORTEST = 16  # characters; openssl rand -hex 32 makes 64
LARGEST = 2**20  # bytes of the file
TOKEN = re.compile("[!-~]{" + str(SHORTEST) + ",}")  # what a header can carry


def read_tokens(path: Path) -> list[bytes]:
    """Return the hashes of the tokens in a file, one a line; raise InputError when one is short."""
    try:
        lines = read_file(path, LARGEST).decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError, ValueError):
        raise InputError(f"{path} cannot be read: give --token-file one token a line") from None
    tokens = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not tokens or not all(map(TOKEN.fullmatch, tokens)):
        raise InputError(
            f"{path} has {len(tokens)} tokens, and each needs {SHORTEST} characters of ASCII or"
            " more, without blanks: openssl rand -hex 32 makes one"
        )
    return [_hash(token) for token in tokens]


def authenticate(request: Request, tokens: list[bytes]) -> None:
    """Raise RefusalError unless `request` carries one of the tokens, or there are none."""
    if tokens and not valid(request.headers.get("authorization", ""), tokens):
        raise RefusalError(
            HTTPStatus.UNAUTHORIZED,
            "The token is missing or not known: send Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def valid(authorization: str, tokens: list[bytes]) -> bool:
    """Return whether a header Authorization carries one of the tokens, in constant time."""
    scheme, _, token = authorization.partition(" ")
    # Compare with every token, by hashes of one length: the duration must not reveal anything.
    found = [hmac.compare_digest(_hash(token.strip()), known) for known in tokens]
    return scheme.lower() == "bearer" and any(found)


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
