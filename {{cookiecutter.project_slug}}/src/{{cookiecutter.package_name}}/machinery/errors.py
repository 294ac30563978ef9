"""How a user's mistake is reported: one sentence, never a traceback."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from polars.exceptions import ColumnNotFoundError, PolarsError


class InputError(Exception):
    """A user's mistake in one line: what was given, what is wrong, what to do."""


# Errors that a user can cause by input, by files and folders, or by tables with other columns.
MISTAKES = (InputError, OSError, PolarsError)


def sentence(error: BaseException) -> str:
    """Return the message of `error` on one line."""
    if isinstance(error, OSError) and error.strerror:  # Polars raises some with only a text
        return f"{error.filename or 'a file'}: {error.strerror}: check path, rights and free space"
    if isinstance(error, ColumnNotFoundError):
        name, *known = re.findall(r'"([^"]+)"', str(error).partition("]")[0]) or ["?"]
        return f"there is no column {name!r}{meant(name, known)}"
    text, _, _ = str(error).partition("Resolved plan until failure")  # Polars' debug text
    return " ".join(text.split())


def meant(name: str, known: Sequence[str]) -> str:
    """Return what to write instead of `name`: the known name that is like it, or all that are."""
    if close := get_close_matches(name, known, 1):
        return f": did you mean {close[0]!r}?"
    return f": there are {', '.join(known)}" if known else ": correct its name"
