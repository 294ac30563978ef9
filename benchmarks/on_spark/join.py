"""Makes rows and features on Spark and in one process, and compares them."""

import shutil
from functools import partial

from .bench import Bench
from .processes import heading, measure, show

# Clean tables with so many flights, each year of them a folder, and what one process makes of them.
CLEAN = """
import sys
from pathlib import Path
import polars as pl
rows, folder = int(sys.argv[1]), Path(sys.argv[2])
tables = {name: pl.read_parquet(f"data/clean/{name}.parquet") for name in ("flights", "weather", "planes")}
years = max(1, round(rows / tables["flights"].height))
for year in range(years):
    (folder / str(year)).mkdir(parents=True)
    for name in ("flights", "weather"):
        table = tables[name].head(rows) if name == "flights" else tables[name]
        times = [column for column, kind in table.schema.items() if kind == pl.Datetime]
        later = table.with_columns(pl.col(times).dt.offset_by(f"{year}y"))
        if name == "flights":
            text = pl.format("{}{}-{}-{}", "carrier", "flight", "origin", pl.col("departure").dt.strftime("%Y%m%dT%H%M"))
            later = later.with_columns(text.alias("key"))
        later.write_parquet(folder / str(year) / f"{name}.parquet")
tables["planes"].write_parquet(folder / "planes.parquet")
"""
JOIN = """
import sys
from importlib import import_module
from pathlib import Path
import polars as pl
module, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
project, machinery = import_module(module).PROJECT, module.replace(".project", ".machinery")
params, rows, features = (import_module(f"{machinery}.{name}") for name in ("params", "data.rows", "data.features"))
tables = {table.name: pl.read_parquet(f"{folder}/**/{table.name}.parquet").lazy() for table in project.tables}
rows.labelled(project, tables, params.load(project.params)).write_parquet(target)
features.main(project, target, target.with_suffix(".features"))
"""
SAME_ROWS = """
import sys
import polars as pl
for one, many in ((sys.argv[1], sys.argv[2]), (sys.argv[3], sys.argv[4])):
    first, other = (pl.read_parquet(path).sort("key") for path in (one, f"{many}/*.parquet"))
    if not first.equals(other):
        sys.exit(1)
"""


def join(bench: Bench, rows: int) -> bool:
    """Print the cost of rows and features on Spark, and compare them with one process."""
    heading("flights")
    spent, fine = [], True
    for size in (rows, 10 * rows):
        clean, made, features = (
            bench.work / f"{name}-{size}" for name in ("clean", "made", "features")
        )
        assert bench.python(CLEAN, size, clean) == 0
        total = 0.0
        for stage, source, target in (("rows", clean, made), ("features", made, features)):
            command = (bench.env / "bin/python", "-m", bench.module, "stage", stage, source, target)
            options = ("--engine=spark", "--master=local[2]")
            measured = measure(partial(bench.start, *command, *options))
            show(stage, size, measured)
            total += measured[1]
        spent.append(total)
        if size == rows:
            one = bench.work / "made.parquet"
            alone = (bench.env / "bin/python", "-c", JOIN, bench.module, clean, one)
            own = measure(partial(bench.start, *alone))
            show("one process", size, own)
            pairs = (one, made, one.with_suffix(".features"), features)
            fine &= bench.python(SAME_ROWS, *pairs) == 0
        for folder in (clean, made, features):
            shutil.rmtree(folder)
    grown = spent[1] / spent[0]
    print(
        f"rows and features: {'bit-identical' if fine else 'DIFFERENT'}, {grown:.1f} times the CPU for"
        " 10 times the rows (at most 10)"
    )
    return fine and grown <= 10
