"""Where the log's rows wait on disk while the database is away: appended, synced, replayed."""

import errno
import fcntl
import os
import threading
import uuid
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

Rows = list[dict[str, Any]]

MAX_FILE = 16 * 2**20  # bytes, then a new file begins


class Spool:
    """A folder of files, each line one batch.

    The file that is being written is locked, so that nobody replays it, and the lock ends with its
    process. A line that was not finished, the last of its file, was never answered.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: FileIO | None = None
        self._mine = threading.Lock()  # of the file that is open: the replay closes it

    def append(self, rows: Rows) -> None:
        """Keep `rows`: they are on the disk when this returns; raise OSError when they are not."""
        line = orjson.dumps(rows) + b"\n"
        with self._mine:
            self._file = self._file or self._open()
            try:
                if self._file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(self._file.fileno())
            except OSError:
                self._close()  # the next one must not continue a torn line
                raise
            if self._file.tell() > MAX_FILE:
                self._close()

    def close(self) -> None:
        """Let go of the file that is being written, so that it can be replayed."""
        with self._mine:
            self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def replay(self, write: Callable[[Rows], bool]) -> None:
        """Hand every batch to `write` and remove it; what it refuses, False, is put aside.

        What `write` raises ends the replay, and nothing is removed that was not written.
        """
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                if not _lock(file):
                    continue  # another replica, or we ourselves, write to it
                refused = [line for line in file if not _written(line, write)]
                if refused:
                    self._put_aside(refused, path.with_suffix(".refused"))
                path.unlink()

    def size(self) -> int:
        """Return how many bytes wait."""
        return sum(path.stat().st_size for path in self.folder.glob("*.jsonl") if path.exists())

    def check(self) -> None:
        """Raise OSError when nothing can be kept here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f"{uuid.uuid4().hex}.probe"
        probe.touch()
        probe.unlink()

    def _open(self) -> FileIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            # Unbuffered: what could not be written must not be tried again when it is closed.
            path = self.folder / f"{uuid.uuid4().hex}.jsonl"
            file = path.open("xb", buffering=0)
            if _lock(file):
                _sync(self.folder)
                return file
            file.close()

    def _put_aside(self, lines: list[bytes], path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        _sync(self.folder)


def _written(line: bytes, write: Callable[[Rows], bool]) -> bool:
    if not line.endswith(b"\n"):
        return True  # torn, and never answered
    return write(orjson.loads(line))


def _lock(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    """Let the names in `folder` survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
