"""What Prometheus is told: how much, how fast, how the scores lie, what was missing, what waits."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Gauge, Histogram

from ...model.artifact import Artifact
from ..arms import Arms

if TYPE_CHECKING:
    from .passes import Asked, Rows

WHO = ("model_version", "arm")

# For probabilities in steps of 0.05, and coarse for what lies elsewhere.
SCORES = (-100, -30, -10, -3, 0, *(step / 20 for step in range(1, 21)), 3, 10, 30, 100, 300)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

REQUESTS = Histogram("request_seconds", "Requests to /predict.", ["status"], buckets=SECONDS)
STEPS = Histogram("step_seconds", "One pass and its recording.", ["step"], buckets=SECONDS)
PASSES = Histogram("pass_rows", "Rows in one pass.", buckets=[2**step for step in range(12)])
SCORE = Histogram("prediction_score", "Scores that were answered.", WHO, buckets=SCORES)
DECISIONS = Counter("prediction_decisions", "Answers by their decision.", [*WHO, "decision"])
MISSING = Counter("input_missing", "Inputs that were not given.", [*WHO, "field"])
UNKNOWN = Counter("input_unknown", "Categories that the model does not know.", [*WHO, "field"])
LOGGED = Counter("log_rows", "Answers by where they were recorded first.", ["where"])
SPOOLED = Gauge("log_spooled_bytes", "What waits on the disk for the database.")
DATABASE_UP = Gauge("log_database_up", "1 while answers are recorded in the database.")
MODEL = Gauge("model_loaded", "The models that predict now.", ["model", "model_version"])
REFUSED = Counter("reloads_refused", "Rollouts or models that were refused and did not serve.")


def show_models(arms: Arms) -> None:
    """Tell which models predict from now on."""
    MODEL.clear()
    for model, version in arms.versions.items():
        MODEL.labels(model, version).set(1)


def count_pass(asked: "Sequence[Asked]", answers: "Iterable[Rows]", arms: Arms) -> None:
    """Count what one pass was asked and what it answered."""
    PASSES.observe(sum(each.rows for each in asked))
    models = [model for model in (arms.champion, arms.challenger) if model]
    known = {model.version: _categories(model) for model in models}
    scores: dict[tuple[str, ...], Histogram] = {}  # looked up once
    decisions: Tally[tuple[str, ...]] = Tally()
    missing: Tally[tuple[str, ...]] = Tally()
    unknown: Tally[tuple[str, ...]] = Tally()
    for each, rows in zip(asked, answers, strict=True):
        for inputs, row in zip(each.request.instances, rows, strict=True):
            who = (row["model_version"], row["arm"])
            (scores.get(who) or scores.setdefault(who, SCORE.labels(*who))).observe(row["score"])
            decisions[*who, str(row["decision"]).lower()] += 1
            missing.update((*who, name) for name, value in inputs.items() if value is None)
            unknown.update((*who, name) for name in _unknown(inputs, known[who[0]]))
    for counter, tally in ((DECISIONS, decisions), (MISSING, missing), (UNKNOWN, unknown)):
        for labels, number in tally.items():
            counter.labels(*labels).inc(number)


def _unknown(inputs: dict[str, Any], known: dict[str, frozenset[str]]) -> list[str]:
    """Return the inputs that are a feature as they are, of a category that training never saw."""
    return [
        name
        for name, categories in known.items()
        if inputs.get(name) is not None and inputs[name] not in categories
    ]


def _categories(model: Artifact) -> dict[str, frozenset[str]]:
    """Return the categories that a model knows, by feature."""
    return {
        feature.name: frozenset(feature.categories)
        for feature in model.manifest.features
        if feature.kind == "category"
    }
