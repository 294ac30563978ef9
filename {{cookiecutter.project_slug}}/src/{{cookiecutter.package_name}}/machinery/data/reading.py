"""How a table is read, as the options say or as it was detected; its pointer remembers it."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError


class Reading(BaseModel):
    """Where the next version comes from, and the format of a CSV; empty where nothing is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    url: str = ""
    query: str = ""
    separator: str = ""
    decimal: str = ""
    date_formats: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()

    def known(self) -> dict[str, Any]:
        """Return what is known, for the pointer."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def over(self, other: "Reading") -> "Reading":
        """Return `other` with what is known here in its place."""
        mine = {name: getattr(self, name) for name in self.known()}
        return other.model_copy(update=mine)


def from_pointer(content: Mapping[str, Any]) -> Reading:
    """Return what the pointer's `meta` remembers; an import by DVC has only its URL."""
    known = dict(content["meta"].get("read") or {})
    if "deps" in content:
        known.setdefault("url", content["deps"][0]["path"])
    try:
        return Reading.model_validate(known)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, ("meta.read", *fault["loc"])))
        raise InputError(f"{place} of the pointer: {fault['msg']}: correct it") from None
