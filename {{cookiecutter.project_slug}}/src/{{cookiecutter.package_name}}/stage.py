"""What every stage of the pipeline shares: its command line and how it reports a user's mistake."""

import inspect
import logging
import sys
from collections.abc import Callable
from pathlib import Path


class InputError(Exception):
    """A user's mistake, said in one line: what was given, what is wrong, what to do."""


def stage(main: Callable[..., None]) -> None:
    """Call `main` with the paths of the command line; a mistake is one line and exit status 1."""
    paths = [Path(argument) for argument in sys.argv[1:]]
    names = list(inspect.signature(main).parameters)
    if len(paths) != len(names):
        sys.exit(f"error: {len(paths)} paths were given, give {len(names)}: {' '.join(names)}")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main(*paths)
    except InputError as error:
        sys.exit(f"error: {error}")
