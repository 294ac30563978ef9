"""The models of the arms, loaded: what predicts at one moment, never changed, only replaced."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..model.artifact import Artifact, load
from ..project import Project
from .rollout import CHALLENGER, CHAMPION, Models, Rollout
from .rollout import load as read_rollout

# One model and nobody else, as with --model.
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
    """The project, its models, and the rollout that says who gets which."""

    project: Project
    champion: Artifact
    challenger: Artifact | None = None
    rollout: Rollout = ALONE

    @property
    def versions(self) -> dict[str, str]:
        """Return the version of each model by what it is here."""
        models = {CHAMPION: self.champion, CHALLENGER: self.challenger}
        return {name: model.version for name, model in models.items() if model}


def open_arms(project: Project, model: Path | None, rollout: Path) -> Arms:
    """Load the one model in the folder `model`, or, without that, those of the file `rollout`."""
    if model:
        return alone(project, model)
    return of_rollout(project, read_rollout(rollout, project.row), rollout.parent)


def alone(project: Project, folder: Path) -> Arms:
    """Return the model in `folder` as the champion of all."""
    return Arms(project, load(folder, project.features_version))


def of_rollout(project: Project, rollout: Rollout, base: Path = Path()) -> Arms:
    """Load the models that `rollout` needs, its folders being relative to `base`."""
    models = rollout.models
    folder = models.champion
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
    return Arms(project, champion, challenger, rollout)
