"""Compares batch with XGBoost alone and with COPY, and measures its memory as rows grow.

    .venv/bin/python benchmarks/batch.py build/demo/flight-delays [--speed] [--rows 34000000]

Every figure is a ratio of two measurements of one run, because machines and their load differ.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SHARE = 0.85  # of the rows/s of XGBoost with reading and writing
GROWTH = 1.3  # of peak memory for ten times the rows
ROUNDS = 3  # the best of them counts
SPEED_ROWS = 300_000  # five chunks: more change no ratio, and take minutes

# Makes a file of a given number of rows from the examples of the project.
MAKE = """
import sys
import polars as pl
rows, target = int(sys.argv[1]), sys.argv[2]
examples = pl.scan_parquet("data/rows.parquet").drop("target")
number = examples.select(pl.len()).collect().item()
pl.concat([examples] * -(-rows // number)).head(rows).sink_parquet(target, row_group_size=65536)
"""

# The least that scoring can cost: read, the model on a ready matrix (which is not timed), write.
ALONE = """
import json, sys, time
from importlib import import_module
from pathlib import Path
import polars as pl
package, source, target = sys.argv[1:]
project = import_module(f"{package}.project").PROJECT
artifact = import_module(f"{package}.machinery.model.artifact")
features = import_module(f"{package}.machinery.data.features").features
model = artifact.load(Path("models/candidate"), project.features_version)
def now():
    return time.perf_counter(), time.process_time()
start = now()
rows = pl.read_parquet(source)
read = now()
matrix = artifact.encode(features(project, rows), model.manifest.features)
before = now()
score = model.model.score(matrix)
scored = now()
answers = rows.select("key", score=pl.Series(score).cast(pl.Float64), decision=pl.lit(False),
                      arm=pl.lit("champion"), model_version=pl.lit(model.version))
prepared = now()
answers.write_parquet(target)
wrote = now()
spans = [(start, read), (before, scored), (prepared, wrote)]
seconds, cpu = (sum(end[clock] - begin[clock] for begin, end in spans) for clock in (0, 1))
print(json.dumps({"seconds": seconds, "cpu": cpu, "score": scored[0] - before[0]}))
"""

# The whole command, its imports left out: they cost the same for any number of rows.
OURS = """
import json, resource, sys, time
from importlib import import_module
import polars, pandera.polars, sqlalchemy, xgboost
package, *arguments = sys.argv[1:]
project = import_module(f"{package}.project").PROJECT
border, table, cli = (
    import_module(f"{package}.machinery.{name}") for name in ("data.border", "data.table", "cli")
)
nothing = polars.DataFrame(schema=table.types(project.row))
border.separate(nothing, project.row)  # pandera imports the rest of itself at first use
for module in ("arms", "batch.batch", "batch.run", "batch.source", "batch.target"):
    import_module(f"{package}.machinery.prediction.{module}")
start, cpu = time.perf_counter(), time.process_time()
cli.commands(["predict", *arguments], standalone_mode=False, obj=project)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak}))
"""

# COPY out and in alone: the same columns in the same order, and the answers that were written.
COPY = """
import json, sys, time
import psycopg
url, columns = sys.argv[1:]
size = 1 << 20
with psycopg.connect(url) as connection:
    start = time.perf_counter()
    with connection.cursor().copy(f"COPY (SELECT {columns} FROM rows ORDER BY key) TO STDOUT CSV") as out:
        for _ in out:
            pass
    read = time.perf_counter() - start
    with connection.cursor().copy("COPY predictions TO STDOUT CSV") as out:
        lines = b"".join(out)
    connection.execute("CREATE TABLE again (LIKE predictions INCLUDING ALL)")
    start = time.perf_counter()
    with connection.cursor().copy("COPY again FROM STDIN CSV") as into:
        for place in range(0, len(lines), size):
            into.write(lines[place:place + size])
    connection.commit()
    print(json.dumps({"read": read, "write": time.perf_counter() - start}))
