"""Photographs pages of the demo in Chromium, into docs/images.

Run it with `make pictures`, which makes the demo first.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "build" / "demo" / "flight-delays"
PROGRAMS = DEMO / ".venv" / "bin"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
# Each page below build/ of the demo, where it is opened, and the height in pixels at which it is cut.
PAGES = {
    "../reports/report.html": 1200,
    "site/model-card.html#how-good-it-is": 820,
    "gate.html": 960,
}
WIDTH = 1250
FRAME = f"""<!doctype html><body style="margin: 0">
<iframe src="{{page}}" style="border: 0; width: {WIDTH}px; height: {{height}}px"></iframe>"""
GATE = """<!doctype html><meta charset="utf-8"><style>
body {{ font: 15px sans-serif; margin: 24px; }} table {{ border-collapse: collapse; }}
td, th {{ border-bottom: 1px solid #ccc; padding: 5px 12px; text-align: left; }}
</style>{table}"""


def main() -> None:
    """Write one PNG a page."""
    tell("make", "docs")
    table = tell("python", "-m", "markdown", "-x", "tables", "reports/gate.md")
    (DEMO / "build" / "gate.html").write_text(GATE.format(table=table), encoding="utf-8")
    for page, height in PAGES.items():
        photograph(page, height)


def tell(*command: str) -> str:
    """Run a command in the demo, with its own programs first, and return what it says."""
    return subprocess.run(
        command,
        cwd=DEMO,
        env=os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


def photograph(page: str, height: int) -> None:
    """Write what Chromium shows of a page from a heading on, in its light colours.

    In a frame, as it photographs nothing of a page that is not at its top.
    """
    frame = DEMO / "build" / "frame.html"
    frame.write_text(FRAME.format(page=page, height=height), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    picture = IMAGES / f"{Path(page).stem}.png"
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *(CHROMIUM, *options, f"--user-data-dir={profile}", "--virtual-time-budget=5000"),
                *(f"--window-size={WIDTH},{height}", f"--screenshot={picture}", frame.as_uri()),
            ],
            stderr=subprocess.DEVNULL,
            check=True,
        )


if __name__ == "__main__":
    main()
