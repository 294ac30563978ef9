"""The metrics for Prometheus; series that an alert needs exist at zero from the start."""

import math
import time
from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from ...model.artifact import Artifact
from ..arms import Arms
from ..log import verdicts
from ..log.tables import Rows
from .request import PredictRequest

WHO = ("model_version", "arm")

# Steps of 0.05 for probabilities, coarse ones outside of 0 to 1.
SCORES = (-100, -30, -10, -3, 0, *(step / 20 for step in range(1, 21)), 3, 10, 30, 100, 300)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
STATUSES = (200, 400, 401, 404, 408, 409, 413, 415, 422, 500, 503)  # of /predict


def _name(name: str) -> str:
    return f"model_service_{name}"


REQUESTS = Histogram(
    _name("request_duration_seconds"),
    "Duration of requests to /predict.",
    ["status"],
    buckets=SECONDS,
)
STEPS = Histogram(
    _name("step_duration_seconds"),
    "Duration of one micro-batch's step.",
    ["step"],
    buckets=SECONDS,
)
BATCHES = Histogram(
    _name("micro_batch_rows"), "Rows in one micro-batch.", buckets=[2**step for step in range(12)]
)
SCORE = Histogram(_name("prediction_score"), "Scores that were predicted.", WHO, buckets=SCORES)
DECISIONS = Counter(_name("decisions"), "Predictions by their decision.", [*WHO, "decision"])
MISSING = Counter(_name("missing_inputs"), "Inputs that were missing.", [*WHO, "field"])
UNKNOWN = Counter(
    _name("unknown_inputs"), "Categories that the model does not know.", [*WHO, "field"]
)
MODELS = Gauge(_name("model_info"), "The models that predict now.", ["model", "model_version"])
CONNECTIONS = Counter(
    _name("refused_connections"), "Connections that were closed, by what they were.", ["reason"]
)
PAUSED = Gauge(_name("challenger_paused"), "1 while a paused challenger decides nothing.")
RELOADS = Counter(_name("reloads"), "Changed rollouts or models, by result.", ["result"])

for status in STATUSES:
    REQUESTS.labels(status)
for step in ("read", "predict", "record"):
    STEPS.labels(step)
for result in ("accepted", "refused"):
    RELOADS.labels(result)
for reason in ("too many", "too slow", "too large"):
    CONNECTIONS.labels(reason)

OF_VERDICT = ("verdict", "model_version", "arm")
ALARM = Gauge(_name("monitor_alarm"), "1 if the monitor's last verdict is an alarm.", OF_VERDICT)
VALUE = Gauge(_name("monitor_value"), "What the monitor's last verdict is about.", OF_VERDICT)
MONITORED = Gauge(
    _name("monitor_success_timestamp_seconds"),
    "When the monitor last ran to its end; 0 if it never did.",
)

OF_VERSIONS = (SCORE, DECISIONS, MISSING, UNKNOWN)
RETIRED = 300  # seconds after which the series of a version that no longer predicts disappear

_ended: dict[str, float] = {}  # when each version that was shown ended; infinity while it predicts


def show_models(arms: Arms) -> None:
    """Show which models predict from now on."""
    MODELS.clear()
    PAUSED.set(bool(arms.paused))
    for version, end in _ended.items():
        _ended[version] = min(end, time.monotonic())
    for model, version in arms.versions.items():
        MODELS.labels(model, version).set(1)
        _ended[version] = math.inf


_shown: dict[Gauge, set[tuple[str, str, str]]] = {ALARM: set(), VALUE: set()}


def show_verdicts(rows: Iterable[dict[str, Any]]) -> None:
    """Show the monitor's last verdicts and when it last ran; remove those that are gone."""
    now: dict[Gauge, dict[tuple[str, str, str], float]] = {ALARM: {}, VALUE: {}}
    for row in rows:
        if row["name"] == verdicts.MONITOR:
            MONITORED.set(row["time"].replace(tzinfo=row["time"].tzinfo or UTC).timestamp())
            continue
        labels = (row["name"], row["model_version"], row["arm"])
        now[ALARM][labels] = float(row["status"] == verdicts.ALARM)
        if row["value"] is not None:
            now[VALUE][labels] = row["value"]
    for gauge, found in now.items():
        for labels, value in found.items():
            gauge.labels(*labels).set(value)
        # Not cleared first: a scrape in between would see no series, and an alert would start over.
        for labels in _shown[gauge] - found.keys():
            gauge.remove(*labels)
        _shown[gauge] = set(found)


def forget_versions(seconds: float = RETIRED) -> None:
    """Remove the series of versions that have not predicted for some time."""
    now = time.monotonic()
    for version in [version for version, end in _ended.items() if end + seconds < now]:
        del _ended[version]
        for metric in OF_VERSIONS:
            metric.remove_by_labels({"model_version": version})


def count_batch(requests: Sequence[PredictRequest], predicted: Iterable[Rows], arms: Arms) -> None:
    """Count the inputs and predictions of one micro-batch."""
    BATCHES.observe(sum(request.rows for request in requests))
    known = {model.version: _categories(model) for model in arms.models}
    scores: dict[tuple[str, ...], Histogram] = {}  # looked up once
    decisions: Tally[tuple[str, ...]] = Tally()
    missing: Tally[tuple[str, ...]] = Tally()
    unknown: Tally[tuple[str, ...]] = Tally()
    for request, answers in zip(requests, predicted, strict=True):
        for inputs, answer in zip(request.instances, answers, strict=True):
            who = (answer["model_version"], answer["arm"])
            score = scores.get(who) or scores.setdefault(who, SCORE.labels(*who))
            score.observe(answer["score"])
            decisions[*who, str(answer["decision"]).lower()] += 1
            for name, value in inputs.items():
                if value is None:
                    missing[*who, name] += 1
            for name, categories in known[who[0]].items():
                if inputs.get(name) is not None and inputs[name] not in categories:
                    unknown[*who, name] += 1
    for counter, tally in ((DECISIONS, decisions), (MISSING, missing), (UNKNOWN, unknown)):
        for labels, number in tally.items():
            counter.labels(*labels).inc(number)


def _categories(model: Artifact) -> dict[str, frozenset[str]]:
    """Return the categories that a model knows, by feature, which an input may be itself."""
    return {
        feature.name: frozenset(feature.categories)
        for feature in model.manifest.features
        if feature.kind == "category"
    }
