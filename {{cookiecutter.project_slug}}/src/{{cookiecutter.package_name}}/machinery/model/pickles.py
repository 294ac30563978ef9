"""Finds pickles, which can execute anything when they are loaded, also inside another file."""

import base64
import pickletools
import re

from ..errors import InputError

NAME = re.compile(r"[A-Za-z_][\w.]*")
# Where a pickle may start: its protocol, or, before there was one, the import of a name.
STARTS = re.compile(rb"\x80[\x02-\x05]|[(]?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")
# The same as text: "gAJ" to "gAV" is the beginning of a protocol in base64.
TEXT = re.compile(rb"gA[JNRVWX][A-Za-z0-9+/\s]{8,}={0,2}")
COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"x\x9c", b"x\x01", b"x\xda")


def refuse_pickle(content: bytes, source: object) -> None:
    """Raise InputError when `content` is compressed or holds a pickle that imports something."""
    if content.startswith(COMPRESSED):
        raise InputError(f"{source} is compressed: save the model in its own format")
    texts = (_decoded(found[0]) for found in TEXT.finditer(content))
    if any(map(holds_pickle, (content, *texts))):
        raise InputError(
            f"{source} contains a pickle, which can execute anything: save the model without it"
        )


def holds_pickle(content: bytes) -> bool:
    """Return whether a pickle starts anywhere in `content` and imports a name before it ends."""
    return any(_imports(content, found.start()) for found in STARTS.finditer(content))


def _imports(content: bytes, start: int) -> bool:
    imports, names = False, ["", ""]
    try:
        # Views instead of copies would save nothing: random bytes end after a few steps.
        for code, argument, _ in pickletools.genops(content[start : start + 2**16]):
            if code.name in {"GLOBAL", "INST"}:
                imports |= all(map(NAME.fullmatch, str(argument).split(" ", 1)))
            elif code.name == "STACK_GLOBAL":
                imports |= all(map(NAME.fullmatch, names))
            elif isinstance(argument, str):
                names = [names[1], argument]
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError):
        return imports  # cut off after 64 KiB, or spoiled at the end: the import counts
    return imports


def _decoded(text: bytes) -> bytes:
    plain = b"".join(text.split()).rstrip(b"=")
    return base64.b64decode(plain[: len(plain) // 4 * 4])
