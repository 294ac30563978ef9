"""The released versions and who holds and held which stage, read from Git's tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import InputError
from .tags import MODEL, PATTERNS, fetch_tags, git

STAGES = ("champion", "challenger", "dev")
VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
STAGE = re.compile(rf"{MODEL}#(?P<stage>[\w-]+)(?P<end>!?)#(?P<number>\d+)")
FIELDS = "refname:strip=2 objecttype objectname *objectname taggername taggerdate:short contents"
NOTHING = "nothing is yet, and `make release VERSION=v1.0.0` releases the candidate"
END = "\x01\n"  # of the fields of a tag, whose message has many lines


@dataclass(frozen=True)
class Tag:
    """A tag of Git: the commit that it names, and who said what when; a bare tag says nothing."""

    name: str
    commit: str
    by: str
    date: str
    message: str

    @property
    def subject(self) -> str:
        """Return the first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class Release:
    """A version, and the tag that released it."""

    version: str
    tag: Tag

    @property
    def commit(self) -> str:
        """Return the commit that was released."""
        return self.tag.commit


@dataclass(frozen=True)
class Assignment:
    """A stage that was given to a version, or taken from it (`gto deprecate`), by a tag."""

    stage: str
    number: int
    version: str | None  # None: the commit is not a release
    ended: bool
    tag: Tag


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

    def promoted_challenger(self) -> str | None:
        """Return the champion if the last challenger became one, and no other has come since."""
        tags = [each for each in self.assignments if each.stage == "challenger"]
        champions = {each.version for each in self.assignments if each.stage == "champion"}
        left = tags and tags[-1].ended and tags[-1].version in champions
        return self.holder("champion") if left and not self.stack("challenger") else None

    def release(self, version: str) -> Release:
        """Return the release of `version`; raise InputError when it was never released."""
        if version not in self.releases:
            known = f"give one of {', '.join(self.releases)}" if self.releases else NOTHING
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
    """Return the registry from the tags of this clone."""
    tags = list(_tags())
    releases = [
        Release(tag.name.removeprefix(f"{MODEL}@"), tag)
        for tag in tags
        if VERSION.fullmatch(tag.name.removeprefix(f"{MODEL}@"))
    ]
    version_of = {release.commit: release.version for release in releases}
    assignments = [
        Assignment(
            match["stage"],
            int(match["number"]),
            version_of.get(tag.commit),
            bool(match["end"]),
            tag,
        )
        for tag in tags
        if (match := STAGE.fullmatch(tag.name))
    ]
    return Registry(
        {each.version: each for each in sorted(releases, key=lambda each: numbers(each.version))},
        sorted(assignments, key=lambda each: each.number),
    )


def _tags() -> Iterator[Tag]:
    form = "%00".join(f"%({field})" for field in FIELDS.split()) + "%01"
    said = git("for-each-ref", f"--format={form}", *PATTERNS, advice="is this a Git repository?")
    for line in (f"{said}\n" if said else "").split(END)[:-1]:
        name, kind, made, tagged, by, date, message = line.split("\0")
        annotated = kind == "tag"
        yield Tag(name, tagged if annotated else made, by, date, message if annotated else "")


def current() -> Registry:
    """Return the registry after fetching the tags of origin, if there is one."""
    fetch_tags()
    return read()
