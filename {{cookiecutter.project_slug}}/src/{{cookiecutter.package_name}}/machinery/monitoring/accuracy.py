"""Accuracy of each version in each arm since its release, next to what the release promised."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ..model.bootstrap import Group, compare
from ..model.evaluation import Interval
from ..model.labels import coded
from ..model.metrics import Floats, Measure
from ..model.task import TASKS
from ..params import Evaluate
from .known import Known
from .promise import OVERALL, Promise
from .verdict import ACCURACY, ALARM, OK, UNKNOWN, Verdict

FEWEST = 10  # days with outcomes, below which an interval says nothing


@dataclass(frozen=True)
class Accuracy:
    """The metrics of one version in one arm, by slice, and its headline metric by week."""

    version: str
    arm: str
    headline: str
    larger_is_better: bool
    rows: int
    days: int
    slices: Mapping[str, Mapping[str, Interval]]
    by_week: Mapping[str, float]  # by the Monday of the week
    promise: Promise


def measured(
    rows: pl.DataFrame, known: Known, promise: Promise, *, settings: Evaluate
) -> Accuracy | None:
    """Return the accuracy on `rows` of one version and arm; None without a usable outcome."""
    task = TASKS[known.manifest.task]
    usable = _usable(rows, known)
    if usable.is_empty():
        return None
    measure = _measures(usable, known)
    days = (usable["day"].rank("dense") - 1).to_numpy().astype(np.int64)
    groups = {
        name: Group(members, {"model": measure(members)})
        for name, members in _slices(usable, settings)
    }
    enough = int(days.max()) + 1 >= FEWEST
    rounds = settings.bootstrap_rounds if enough else 2
    found = compare(groups, units=days, rounds=rounds, seed=settings.seed)
    weeks = usable["day"].dt.truncate("1w").cast(pl.String)
    return Accuracy(
        version=usable["model_version"][0],
        arm=usable["arm"][0],
        headline=task.headline,
        larger_is_better=task.headline in task.larger_is_better,
        rows=usable.height,
        days=int(days.max()) + 1,
        slices={name: each.models["model"] for name, each in found.items()},
        by_week={
            week: measure(np.flatnonzero(weeks == week))(np.ones((weeks == week).sum()))[
                task.headline
            ]
            for week in weeks.unique().sort()
        },
        promise=promise,
    )


def _usable(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return the rows whose outcome was recorded after the answer and is one of the task."""
    fits = {
        "binary": pl.col("outcome").is_in([0.0, 1.0]),
        "regression": pl.col("outcome").is_not_null(),
        "multiclass": pl.col("label").is_in(known.manifest.classes)
        & pl.col("scores").is_not_null(),
    }
    return rows.filter(~pl.col("early") & fits[known.manifest.task])


def _measures(rows: pl.DataFrame, known: Known) -> "Measures":
    manifest, score = known.manifest, rows["score"].to_numpy()
    target = rows["outcome"].to_numpy()
    if names := manifest.classes:
        target = coded(rows.select(target="label"), names)["target"].to_numpy()
        struct = pl.Struct(dict.fromkeys(names, pl.Float64))
        score = rows["scores"].str.json_decode(struct).struct.unnest().select(names).to_numpy()
    return Measures(manifest.task, target, score, manifest.interval)


@dataclass(frozen=True)
class Measures:
    """Makes the function that measures some of the rows."""

    task: str
    target: Floats
    score: Floats
    interval: float | None

    def __call__(self, members: np.typing.NDArray[np.int64]) -> Measure:
        """Return the metrics of the rows with these numbers, as a function of their weights."""
        known = self.target[members], self.score[members]
        return TASKS[self.task].measure(*known, self.interval)


def _slices(
    rows: pl.DataFrame, settings: Evaluate
) -> Iterator[tuple[str, np.typing.NDArray[np.int64]]]:
    yield OVERALL, np.arange(rows.height)
    for column in settings.slices:
        for value in rows[column].drop_nulls().unique().sort():
            members = np.flatnonzero((rows[column] == value).fill_null(value=False).to_numpy())
            days = rows["day"].gather(members).n_unique()
            if len(members) >= settings.min_rows and days >= FEWEST:
                yield f"{column}={value}", members


def verdict(found: Accuracy) -> Verdict:
    """Return whether the headline metric is worse than promised, beyond both intervals."""
    live = found.slices[OVERALL][found.headline]
    known = found.promise.metric(OVERALL, found.headline)
    said = (
        f"{found.headline} {shown(live)} on {found.rows} answers of {found.days} days; promised"
        f" {shown(known)} on {found.promise.rows}"
    )
    if found.days < FEWEST or live.value is None:
        reason = f"{found.days} days have mature outcomes, a verdict needs {FEWEST}: {said}"
        return Verdict(ACCURACY, found.version, found.arm, live.value, UNKNOWN, reason)
    status = ALARM if worse(live, known, larger_is_better=found.larger_is_better) else OK
    return Verdict(ACCURACY, found.version, found.arm, live.value, status, said)


def worse(live: Interval, known: Interval | None, *, larger_is_better: bool) -> bool:
    """Return whether even the best of the interval is worse than the worst of the promised one."""
    if known is None or known.value is None or live.low is None or live.high is None:
        return False
    if larger_is_better:
        return live.high < (known.value if known.low is None else known.low)
    return live.low > (known.value if known.high is None else known.high)


def shown(metric: Interval | None) -> str:
    """Return a metric with its interval, for people."""
    if metric is None or metric.value is None:
        return "nothing"
    if metric.low is None or metric.high is None:
        return f"{metric.value:.4g}"
    return f"{metric.value:.4g} ({metric.low:.4g} to {metric.high:.4g})"


def incomplete(matured: pl.DataFrame, answered: Mapping[date, int]) -> Sequence[str]:
    """Return the days of mature cohorts that have less than half of the usual share of outcomes."""
    if matured.is_empty():
        return []
    known = dict(matured.group_by("day").agg(pl.len()).rows())
    shares = {day: known.get(day, 0) / rows for day, rows in answered.items() if rows}
    usual = float(np.median(list(shares.values()))) if shares else 0.0
    return [str(day) for day, share in sorted(shares.items(), key=str) if share < usual / 2]
