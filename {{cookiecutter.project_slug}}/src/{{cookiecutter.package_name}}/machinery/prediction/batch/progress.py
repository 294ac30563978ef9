"""A progress bar on a terminal; elsewhere nothing is shown."""

import sys
import time

import click

from ...waiting import instead
from .source import CHUNK, Chunks


def shown(chunks: Chunks, *, rows: int | None) -> Chunks:
    """Yield `chunks`; on a terminal, show how many of `rows` are done and how fast."""
    if not sys.stderr.isatty():
        yield from chunks
        return
    start, done = time.perf_counter(), 0

    def rate(_: object) -> str:
        return f"{done:,} rows, {done / (time.perf_counter() - start):,.0f} rows/s"

    steps = None if rows is None else -(-rows // CHUNK)
    bar = click.progressbar(chunks, length=steps, item_show_func=rate, file=sys.stderr)
    with instead(), bar:
        for good, unfit in bar:
            yield good, unfit
            done += good.height + unfit.height
