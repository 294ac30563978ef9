"""The pictures of how good a model is, each from a table that another stage wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from ... import drawing
from ...drawing import Interval, Series
from .. import evaluation
from ..evaluation import Evaluation

MOST = {"features": 12, "slices": 30, "classes": 12}  # shown of each
CURVES = ("model", "linear", "constant")


@dataclass(frozen=True)
class Picture:
    """A picture, the part of the page that it belongs to, and what to look for."""

    name: str
    part: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Measured:
    """What the stages train and evaluate wrote to the folder `reports`."""

    reports: Path

    @cached_property
    def evaluation(self) -> Evaluation:
        """Return the evaluation; raise InputError when there is none."""
        return evaluation.read(self.reports / "evaluation.json")

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the table behind each plot, by its name."""
        return {path.stem: pl.read_csv(path) for path in (self.reports / "plots").glob("*.csv")}

    @cached_property
    def losses(self) -> dict[str, pl.DataFrame]:
        """Return the loss of each round in training, if the model learned in rounds."""
        folder = self.reports / "training" / "plots" / "metrics"
        return {
            f"{path.parent.name} {path.stem}": pl.read_csv(path, separator="\t")
            for path in sorted(folder.rglob("*.tsv"))
        }


def curves(table: pl.DataFrame, x: str, names: tuple[str, ...] = CURVES) -> dict[str, Series]:
    """Return the lines `names` of a table; its columns low and high belong to the first."""
    low, high = (table.get_column(name, default=None) for name in ("low", "high"))
    ends = {} if low is None or high is None else {"low": list(low), "high": list(high)}
    return {
        name: Series(list(table[x]), list(table[name]), **(ends if name == names[0] else {}))
        for name in names
        if name in table.columns
    }


def groups(table: pl.DataFrame, group: str, x: str) -> dict[str, Series]:
    """Return a line of the shares of each group."""
    parts = table.sort(group, x).partition_by(group, as_dict=True, maintain_order=True)
    return {
        str(name): Series(list(part[x]), list(part["share"])) for (name, *_), part in parts.items()
    }


def roc(found: Measured) -> str:
    """Draw the ROC curve."""
    lines = curves(found.tables["roc"], "false_positive_rate")
    return drawing.lines(lines, title="ROC curve", x="false positive rate", y="true positive rate")


def precision_recall(found: Measured) -> str:
    """Draw the precision-recall curve."""
    lines = curves(found.tables["precision_recall"], "recall")
    return drawing.lines(lines, title="Precision and recall", x="recall", y="precision")


def calibration(found: Measured) -> str:
    """Draw the mean outcome of each tenth of the rows over the mean prediction."""
    lines = curves(found.tables["calibration"], "predicted", ("observed", "perfect"))
    return drawing.lines(
        lines, title="Calibration", x="mean prediction", y="mean outcome", points=True
    )


def thresholds(found: Measured) -> str:
    """Draw what each threshold decides."""
    lines = curves(found.tables["thresholds"], "threshold", ("precision", "recall", "decided"))
    lines["rows decided"] = lines.pop("decided")
    return drawing.lines(
        lines, title="Decisions by threshold", x="threshold", y="share", moments=_chosen(found)
    )


def costs(found: Measured) -> str:
    """Draw what the decisions of each threshold cost."""
    lines = curves(found.tables["costs"], "threshold", ("model", "linear"))
    return drawing.lines(
        lines, title="Cost by threshold", x="threshold", y="cost per 1,000 rows",
        moments=_chosen(found),
    )  # fmt: skip


def _chosen(found: Measured) -> dict[str, float]:
    chosen = found.evaluation.model.threshold
    return {} if chosen is None else {f"chosen: {chosen:g}": chosen}


def points(found: Measured) -> str:
    """Draw some outcomes over their predictions."""
    table = found.tables["points"]
    return drawing.scatter(
        list(table["predicted"]), list(table["observed"]), title="Prediction and outcome",
        x="prediction", y="outcome", line=True,
    )  # fmt: skip


def errors(found: Measured) -> str:
    """Draw how large the errors are."""
    lines = groups(found.tables["errors"], "group", "value")
    return drawing.lines(
        lines, title="Errors", x="prediction minus outcome", y="share of the rows", steps=True
    )


def classes(found: Measured) -> str:
    """Draw which share of each class was taken for which."""
    known = found.evaluation.classes[: MOST["classes"]]
    names = [each.name for each in known]
    shares = {
        each.name: [each.predicted[name] / max(each.rows, 1) for name in names] for each in known
    }
    return drawing.heat(
        shares, names, title="Classes", x="taken for", y="class",
        write=lambda share: f"{100 * share:.0f} %",
    )  # fmt: skip


