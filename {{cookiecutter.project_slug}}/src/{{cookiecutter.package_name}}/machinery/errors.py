"""How a user's mistake is reported: one sentence, never a traceback."""

from polars.exceptions import PolarsError


class InputError(Exception):
    """A user's mistake in one line: what was given, what is wrong, what to do."""


# Errors that a user can cause by input, by files and folders, or by tables with other columns.
MISTAKES = (InputError, OSError, PolarsError)


def sentence(error: BaseException) -> str:
    """Return the message of `error` on one line."""
    if isinstance(error, OSError) and error.strerror:  # Polars raises some with only a text
        return f"{error.filename or 'a file'}: {error.strerror}: check path, rights and free space"
    text, _, _ = str(error).partition("Resolved plan until failure")  # Polars' debug text
    return " ".join(text.split())
