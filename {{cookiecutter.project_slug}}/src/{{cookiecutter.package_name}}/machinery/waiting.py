"""Shows on a terminal that a long command still runs; elsewhere nothing is shown."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import click

QUIET = 2  # seconds in which nobody wonders
SHOWN = "WAITING"  # set by scripts/setup/waiting.sh, which shows seconds itself
_instead = Event()  # something else shows how far it is


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Show `label` and the seconds so far while the body runs, each second, in one line."""
    if not sys.stderr.isatty() or SHOWN in os.environ:
        yield
        return
    ended = Event()

    def tick() -> None:
        seconds = 0
        while not ended.wait(1):
            seconds += 1
            if seconds >= QUIET and not _instead.is_set():
                # What is printed next overwrites the line.
                click.echo(f"{label}: {seconds} s \x1b[K\r", nl=False, err=True)

    clock = Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield
    finally:
        ended.set()
        clock.join()
        click.echo("\x1b[K", nl=False, err=True)


@contextmanager
def instead() -> Iterator[None]:
    """Show no seconds while the body shows how far it is itself."""
    _instead.set()
    try:
        yield
    finally:
        _instead.clear()
