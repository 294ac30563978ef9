"""The models of the arms, loaded: what predicts at one moment, never changed, only replaced."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..model.artifact import Artifact, load
from ..stage import InputError
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
    """The models, and the rollout that says who gets which."""

    champion: Artifact
    challenger: Artifact | None = None
    rollout: Rollout = ALONE

    @property
    def versions(self) -> dict[str, str]:
        """Return the version of each model by what it is here."""
        models = {CHAMPION: self.champion, CHALLENGER: self.challenger}
        return {name: model.version for name, model in models.items() if model}


def open_arms(model: Path | None, rollout: Path) -> Arms:
    """Load the one model in the folder `model`, or, without that, those of the file `rollout`."""
    return alone(model) if model else of_rollout(read_rollout(rollout), rollout.parent)


def alone(folder: Path) -> Arms:
    """Return the model in `folder` as the champion of all."""
    return Arms(load(folder))


def of_rollout(rollout: Rollout, base: Path = Path()) -> Arms:
    """Load the models that `rollout` needs, its folders being relative to `base`."""
    models = rollout.models
    folder = models.champion
    if models.before_release and not os.path.lexists(base / folder):
        folder = models.before_release
    champion = load(base / folder)
    if not (rollout.challenger or rollout.shadow):
        return Arms(champion, rollout=rollout)
    challenger = load(base / models.challenger)
    if challenger.manifest.problem != champion.manifest.problem:
        raise InputError(
            f"{models.challenger} solves a problem of kind {challenger.manifest.problem},"
            f" {folder} one of kind {champion.manifest.problem}: compare models of one kind"
        )
    return Arms(champion, challenger, rollout)
