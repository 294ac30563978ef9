"""The models that predict now, and how they are replaced while requests are answered."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from polars.exceptions import PanicException

from ...data.table import Row
from ...errors import MISTAKES, InputError, sentence
from ...model.registry.state import VERSION
from ...project import Project
from ..arms import Arms, open_arms
from ..rollout import CHALLENGER, CHAMPION, load
from . import metrics
from .followed import Followed

logger = logging.getLogger(__name__)

INTERVAL = 1  # seconds

Signature = tuple[object, ...]


class ModelReloader:
    """The arms of a rollout file, as they were when they last loaded without an error."""

    def __init__(
        self,
        project: Project,
        rollout: Path,
        *,
        warm: Callable[[Arms], object],
        followed: Followed | None = None,
    ) -> None:
        """Load the arms; raise InputError when that fails."""
        self.project, self.rollout, self._warm = project, rollout, warm
        self._followed = followed or Followed()
        self._state: tuple[int, ...] | None = None
        self._folders: list[Path] = []
        self._seen = self._look()
        self.arms = self._load()

    def _look(self) -> Signature:
        state = _state(self.rollout)
        if state != self._state or not self._folders:
            # Only then: reading it takes 5 ms, for which requests would wait each second.
            self._state, self._folders = state, named(self.rollout, self.project.row)
        return (self._followed.paused, *signature(self.rollout, self._folders))

    def _load(self, old: Arms | None = None) -> Arms:
        arms = open_arms(self.project, None, self.rollout, paused=self._followed.paused)
        if old:
            refuse_fallback(old, arms)
        self._warm(arms)
        metrics.show_models(arms)
        self._followed.began(arms)
        if arms.paused:
            logger.warning("the challenger %s is paused: the champion decides", arms.paused)
        return arms

    async def follow(self) -> None:
        """Replace the arms when one of their files or a pause changes, unless a file is broken."""
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await asyncio.to_thread(self.reload)
                metrics.forget_versions()
            except Exception:  # whatever it is, watching goes on
                logger.exception("the models could not be looked at")

    def reload(self) -> None:
        """Load the arms again if something has changed; if that fails, keep the current ones."""
        found = self._look()
        if found == self._seen:
            return
        self._seen = found
        try:
            self.arms = self._load(self.arms)
        except (Exception, PanicException) as error:  # the current models keep serving
            metrics.RELOADS.labels("refused").inc()
            logger.error("reload refused, the current models keep serving: %s", sentence(error))
        else:
            metrics.RELOADS.labels("accepted").inc()
            logger.info("models replaced", extra={"models": list(self.arms.versions.values())})


def refuse_fallback(old: Arms, new: Arms) -> None:
    """Raise InputError when a folder that led to a released version leads to no release now."""
    roles = {CHAMPION: (old.champion, new.champion), CHALLENGER: (old.challenger, new.challenger)}
    for role, (before, after) in roles.items():
        folder, known = getattr(new.rollout.models, role), getattr(old.rollout.models, role)
        if not before or not after or folder != known or VERSION.fullmatch(after.name):
            continue
        if VERSION.fullmatch(before.name):
            raise InputError(
                f"{folder} was {before.name} and would be {after.name}, which is not a release:"
                " `make promote` gives the stage to a version, `model fetch` sets the link"
            )


def named(rollout: Path, row: Row) -> list[Path]:
    """Return the folders of models that the rollout names; none of a broken one."""
    try:
        models = load(rollout, row).models
    except MISTAKES:
        return []
    folders = (models.champion, models.challenger, models.before_release)
    return [rollout.parent / folder for folder in folders if folder]


def signature(rollout: Path, named: list[Path]) -> Signature:
    """Return a value that changes when the rollout, a link or a model that it names changes."""
    folders = [os.path.realpath(folder) for folder in named]
    return (_state(rollout), *folders, *(_state(file) for each in folders for file in _files(each)))


def _files(folder: str) -> list[Path]:
    try:
        return sorted(Path(folder).iterdir())
    except OSError:
        return []


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns, found.st_size  # a copy can keep the time of its content
