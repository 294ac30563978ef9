"""The findings of the monitor as text."""

from collections.abc import Iterator

from . import pipeline
from .monitor import Findings
from .verdict import Verdict


def text(found: Findings) -> str:
    """Return the findings, one line a verdict, the notes last."""
    return "\n".join(_lines(found))


def _lines(found: Findings) -> Iterator[str]:
    yield f"{found.log} up to {found.day} (UTC)"
    for name in dict.fromkeys(each.name for each in found.verdicts):
        yield ""
        yield name
        for each in found.verdicts:
            if each.name == name:
                yield f"  {each.status:8}{_what(each)}: {each.sentence}"
    if run := pipeline.newest(found.runs):
        yield ""
        yield "pipeline"
        yield from (f"  {line}" for line in (run.sentence, *pipeline.unusual(run)))
    if found.notes:
        yield ""
        yield "notes"
        yield from (f"  {note}" for note in found.notes)


def _what(verdict: Verdict) -> str:
    return " ".join(filter(None, (verdict.model_version, verdict.arm)))
