"""A folder on any file system that Hadoop knows, which appears as a whole."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Attempt:
    """A folder of its own in `attempts`, which becomes `path`.

    Two attempts at once cannot mix what they write, and what one that was killed leaves behind is
    removed by the first that succeeds.
    """

    spark: Any
    path: str
    attempts: str
    token: str = field(default_factory=lambda: token_hex(4))

    @classmethod
    def new(cls, spark: Any, path: str) -> "Attempt":
        """Return an attempt at a folder that is not there yet; raise InputError if it is."""
        attempt = cls(spark, path.rstrip("/"), f"{path.rstrip('/')}.attempts")
        if attempt.published:
            raise InputError(f"{path} is there already: name another folder, or remove it")
        return attempt

    @property
    def part(self) -> str:
        """Return the place in which the files wait."""
        return f"{self.attempts}/{self.token}"

    @property
    def published(self) -> bool:
        """Return whether `path` is there, from this attempt or another."""
        return self._exists(self.path)

    def read(self, name: str) -> str | None:
        """Return the text of a published file, or None without it."""
        if not self._exists(f"{self.path}/{name}"):
            return None
        files, place = self._hadoop(f"{self.path}/{name}")
        stream = files.open(place)
        text = self.spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
        stream.close()
        return str(text)

    def write(self, name: str, text: str) -> None:
        """Write a text to a file that waits."""
        files, place = self._hadoop(f"{self.part}/{name}")
        stream = files.create(place)
        stream.write(bytearray(text.encode()))
        stream.close()

    def publish(self) -> None:
        """Move what waits to `path`; keep what another attempt published."""
        files, part = self._hadoop(self.part)
        _, place = self._hadoop(self.path)
        if not (files.exists(place) or files.rename(part, place)):
            raise InputError(f"{self.part} cannot be renamed to {self.path}: check the rights")
        # Another attempt may have published just before: then the rename moved this one into it.
        files.delete(self._hadoop(f"{self.path}/{self.token}")[1], True)

    def close(self) -> None:
        """Remove what attempts left: all of them once one is published, else this one."""
        files, attempts = self._hadoop(self.attempts)
        files.delete(self._hadoop(self.part)[1], True)
        if files.exists(attempts) and (self.published or not len(files.listStatus(attempts))):
            files.delete(attempts, True)

    def _exists(self, path: str) -> bool:
        files, place = self._hadoop(path)
        return bool(files.exists(place))

    def _hadoop(self, path: str) -> tuple[Any, Any]:
        place = self.spark._jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(self.spark._jsc.hadoopConfiguration()), place
