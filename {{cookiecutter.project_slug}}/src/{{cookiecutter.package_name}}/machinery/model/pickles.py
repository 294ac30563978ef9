"""Finds pickles, which can execute anything when they are loaded, also inside another file."""

import base64
import pickletools
import re
from io import BytesIO

from ..errors import InputError

# How a pickle imports a name: as two lines, or, since protocol 4, as two strings.
LINES = re.compile(rb"[ci][A-Za-z_][\w.]+\n[A-Za-z_][\w.]+\n")
STRINGS = re.compile(
    rb"(?:\x8c(.)|X(.{4})|\x8d(.{8}))([A-Za-z_][\w.]+)\x94?"
    rb"(?:\x8c.|X.{4}|\x8d.{8})[A-Za-z_][\w.]*\x94?\Z",
    re.DOTALL,
)
LONGEST = 200  # bytes of both strings
# Every pickle of protocol 2 to 5 begins like this in base64.
BASE64 = re.compile(rb"gA[I-X][A-Za-z0-9+/\s]{8,}")
COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"x\x9c", b"x\x01", b"x\xda")


def refuse_pickle(content: bytes, source: object) -> None:
    """Raise InputError when `content` is compressed or holds a pickle that imports something."""
    if content.startswith(COMPRESSED):
        raise InputError(f"{source} is compressed: save the model in its own format")
    if any(map(_imports, (content, *map(_decoded, BASE64.findall(content))))):
        raise InputError(
            f"{source} contains a pickle, which can execute anything: save the model without it"
        )


def _imports(content: bytes) -> bool:
    return any(_ends(content, found.start()) for found in LINES.finditer(content)) or any(
        _named(content[max(found.start() - LONGEST, 0) : found.start()])
        for found in re.finditer(rb"\x93", content)
    )


def _named(before: bytes) -> bool:
    """Return whether two strings that can be names end here."""
    found = STRINGS.search(before)
    length = found and (found[1] or found[2] or found[3])
    return bool(found and length and int.from_bytes(length, "little") == len(found[4]))


def _ends(content: bytes, start: int) -> bool:
    """Return whether the code of a pickle from `start` on is valid up to its end, not by chance."""
    rest = BytesIO(content)
    rest.seek(start)
    try:
        codes = [code.name for code, _, _ in pickletools.genops(rest)]
    except (ValueError, OverflowError):
        return False
    return len(codes) > 1


def _decoded(text: bytes) -> bytes:
    plain = b"".join(text.split())
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    return base64.b64decode(plain + b"=" * (-len(plain) % 4))
