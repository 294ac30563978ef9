"""A shard: one of several parts of a table, which run on as many machines at once."""

from dataclasses import dataclass

from ...errors import InputError


@dataclass(frozen=True)
class Shard:
    """The part `number` of `count`, from 1 on; all parts together are the whole, in its order."""

    number: int
    count: int

    def __str__(self) -> str:
        """Return the part as the command line names it."""
        return f"{self.number}/{self.count}"

    def place(self, rows: int) -> tuple[int, int]:
        """Return the first row of this part of `rows` rows, and how many it has."""
        first = (self.number - 1) * rows // self.count
        return first, self.number * rows // self.count - first


def parse(text: str) -> Shard | None:
    """Return the shard that `text` names, such as 3/16, or None without text.

    Raises InputError when it names none.
    """
    if not text:
        return None
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise InputError(
            f"--shard {text!r} names no part: give its number and how many there are, as in 3/16"
        )
    return Shard(int(number), int(count))
