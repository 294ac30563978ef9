"""The graph of the pipeline, drawn from dvc.yaml."""

from collections.abc import Iterator
from typing import Any

from matplotlib.figure import Figure
from ruamel.yaml import YAML

from ... import theme

STEP = 0.62  # inches from stage to stage
TITLE = "The pipeline"


def stages(text: str) -> dict[str, set[str]]:
    """Return the stages that each stage of dvc.yaml's `text` needs, without those implied.

    If b needs a, and c needs a and b, then c has b alone: a is implied.
    """
    known = YAML(typ="safe").load(text)["stages"]
    makes = {name: list(_paths(stage, "outs", "metrics")) for name, stage in known.items()}
    needs = {
        name: {
            other
            for other, made in makes.items()
            if other != name and any(_within(a, b) for a in _reads(stage) for b in made)
        }
        for name, stage in known.items()
    }
    return {
        name: {each for each in own if not any(each in _before(o, needs) for o in own - {each})}
        for name, own in needs.items()
    }


def drawn(text: str) -> str:
    """Return the graph of dvc.yaml's `text` as SVG: a stage, what it makes, arrows downwards."""
    known, needs = YAML(typ="safe").load(text)["stages"], stages(text)
    ranks = {name: len(_before(name, needs)) for name in needs}
    order = sorted(needs, key=lambda name: ranks[name])
    height = STEP * len(order)
    figure = Figure(figsize=(theme.WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, theme.WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    middle = {name: STEP * (place + 0.5) for place, name in enumerate(order)}
    for name in order:
        tables = known[name].get("matrix", {}).get("table", [])
        label = f"{name} ({len(tables)} tables)" if tables else name
        style = {"boxstyle": "round,pad=0.4", "facecolor": "#eaf3fa", "edgecolor": theme.COLOURS[0]}
        axes.text(0.85, middle[name], label, ha="center", va="center", fontsize=9.5, bbox=style)
        made = [
            path.replace("${item.table}", "*") for path in _paths(known[name], "outs", "metrics")
        ]
        axes.text(1.75, middle[name], _short(made), va="center", fontsize=8.5, color="#57606a")
        for before in needs[name]:
            near = middle[name] - middle[before] < STEP * 1.5
            arrow = {
                "arrowstyle": "-|>",
                "color": theme.QUIET,
                "connectionstyle": "arc3" if near else "arc3,rad=0.35",
            }
            end, start = (0.85, middle[name] - 0.17), (0.85, middle[before] + 0.17)
            axes.annotate("", end, start, arrowprops=arrow)
    return theme.svg(figure, TITLE)


def _short(made: list[str]) -> str:
    """Return at most two paths, and how many there are in addition."""
    more = f", {len(made) - 2} more" if len(made) > 2 else ""  # noqa: PLR2004
    return "\n".join(made[:2]) + more


def _paths(stage: dict[str, Any], *kinds: str) -> Iterator[str]:
    for kind in kinds:
        for each in stage.get(kind, ()):
            yield from [each] if isinstance(each, str) else each


def _reads(stage: dict[str, Any]) -> Iterator[str]:
    """Yield what a stage reads: its dependencies, and files of parameters."""
    yield from _paths(stage, "deps")
    yield from (path for each in stage.get("params", ()) if isinstance(each, dict) for path in each)


def _within(one: str, other: str) -> bool:
    """Return whether one path is the other or contains it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _before(name: str, needs: dict[str, set[str]]) -> set[str]:
    """Return all stages that run before a stage."""
    return needs[name].union(*(_before(each, needs) for each in needs[name]))
