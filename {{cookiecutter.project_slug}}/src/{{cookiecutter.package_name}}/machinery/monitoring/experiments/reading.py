"""Reads an experiment: its stages, the difference in each and in all, and the verdict."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

import polars as pl
import sqlalchemy as sa

from ...errors import InputError
from ...prediction.log import rollouts
from ...prediction.rollout import Experiment, Rollout
from .effect import Effect, effect
from .looks import z_once
from .split import mismatch, smallest
from .stages import COMPARED, Compared, stages
from .units import units
from .verdict import Says, Verdict, judge


@dataclass(frozen=True)
class Part:
    """A stage of a ramp: the share of the new arm since a moment, and the difference."""

    since: datetime
    share: float
    effect: Effect | None


@dataclass(frozen=True)
class Reading:
    """What the log says about an experiment."""

    compared: Compared
    versions: tuple[str, str | None]  # of champion and challenger
    experiment: Experiment
    parts: list[Part]
    effect: Effect | None  # over all stages
    verdict: Verdict
    mismatch: float  # the probability of a split as uneven as this one
    remarks: list[str]
    running: bool  # whether the new arm has units now

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        names = f"{self.compared.treated} against {self.compared.control}"
        if self.verdict.says == Says.BROKEN:
            return (
                f"{names}: {self.verdict.says}: counts as uneven as these have a probability of"
                f" {self.mismatch:.1g}, so answers of one arm are lost: find them first"
            )
        if self.effect is None:
            return f"{names}: {self.verdict.says}: no measured unit in both arms yet"
        return (
            f"{names}: {self.verdict.says}: {self.experiment.measure}"
            f" {self.effect.estimate:+.4g} [{self.verdict.low:+.4g}, {self.verdict.high:+.4g}],"
            f" {100 * self.verdict.information:.0f} % of the data that a difference of"
            f" {self.experiment.matters:g} needs"
        )


def read(
    connection: sa.Connection,
    rollout: Rollout,
    experiment: Experiment,
    *,
    compare: str,
    until: datetime,
    once: bool = False,
) -> Reading:
    """Return the newest experiment with the salt of `rollout`, as of `until`, which is in UTC.

    Raises InputError when there is none, or its measure cannot be compared.
    """
    compared = COMPARED[compare]
    if compare == "holdout" and experiment.measure == "error":
        raise InputError(
            "the holdout is scored by the champion, so its error says nothing about the model:"
            " compare the outcome or a recorded measure"
        )
    began = rollouts.read(connection, rollout.salt).filter(pl.col("time") <= until)
    periods = stages(began, compared, salt=rollout.salt)
    found = units(connection, periods, experiment, until=until)
    arms = {"treated": compared.treated, "control": compared.control}
    shares = {
        row["stage"]: row
        for row in periods.drop_nulls("stage").unique("stage", keep="first").iter_rows(named=True)
    }
    pooled = effect(found.measured, **arms)
    chance = smallest([_chance(found.assigned, row) for row in shares.values()])
    newest = periods.drop_nulls("stage").row(-1, named=True)
    return Reading(
        compared,
        (newest["champion_version"], newest["challenger_version"]),
        experiment,
        [
            Part(row["time"], row[compared.new], effect(found.measured.filter(stage=stage), **arms))
            for stage, row in sorted(shares.items())
        ],
        pooled,
        _judge(pooled, experiment, once=once, chance=chance),
        chance,
        found.remarks,
        running=periods["stage"][-1] is not None,
    )


def _chance(assigned: pl.DataFrame, row: dict[str, float]) -> float:
    """Return how probable the units of a stage are, given its shares."""
    counts = dict(assigned.filter(stage=row["stage"]).select("arm", "units").iter_rows())
    return mismatch(counts, {arm: row[arm] for arm in ("champion", "challenger", "holdout")})


def _judge(found: Effect | None, experiment: Experiment, *, once: bool, chance: float) -> Verdict:
    nothing = Effect(0.0, 0.0, 0.0, 0.0, (0, 0))
    return judge(
        found or nothing,
        matters=experiment.matters,
        higher_is_better=experiment.better == "higher",
        once=once,
        mismatch=chance,
    )


def text(reading: Reading) -> str:
    """Return a reading for people."""
    champion, challenger = reading.versions
    lines = [
        f"champion {champion}" + (f", challenger {challenger}" if challenger else ""),
        f"{reading.experiment.measure}, {reading.experiment.better} is better",
    ]
    for number, part in enumerate(reading.parts, 1):
        told = "no measured unit in both arms yet"
        if part.effect:
            low, high = part.effect.interval(z_once())
            told = (
                f"{part.effect.treated:.4g} - {part.effect.control:.4g} ="
                f" {part.effect.estimate:+.4g} [{low:+.4g}, {high:+.4g}],"
                f" {part.effect.units[0]} and {part.effect.units[1]} units"
            )
        lines.append(
            f"stage {number}, from {part.since:%Y-%m-%d %H:%M},"
            f" {reading.compared.new} {100 * part.share:g} %: {told}"
        )
    if reading.effect and reading.effect.error:
        spread = reading.effect.error / sqrt(sum(1 / number for number in reading.effect.units))
        lines.append(f"one unit deviates by {spread:.4g}, for `experiment plan --deviation`")
    lines += [f"note: {remark}" for remark in reading.remarks]
    return "\n".join([*lines, reading.sentence])
