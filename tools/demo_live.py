"""Replays October to December into the demo's service, day by day, and ends on the monitor's page.

`make demo-live` runs it after `make demo`, with the demo's own Python. A challenger gets a third of
the flights and a holdout a tenth; outcomes come two days later; from December 9 on, the sender no
longer knows the number of seats. A decision cannot change whether a flight is late, so the business
number is simulated: a warned passenger of a late flight costs less.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

FIRST, LAST = date(2013, 10, 1), date(2013, 12, 30)
FAULT = date(2013, 12, 9)
LATE = timedelta(days=2)  # until an outcome is known
PORTION = 900  # rows of a request
FOLDER = Path("build/live")
LOG = FOLDER / "log.sqlite"
LATE_COST, WARNED_COST, WARNING = 100.0, 70.0, 5.0  # simulated
ROLLOUT = """\
salt: live
assign_by: key
holdout: 0.1
challenger: 0.3
shadow: false
default_decision: false
experiment: {measure: cost, better: lower, matters: 1}
models: {champion: models/v1.0.0, challenger: models/v1.1.0, before_release: null}
"""


def main(project: Path) -> None:
    """Replay, then print what the commands say."""
    begun = time.monotonic()
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": "src"}
    command = [sys.executable, "-m", f"{package}.project"]
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree("models/candidate", FOLDER / "models/v1.0.0")
    (FOLDER / "rollout.yaml").write_text(ROLLOUT, encoding="utf-8")
    print("training a smaller challenger", flush=True)
    train(command, FOLDER / "models/v1.1.0")
    rows = pl.read_parquet("data/rows.parquet")
    when = next(name for name, kind in rows.schema.items() if kind == pl.Datetime)
    rows = rows.with_columns(day=pl.col(when).dt.date())
    rows = rows.filter(pl.col("day").is_between(FIRST, LAST))
    with service(command) as ask:
        for (day,), part in rows.group_by("day", maintain_order=True):
            replay(part, day, ask)
            tell(rows.filter(pl.col("day") == day - LATE), day)
            if day.day in (1, 11, 21):
                print(f"{day}: {part.height} flights", flush=True)
    read(command)
    print(f"\n{time.monotonic() - begun:.0f} s; open {project / FOLDER / 'monitor.html'}")


def train(command: list[str], folder: Path) -> None:
    """Train a challenger of a tenth of the rounds into `folder`."""
    part = FOLDER / "challenger"
    part.mkdir()
    text = Path("params.yaml").read_text(encoding="utf-8")
    (part / "params.yaml").write_text(text.replace("rounds: 600", "rounds: 20"), encoding="utf-8")
    for name in ("data", "requirements"):
        (part / name).symlink_to(Path(name).resolve())
    paths = "data/split/train.parquet data/split/validation.parquet data/environment.json"
    stage = [*command, "stage", "train", *paths.split(), "data/sources.json", "model", "curve"]
    paths = str(Path("src").resolve())
    subprocess.run(stage, check=True, cwd=part, env=os.environ | {"PYTHONPATH": paths})
    shutil.move(part / "model", folder)


@contextmanager
def service(command: list[str]) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """Start the service, yield a function that asks it, and stop it."""
    port = free_port()
    options = ["--rollout", FOLDER / "rollout.yaml", "--log-url", f"sqlite:///{LOG}"]
    options += ["--spool", FOLDER / "spool", "--port", port]
    with (FOLDER / "service.log").open("w") as output:
        process = subprocess.Popen([*command, "serve", *map(str, options)], stderr=output)
        try:
            wait(f"http://127.0.0.1:{port}/health/ready", process)
            yield lambda instances: post(f"http://127.0.0.1:{port}/predict", instances)
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the service answers."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit(f"the service ended: see {FOLDER / 'service.log'}")


def post(url: str, instances: list[dict[str, Any]]) -> None:
    """Ask for answers, which the service records."""
    body = json.dumps({"instances": instances}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()


def replay(rows: pl.DataFrame, day: date, ask: Callable[[list[dict[str, Any]]], None]) -> None:
    """Ask for the flights of a day, and move their answers to that day."""
    given = rows.drop("day", "target", "predicted_at", "known", strict=False)
    if day >= FAULT:
        given = given.with_columns(seats=pl.lit(None, pl.Int64))
    times = [name for name, kind in given.schema.items() if kind.is_temporal()]
    given = given.with_columns(pl.col(times).dt.to_string("iso:strict"))
    for portion in given.iter_slices(PORTION):
        ask(portion.to_dicts())
    with closing(sqlite3.connect(LOG, timeout=30)) as log, log:
        moment = f"{day} 12:00:00.000000"
        log.execute("UPDATE predictions SET time = ? WHERE time > '2014-06-01'", [moment])
        log.execute("UPDATE rollouts SET time = ? WHERE time > '2014-06-01'", [moment])


def tell(rows: pl.DataFrame, day: date) -> None:
    """Record what happened to `rows`, as known on `day`, and what it cost."""
    known = datetime(day.year, day.month, day.day, 8)
    draw = Random(day.toordinal())
    with closing(sqlite3.connect(LOG, timeout=30)) as log, log:
        found = log.execute(
            "SELECT unit, decision FROM predictions WHERE time = ?",
            [f"{day - LATE} 12:00:00.000000"],
        )
        warned = dict(found.fetchall())
        for unit, late in rows.select("key", "target").drop_nulls().rows():
            cost = late * (WARNED_COST if warned.get(unit) else LATE_COST)
            cost += WARNING * bool(warned.get(unit)) + draw.gauss(0, 5)
            log.execute("INSERT INTO outcomes VALUES (?, ?, NULL, ?)", [unit, late, str(known)])
            log.execute(
                "INSERT INTO measures (unit, name, time, value) VALUES (?, 'cost', ?, ?)",
                [unit, f"{known}.000000", cost],
            )


def read(command: list[str]) -> None:
    """Print what the commands say about the log."""
    url = f"sqlite:///{LOG}"
    for name, arguments in {
        "The monitor": [
            *("monitor", "--log-url", url, "--models", FOLDER / "models", "--day", LAST),
            *("--rollout", FOLDER / "rollout.yaml", "--page", FOLDER / "monitor.html"),
        ],
        "The challenger against the champion": [
            *("experiment", "read", "--log-url", url, "--rollout", FOLDER / "rollout.yaml"),
            *("--until", LAST - LATE),
        ],
        "The champion against no model": [
            *("experiment", "read", "--log-url", url, "--rollout", FOLDER / "rollout.yaml"),
            *("--compare", "holdout", "--until", LAST - LATE),
        ],
    }.items():
        print(f"\n== {name}", flush=True)
        subprocess.run([*command, *map(str, arguments)], check=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
