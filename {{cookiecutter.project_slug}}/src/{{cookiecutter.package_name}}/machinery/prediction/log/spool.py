"""The spool: files in which rows wait on disk while the database is away."""

import errno
import fcntl
import os
import threading
import uuid
from contextlib import suppress
from io import FileIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import orjson

from .tables import Rows

MAX_FILE = 16 * 2**20  # bytes, then a new file begins
BLOCK = 4096  # bytes that a folder must take to count as writable


class Spool:
    """A folder of files, of which each line is one batch of rows.

    One process owns the folder: a lock says so, which ends with the process. An unfinished last
    line of a file belongs to answers that were never sent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: FileIO | None = None
        self._owned: FileIO | None = None
        self._lock = threading.Lock()  # for the open file, which the replay closes

    def append(self, rows: Rows) -> None:
        """Write `rows` to the disk, synced; raise OSError when that fails."""
        line = orjson.dumps(rows) + b"\n"
        with self._lock:
            for _ in range(2):  # again if somebody has removed the folder
                self._file = self._file or self._open()
                self._put(self._file, line)
                there = _is_at(self._file, Path(self._file.name))
                if not there or self._file.tell() > MAX_FILE:
                    self._close()
                if there:
                    return
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _put(self, file: FileIO, line: bytes) -> None:
        """Append `line`, or nothing: the next batch must not continue an unfinished line."""
        start = file.tell()
        try:
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(start)
                if not start:
                    _remove(file)
            self._close()
            raise

    def waiting(self) -> list[Path]:
        """Return the files that wait; the next batch begins a new one."""
        with self._lock:
            self._close()
            return sorted(path for path in self.folder.glob("*.jsonl") if path.is_file())

    def size(self) -> int:
        """Return the number of bytes that wait."""
        return sum(map(_size, self.folder.glob("*.jsonl")))

    def check(self) -> None:
        """Raise OSError when the folder is not writable, or belongs to another process."""
        self._own()
        with TemporaryFile(dir=self.folder, buffering=0) as probe:
            if probe.write(bytes(BLOCK)) < BLOCK:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Leave the folder to another process."""
        with self._lock:
            self._close()
            if self._owned:
                self._owned.close()
            self._owned = None

    def _close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def _open(self) -> FileIO:
        self._own()
        # Unbuffered: closing the file must not retry a write that failed.
        file = (self.folder / f"{uuid.uuid4().hex}.jsonl").open("xb", buffering=0)
        try:
            sync(self.folder)
        except OSError:
            _remove(file)
            raise
        return file

    def _own(self) -> None:
        """Lock the folder, which is made if it is missing; raise OSError when another has it."""
        path = self.folder / "lock"
        if self._owned and _is_at(self._owned, path):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
        if self._owned:  # of a folder that was removed
            self._owned.close()
        self._owned = file


def _remove(file: FileIO) -> None:
    Path(file.name).unlink()
    file.close()


def _is_at(file: Any, path: Path) -> bool:
    """Return whether the open `file` is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it has just been replayed
        return 0


def sync(folder: Path) -> None:
    """Sync the names in `folder`, so that they survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
