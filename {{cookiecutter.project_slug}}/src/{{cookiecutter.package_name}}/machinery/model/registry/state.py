"""The released versions and who holds and held which stage, read from Git's tags."""

import re
from dataclasses import dataclass

from ...errors import InputError
from .tags import MODEL, fetch_tags, git

STAGES = ("champion", "challenger", "dev")
VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
STAGE = re.compile(rf"{MODEL}#(?P<stage>[\w-]+)(?P<end>!?)#(?P<number>\d+)")
FIELDS = ("refname:strip=2", "*objectname", "taggername", "taggerdate:short", "contents:subject")


@dataclass(frozen=True)
class Release:
    """A version, the commit that made it, who released it, when, and what the gate said then."""

    version: str
    commit: str
    by: str
    date: str
    judged: str


@dataclass(frozen=True)
class Assignment:
    """A stage that was given to a version, or taken from it (`gto deprecate`)."""

    stage: str
    number: int
    version: str | None  # None: the commit is not a release
    ended: bool
    by: str
    date: str


@dataclass(frozen=True)
class Registry:
    """The releases by version, and the assignments by number.

    Origin accepted them in the order of their numbers. The times of tags are whole seconds of their
    makers' clocks, and a clock may be late.
    """

    releases: dict[str, Release]
    assignments: list[Assignment]

    def stack(self, stage: str) -> list[str]:
        """Return the versions that `stage` can go back to; the last one holds it now.

        A version that gets the stage back drops all later ones: no rollback leads to them.
        """
        found: list[str] = []
        for each in self.assignments:
            if each.stage == stage and each.version:
                if each.ended:
                    found = [version for version in found if version != each.version]
                else:
                    found = [*found[: _place(found, each.version)], each.version]
        return found

    def holder(self, stage: str) -> str | None:
        """Return the version that has `stage`."""
        return next(reversed(self.stack(stage)), None)

    def release(self, version: str) -> Release:
        """Return the release of `version`; raise InputError when it was never released."""
        if version not in self.releases:
            known = ", ".join(self.releases) or "nothing is yet"
            raise InputError(f"{version!r} is not released: {known}")
        return self.releases[version]


def _place(versions: list[str], version: str) -> int:
    return versions.index(version) if version in versions else len(versions)


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of `version`; raise InputError if it has another form."""
    if not (match := VERSION.fullmatch(version)):
        raise InputError(f"{version!r} is not a version: give one such as v1.2.0")
    return tuple(map(int, match.groups()))


def read() -> Registry:
    """Return the registry from the tags of this clone; tags without a message do not count."""
    form = "%00".join(f"%({field})" for field in FIELDS)
    patterns = [f"refs/tags/{MODEL}{sign}*" for sign in "@#"]
    lines = git("for-each-ref", f"--format={form}", *patterns, advice="is this a Git repository?")
    tags = [line.split("\0") for line in lines.split("\n") if line]
    releases = [
        Release(name.removeprefix(f"{MODEL}@"), commit, by, date, judged)
        for name, commit, by, date, judged in tags
        if commit and VERSION.fullmatch(name.removeprefix(f"{MODEL}@"))
    ]
    version_of = {release.commit: release.version for release in releases}
    assignments = [
        Assignment(
            match["stage"],
            int(match["number"]),
            version_of.get(commit),
            bool(match["end"]),
            by,
            date,
        )
        for name, commit, by, date, _ in tags
        if commit and (match := STAGE.fullmatch(name))
    ]
    return Registry(
        {each.version: each for each in sorted(releases, key=lambda each: numbers(each.version))},
        sorted(assignments, key=lambda each: each.number),
    )


def current() -> Registry:
    """Return the registry after fetching the tags of origin, if there is one."""
    fetch_tags()
    return read()
