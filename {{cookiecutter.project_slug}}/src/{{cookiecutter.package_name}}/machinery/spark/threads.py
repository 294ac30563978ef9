"""The threads of a worker of Spark; it imports nothing, because Polars reads this when imported."""

import os


def one_thread() -> None:
    """Let the libraries of this process use one thread: Spark starts a process for each core.

    Spark's own setting for this does not reach the processes of a local session.
    """
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
