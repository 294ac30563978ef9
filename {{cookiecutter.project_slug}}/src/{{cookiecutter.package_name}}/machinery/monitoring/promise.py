"""What a release promised: its metrics on rows that it had not seen."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..errors import InputError
from ..model.evaluation import Evaluation, Interval
from ..model.registry.tags import MODEL, read_file
from .known import Known

REPORT = "reports/evaluation.json"
OVERALL = "overall"


@dataclass(frozen=True)
class Promise:
    """The metrics of each slice, and the rows that they were measured on."""

    slices: Mapping[str, Mapping[str, Interval]]
    rows: str

    def metric(self, part: str, name: str) -> Interval | None:
        """Return a metric of a slice, if it was measured."""
        return self.slices.get(part, {}).get(name)


def promise(known: Known, version: str) -> Promise:
    """Return the metrics of the test part from here or from the release's tag.

    Without either, it returns those of the validation part, which have no interval.
    """
    for text in _reports(version.rpartition("-")[0]):
        with suppress(ValidationError):
            found = Evaluation.model_validate_json(text)
            if found.model.sha256 == known.manifest.sha256:
                slices = {name: each.models["model"] for name, each in found.slices.items()}
                return Promise(slices, "test rows")
    alone = {
        name: Interval(value=value, low=None, high=None)
        for name, value in known.manifest.validation.items()
    }
    return Promise({OVERALL: alone}, "validation rows")


def _reports(release: str) -> Iterator[str]:
    with suppress(OSError):
        yield Path(REPORT).read_text(encoding="utf-8")
    with suppress(InputError, OSError):  # no such tag, or no Git
        if text := read_file(REPORT, f"{MODEL}@{release}"):
            yield text
