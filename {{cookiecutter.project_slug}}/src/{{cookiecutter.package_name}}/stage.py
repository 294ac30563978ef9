"""What every stage of the pipeline shares: its command line and how it reports a user's mistake."""

import inspect
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from polars.exceptions import PolarsError


class InputError(Exception):
    """A user's mistake, said in one line: what was given, what is wrong, what to do."""


# What a user can cause: by input, by files and folders, by tables that are not what they seem.
MISTAKES = (InputError, OSError, PolarsError)


def stage(main: Callable[..., None]) -> None:
    """Call `main` with the paths of the command line; a mistake is one line and exit status 1."""
    paths = [Path(argument) for argument in sys.argv[1:]]
    names = list(inspect.signature(main).parameters)
    if len(paths) != len(names):
        sys.exit(f"error: {len(paths)} paths were given, give {len(names)}: {' '.join(names)}")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main(*paths)
    except MISTAKES as error:
        sys.exit(f"error: {sentence(error)}")


def sentence(error: Exception) -> str:
    """Return what `error` says in one line."""
    if isinstance(error, OSError) and error.strerror:  # Polars raises some with a text alone
        return f"{error.filename or 'a file'}: {error.strerror}: check path, rights and free space"
    return " ".join(str(error).split())
