"""Draws the plots of the demo, as `dvc plots show` draws them, into docs/images.

Run it with `make pictures`, which makes the demo first.
"""

import json
import os
import subprocess
from pathlib import Path

import vl_convert

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "build" / "demo" / "flight-delays"
PLOTS = ("calibration",)


def main() -> None:
    """Write one PNG a plot."""
    programs = DEMO / ".venv" / "bin"
    shown = subprocess.run(
        [programs / "dvc", "plots", "show", "--json"],
        cwd=DEMO,
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    plots = json.loads(shown.stdout)["data"]
    for name in PLOTS:
        picture = vl_convert.vegalite_to_png(plots[name][0]["content"], scale=1.5)
        (ROOT / "docs" / "images" / f"{name}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
