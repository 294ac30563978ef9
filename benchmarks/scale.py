"""Runs every stage on the year of flights once and ten times over; prints time, memory and ratios.

Run it with `make bench`, which makes the demo first and uses its environment. Each stage is a process of its own; its memory is the kernel's highest resident set. The last line
sets the data stages against Polars reading, joining, sorting and writing the same tables by itself.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
from ruamel.yaml import YAML

GIB = 2**30
LIMIT = 2.5 * GIB
TABLES = ("flights", "weather", "planes")
DATA_STAGES = (*(f"clean@{table}" for table in TABLES), "rows", "features", "split")
SPLIT = {1: ("2 months", "3 months"), 10: ("20 months", "30 months")}  # the same shares

POLARS_ALONE = """
import polars as pl
flights = pl.scan_parquet("data/external/flights.parquet")
weather = pl.scan_parquet("data/external/weather.parquet")
planes = pl.scan_parquet("data/external/planes.parquet")
(
    flights.join(planes, on="tailnum", how="left")
    .join(weather, on=["origin", "time_hour"], how="left")
    .sort("time_hour", "carrier", "flight")
    .sink_parquet("alone.parquet", row_group_size=65_536)
)
"""


def prepare(project: Path, folder: Path, *, years: int) -> None:
    """Copy what the pipeline needs to `folder`, with the tables `years` times, each year later."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data" / "external").mkdir(parents=True)
    for name in ("requirements", "src"):
        shutil.copytree(project / name, folder / name)
    for name in TABLES:
        table = pl.read_parquet(project / f"data/external/{name}.parquet")
        if "time_hour" in table.columns:
            later = [pl.col("time_hour").dt.offset_by(f"{year}y") for year in range(years)]
            table = pl.concat([table.with_columns(shifted) for shifted in later])
        table.write_parquet(folder / f"data/external/{name}.parquet")
    shutil.copy(project / "data/sources.json", folder / "data")
    parameters = YAML().load(project / "params.yaml")
    parameters["split"]["validation"], parameters["split"]["test"] = SPLIT[years]
    parameters["train"]["rounds"] = 20  # more take longer, and no more memory
    YAML().dump(parameters, folder / "params.yaml")


def commands(project: Path) -> dict[str, list[str]]:
    """Return the command of each stage of dvc.yaml."""
    pipeline = YAML(typ="safe").load(project / "dvc.yaml")
    package = pipeline["vars"][0]["package"]
    found = {}
    for name, stage in pipeline["stages"].items():
        command = stage["cmd"].replace("${package}", package)
        for table in stage.get("matrix", {}).get("table", [""]):
            place = f"{name}@{table}" if table else name
            found[place] = [sys.executable, *command.replace("${item.table}", table).split()[1:]]
    return found


def measure(command: list[str], folder: Path) -> tuple[float, int]:
    """Run `command` in `folder`; return its seconds and the highest resident bytes."""
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    with (folder / "log.txt").open("a") as log:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"error: {' '.join(command)} failed, see {folder}/log.txt")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def main(project: Path) -> None:
    """Measure and print."""
    folders = {years: project / "build" / f"scale-{years}" for years in SPLIT}
    for years, folder in folders.items():
        prepare(project, folder, years=years)
    alone = [sys.executable, "-c", POLARS_ALONE]
    rows = {
        stage: {years: measure(command, folder) for years, folder in folders.items()}
        for stage, command in (commands(project) | {"Polars alone": alone}).items()
    }
    print(f"{'stage':14}{'1 year':>10}{'10 years':>10}{'ratio':>8}{'peak':>12}")
    for stage, measured in rows.items():
        (short, _), (long, peak) = measured[1], measured[10]
        print(f"{stage:14}{short:>8.1f} s{long:>8.1f} s{long / short:>8.1f}{peak / GIB:>8.2f} GiB")
    highest = max(measured[10][1] for measured in rows.values())
    once, tenfold = (sum(rows[stage][years][0] for stage in DATA_STAGES) for years in SPLIT)
    print(f"highest peak {highest / GIB:.2f} GiB, limit {LIMIT / GIB} GiB")
    print(f"data stages: {tenfold / once:.1f} times the time for 10 times the rows")
    share = rows["Polars alone"][10][0] / tenfold
    print(f"Polars alone: {share:.0%} of the data stages' time at 10 years")
    if highest > LIMIT or tenfold / once > 10:
        sys.exit("error: a limit is exceeded")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