def outcomes(found: Measured) -> str:
    """Draw the scores of each outcome."""
    lines = groups(found.tables["outcomes"], "group", "value")
    return drawing.lines(
        lines, title="Scores by outcome", x="score", y="share of its rows", steps=True
    )


def scores(found: Measured) -> str:
    """Draw the scores of each month."""
    table = found.tables["scores"]
    last = table["month"].unique().sort().to_list()[-6:]
    lines = groups(table.filter(pl.col("month").is_in(last)), "month", "score")
    return drawing.lines(
        lines, title="Scores by month", x="score", y="share of its rows", steps=True
    )


def importance(found: Measured) -> str:
    """Draw the share of the gain, or of the losses, of each feature."""
    known = found.evaluation.importance[: MOST["features"]]
    word = "gain" if found.evaluation.model.importance == "gain" else "losses"
    shares = {each.feature: 100 * each.gain for each in known}
    return drawing.bars(shares, title="Important features", x=f"% of the {word}")


def shuffled(found: Measured) -> str:
    """Draw how much worse the model is when one feature is shuffled."""
    known = sorted(found.evaluation.importance, key=lambda each: -each.permutation)
    losses = {each.feature: each.permutation for each in known[: MOST["features"]]}
    return drawing.bars(
        losses, title="Loss when shuffled", x=f"loss of {found.evaluation.model.headline}"
    )


def slices(found: Measured) -> str:
    """Draw the headline metric of model and linear baseline in each slice."""
    headline = found.evaluation.model.headline
    known = list(found.evaluation.slices.items())[: MOST["slices"]]
    values: dict[str, dict[str, Interval]] = {"model": {}, "linear": {}}
    for label, group in known:
        for name, seen in values.items():
            metric = group.models[name][headline]
            if metric.value is not None:
                seen[label] = Interval(metric.value, metric.low, metric.high)
    return drawing.intervals(values, title=f"{headline} by slice", x=headline)


def learning(found: Measured) -> str:
    """Draw the loss of each round."""
    lines = {name: Series(list(table["step"]), list(table[table.columns[-1]]))
             for name, table in found.losses.items()}  # fmt: skip
    best = found.evaluation.model.parameters.get("best_rounds")
    moments = {f"kept: {best} rounds": best - 1} if best else None
    return drawing.lines(lines, title="Learning curve", x="round", y="loss", moments=moments)


GOOD, SCORES, USES = "How good it is", "Scores", "What it uses"
PICTURES: dict[str, tuple[str, str, Callable[[Measured], str]]] = {
    "roc": (
        GOOD,
        "How many of the rows with the outcome are found, for each share of false alarms: higher is"
        " better. The band is the 95 % interval.",
        roc,
    ),
    "precision_recall": (
        GOOD,
        "How many of the rows that are picked have the outcome, for each share of those found:"
        " higher is better. The band is the 95 % interval.",
        precision_recall,
    ),
    "calibration": (
        GOOD,
        "If a score is to be read as a number, its points are near the dashed line. Each point is a"
        " tenth of the rows.",
        calibration,
    ),
    "points": (GOOD, "Some of the test rows: a good model is near the dashed line.", points),
    "errors": (GOOD, "Errors to the right of zero are predictions that were too high.", errors),
    "classes": (
        GOOD,
        "For the rows of each class, the share that was taken for each: right ones are on the"
        " diagonal.",
        classes,
    ),
    "thresholds": (
        GOOD,
        "A higher threshold decides for fewer rows, with higher precision and lower recall.",
        thresholds,
    ),
    "costs": (
        GOOD,
        "What the errors cost by `costs` in `params.yaml`: the lowest point is the cheapest"
        " threshold on the test rows.",
        costs,
    ),
    "outcomes": (SCORES, "The less the lines overlap, the better the model tells apart.", outcomes),
    "scores": (SCORES, "Months whose lines differ were scored differently: ask why.", scores),
    "importance": (USES, "The features that the model leans on most.", importance),
    "shuffled": (
        USES,
        "How much worse the model is when the values of one feature are shuffled; about zero: it"
        " does not need the feature.",
        shuffled,
    ),
    "slices": (
        "Slices",
        "Where intervals overlap, chance can explain the difference.",
        slices,
    ),
    "learning": (
        "Training",
        "The loss on validation rows: while it falls, the model still learns.",
        learning,
    ),
}


def pictures(found: Measured) -> Iterator[Picture]:
    """Yield each picture that the model's task has."""
    made = {*found.tables, "shuffled", "slices"}
    made |= ({"classes"} if found.evaluation.classes else set()) | (
        {"learning"} if found.losses else set()
    )
    for name, (part, caption, draw) in PICTURES.items():
        if name in made:
            yield Picture(name, part, caption, draw(found))
