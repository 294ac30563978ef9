"""The spool: files in which rows wait on disk while the database is away."""

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

from .tables import Rows

MAX_FILE = 16 * 2**20  # bytes, then a new file begins


class Spool:
    """A folder of files, of which each line is one batch of rows.

    The file that is being written is locked, so that no other process replays it; the lock ends
    with its process. An unfinished last line of a file belongs to answers that were never sent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: FileIO | None = None
        self._lock = threading.Lock()  # for the open file, which the replay closes

    def append(self, rows: Rows) -> None:
        """Write `rows` to the disk, synced; raise OSError when that fails."""
        line = orjson.dumps(rows) + b"\n"
        with self._lock:
            self._file = self._file or self._open()
            try:
                if self._file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(self._file.fileno())
            except OSError:
                self._close()  # the next batch must not continue an unfinished line
                raise
            if self._file.tell() > MAX_FILE:
                self._close()

    def close(self) -> None:
        """Close the file that is being written, so that it can be replayed."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def replay(self, write: Callable[[Rows], bool]) -> None:
        """Pass every batch to `write` and remove it; keep batches that it refuses (False).

        An exception of `write` ends the replay; only files that were written are removed.
        """
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                if not _locked(file):
                    continue  # another replica, or this process, writes to it
                refused = [line for line in file if not _written(line, write)]
                if refused:
                    self._put_aside(refused, path.with_suffix(".refused"))
                path.unlink()

    def size(self) -> int:
        """Return the number of bytes that wait."""
        return sum(path.stat().st_size for path in self.folder.glob("*.jsonl") if path.exists())

    def check(self) -> None:
        """Raise OSError when the folder is not writable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f"{uuid.uuid4().hex}.probe"
        probe.touch()
        probe.unlink()

    def _open(self) -> FileIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            # Unbuffered: closing the file must not retry a write that failed.
            path = self.folder / f"{uuid.uuid4().hex}.jsonl"
            file = path.open("xb", buffering=0)
            if _locked(file):
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
        return True  # unfinished, so it was never answered
    return write(orjson.loads(line))


def _locked(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    """Sync the names in `folder`, so that they survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
