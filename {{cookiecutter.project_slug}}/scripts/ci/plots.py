"""Draws the plots of BASE and of this commit into a folder, and prints one as Markdown.

A summary on GitHub has at most 1 MiB, shows only pictures with a public address and drops `data:`
URLs. GitHub and GitLab draw Mermaid, so the one plot is a chart in Mermaid.
"""

import csv
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import vl_convert

CHART = """```mermaid
xychart-beta
    title "Calibration: bars are what happened, the line is what was predicted"
    x-axis "tenth of the rows, by their score" [{tenths}]
    y-axis "mean" {low} --> {high}
    bar [{observed}]
    line [{predicted}]
```"""


def main(base: str, folder: Path) -> None:
    """Draw one picture a plot, and print the chart."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, plots in compared(base).items():
        picture = vl_convert.vegalite_to_png(plots[0]["content"], scale=2)
        (folder / f"{Path(name).stem}.png").write_bytes(picture)
    print(chart(Path("reports/plots/calibration.csv")))  # noqa: T201  is there to be read


def compared(base: str) -> dict[str, list[dict[str, str]]]:
    """Return the plots of `base` and of what is here; where that has none, of what is here."""
    return ask("dvc", "plots", "diff", "--json", base) or ask("dvc", "plots", "show", "--json")


def ask(*command: str) -> dict[str, list[dict[str, str]]]:
    """Return the plots that a command of DVC gives; none when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    plots: dict[str, list[dict[str, str]]] = json.loads(done.stdout or "{}").get("data", {})
    return plots


def chart(calibration: Path) -> str:
    """Return predictions and outcomes as a chart of Mermaid."""
    rows = list(csv.DictReader(calibration.open(encoding="utf-8")))
    columns = {name: [row[name] for row in rows] for name in ("observed", "predicted")}
    numbers = [0.0, *map(float, chain(*columns.values()))]  # a bar is compared from zero
    texts = {name: ", ".join(values) for name, values in columns.items()}
    tenths = ", ".join(map(str, range(1, len(rows) + 1)))
    return CHART.format(tenths=tenths, low=min(numbers), high=max(numbers), **texts)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
