"""The best of the releases, so that a row of small losses is noticed."""

from typing import Any

from .lineage import describe
from .state import Registry

MARGIN = "_minus_linear"  # of a metric in metrics.json: the difference to the linear baseline


def best(registry: Registry) -> str | None:
    """Return the release with the largest margin over the linear baseline of its own test rows.

    Metrics of different test rows cannot be compared; the baseline has the same rows as the model.
    Releases with another headline metric than the candidate's do not count.
    """
    name = _margin(describe(registry, None)["metrics"])
    margins = {}
    for version in registry.releases:
        known = describe(registry, version)
        margin = known["metrics"].get(name, {}).get("value") if name else None
        if margin is not None and known["verdict"] != "dev only":
            margins[version] = margin
    if not name or not margins:
        return None
    from ..task import TASKS  # noqa: PLC0415  scikit-learn takes seconds to import

    headline = name.removesuffix(MARGIN)
    larger = any(headline in task.larger_is_better for task in TASKS.values())
    return (max if larger else min)(margins, key=lambda version: margins[version])


def _margin(metrics: dict[str, Any]) -> str | None:
    return next((name for name in metrics if name.endswith(MARGIN)), None)
