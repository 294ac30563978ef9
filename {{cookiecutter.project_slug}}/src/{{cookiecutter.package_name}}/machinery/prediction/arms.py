"""The loaded models of the arms: never changed, only replaced as a whole."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..model.artifact import Artifact, load
from ..project import Project
from .log.pauses import Paused
from .rollout import CHALLENGER, CHAMPION, Models, Rollout
from .rollout import load as read_rollout

# One model for everyone, as with --model.
ALONE = Rollout(
    salt="",
    assign_by="key",
    holdout=0,
    challenger=0,
    shadow=False,
    default_decision=False,
    models=Models(champion=Path(), challenger=Path(), before_release=None),
)


@dataclass(frozen=True)
class Arms:
    """The project, its models, and the rollout that assigns them."""

    project: Project
    champion: Artifact
    challenger: Artifact | None = None
    rollout: Rollout = ALONE
    paused: str | None = None  # the version of a challenger that decides nothing for now

    @property
    def models(self) -> list[Artifact]:
        """Return the loaded models."""
        return [model for model in (self.champion, self.challenger) if model]

    @property
    def versions(self) -> dict[str, str]:
        """Return the version of each model by its role."""
        models = {CHAMPION: self.champion, CHALLENGER: self.challenger}
        return {name: model.version for name, model in models.items() if model}


def open_arms(
    project: Project, model: Path | None, rollout: Path, *, paused: Paused = frozenset()
) -> Arms:
    """Load the model in the folder `model`, or, if there is none, the models of a rollout."""
    if model:
        return alone(project, model)
    return of_rollout(project, read_rollout(rollout, project.row), rollout.parent, paused=paused)


def alone(project: Project, folder: Path) -> Arms:
    """Load the model in `folder` as the champion for everyone."""
    return Arms(project, load(folder, project.features_version))


def of_rollout(
    project: Project, rollout: Rollout, base: Path = Path(), *, paused: Paused = frozenset()
) -> Arms:
    """Load the models that `rollout` needs; its folders are relative to `base`.

    A `paused` challenger decides nothing: its units get the champion's decision.
    """
    models = rollout.models
    folder = models.champion
    # Only a missing folder: a broken link is an error that `before_release` must not hide.
    if models.before_release and not os.path.lexists(base / folder):
        folder = models.before_release
    champion = load(base / folder, project.features_version)
    if not (rollout.challenger or rollout.shadow):
        return Arms(project, champion, rollout=rollout)
    challenger = load(base / models.challenger, project.features_version)
    if challenger.manifest.task != champion.manifest.task:
        raise InputError(
            f"{models.challenger} solves a task of kind {challenger.manifest.task},"
            f" {folder} one of kind {champion.manifest.task}: compare models of one kind"
        )
    if challenger.manifest.classes != champion.manifest.classes:
        raise InputError(
            f"{models.challenger} knows other classes than {folder}: compare models of the same"
        )
    if rollout.challenger and (rollout.salt, challenger.version) in paused:
        without = rollout.model_copy(update={"challenger": 0.0})
        return Arms(project, champion, rollout=without, paused=challenger.version)
    return Arms(project, champion, challenger, rollout)