"""


class Project:
    """A project whose pipeline has run, and a folder to work in."""

    def __init__(self, path: Path, folder: Path) -> None:
        """Take the project at a path."""
        self.path = path
        self.folder = folder
        (source,) = path.glob("src/*/machinery")
        self.package = source.parent.name

    def python(self, program: str, *arguments: object, threads: int = 2) -> dict[str, float]:
        """Run a program in the project and return the JSON of its last line."""
        limits = {"OMP_NUM_THREADS": str(threads), "POLARS_MAX_THREADS": str(threads)}
        own = {"MODEL": "models/candidate", "PYTHONPATH": str(self.path / "src")}
        said = subprocess.run(
            [self.path / ".venv/bin/python", "-c", program, *map(str, arguments)],
            cwd=self.path,
            env=os.environ | limits | own,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        return dict(json.loads(said.splitlines()[-1])) if said.strip() else {}

    def make(self, rows: int) -> Path:
        """Make a file of so many rows, once."""
        path = self.folder / f"{rows}.parquet"
        if not path.exists():
            self.python(MAKE, rows, path)
        return path

    def batch(
        self, source: object, target: object, *options: str, threads: int = 2
    ) -> dict[str, float]:
        """Score a source into a target."""
        reports = ["--reports", str(self.folder / "reports")]
        return self.python(OURS, self.package, source, target, *reports, *options, threads=threads)


def speed(project: Project) -> bool:
    """Print the share of the rows/s of XGBoost with reading and writing, and say if it is enough."""
    source, enough = project.make(SPEED_ROWS), True
    print("rows/s of batch as a share of those of XGBoost on a ready matrix with read and write")
    for threads in (1, 2):
        alone, ours = [], []
        for number in range(ROUNDS):
            target = project.folder / "alone.parquet"
            alone.append(project.python(ALONE, project.package, source, target, threads=threads))
            target = project.folder / f"ours-{threads}-{number}.parquet"
            ours.append(project.batch(source, target, threads=threads))
        best = {
            clock: min(each[clock] for each in alone) / min(each[clock] for each in ours)
            for clock in ("seconds", "cpu")
        }
        print(
            f"  {threads} thread(s): {best['seconds']:.0%}, goal {SHARE:.0%};"
            f" by CPU time, which a busy machine blurs less: {best['cpu']:.0%}",
            flush=True,
        )
        enough &= best["seconds"] >= SHARE
    return enough


def memory(project: Project, rows: int) -> bool:
    """Print the peak memory for a tenth of the rows and for all of them, and say if it is flat."""
    peaks = {}
    for number in (rows // 10, rows):
        source = project.make(number)
        peaks[number] = project.batch(source, project.folder / f"{number}-scores.parquet")["peak"]
        print(f"  {number:>11,} rows: peak {peaks[number] / 2**20:,.0f} MiB", flush=True)
    ratio = peaks[rows] / peaks[rows // 10]
    print(f"peak memory for ten times the rows: {ratio:.2f} times, goal {GROWTH}")
    return ratio <= GROWTH


def postgres(project: Project, url: str) -> None:
    """Print the time from table to table, next to that of COPY out and in alone."""
    load = (
        "import sys, polars as pl, sqlalchemy as sa, io, psycopg\n"
        "source, url = sys.argv[1:]\n"
        "rows = pl.read_parquet(source).with_columns(pl.col('key') + '-' + pl.int_range(pl.len()).cast(pl.String))\n"
        "kinds = {pl.Int16: 'smallint', pl.Int64: 'bigint', pl.Float64: 'float8', pl.String: 'text'}\n"
        "columns = ', '.join(f\"{n} {kinds.get(k, 'timestamp')}\" for n, k in rows.schema.items())\n"
        "with psycopg.connect(url) as connection:\n"
        "    connection.execute(f'CREATE TABLE rows ({columns})')\n"
        "    with connection.cursor().copy('COPY rows FROM STDIN CSV') as into:\n"
        "        into.write(rows.write_csv(include_header=False).encode())\n"
        "    connection.execute('CREATE INDEX ON rows (key)'); connection.commit()\n"
        "print('{\"rows\": %d}' % rows.height)\n"
    )
    columns = "import json, polars as pl, sys; print(json.dumps({n: 0 for n in pl.read_parquet_schema(sys.argv[1])}))"
    source = project.make(327_346)
    project.python(load, source, url)
    ours = project.batch(url, url, "--table", "rows", "--run-id", "bench")["seconds"]
    parts = project.python(COPY, url, ", ".join(project.python(columns, source)))
    alone = project.python(ALONE, project.package, source, project.folder / "alone.parquet")[
        "score"
    ]
    copied = sum(parts.values())
    print(
        f"PostgreSQL to PostgreSQL: {ours / copied:.1f} times that of COPY out and in alone,"
        f" {ours / (copied + alone):.2f} times that of COPY and XGBoost on a ready matrix"
    )


def main() -> None:
    """Measure, and fail when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--rows", type=int, default=34_000_000)
    parser.add_argument("--postgres", help="URL of an empty database")
    parser.add_argument("--speed", action="store_true", help="without the memory, which takes long")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(given.project.resolve(), Path(folder))
        reached = speed(project)
        if given.postgres:
            postgres(project, given.postgres)
        reached &= given.speed or memory(project, given.rows)
    if not reached:
        sys.exit("error: a goal is missed")


if __name__ == "__main__":
    main()
