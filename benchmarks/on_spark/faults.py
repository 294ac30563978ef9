"""Kills an executor and drivers, and fills the disk: nothing may be lost or doubled."""

import os
import subprocess
import sys
import time
from pathlib import Path

from .bench import Bench, cluster
from .processes import kill, line, tree

INTO = """
import sys
import polars as pl
from sqlalchemy import create_engine, text
one, url = sys.argv[1:]
engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
with engine.connect() as connection:
    found = connection.execute(text("SELECT unit, arm, score FROM predictions WHERE request_id = 'database'"))
    there = pl.DataFrame(found.fetchall(), schema=["key", "arm", "score"], orient="row")
sys.exit(not there.sort("key").equals(pl.read_parquet(one).select("key", "arm", "score").sort("key")))
"""

# Ends when a worker writes answers.
WRITES = """
import sys, time
from sqlalchemy import create_engine, text
engine = create_engine(sys.argv[1].replace("postgresql:", "postgresql+psycopg:"))
writes = text("SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'COPY%predictions%FROM%'")
with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
    while connection.execute(writes).first() is None:
        time.sleep(0.05)
"""


def begun(target: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until a run writes answers."""
    while not list(target.glob("_attempts/*/*/_temporary/0/_temporary/*/part-*")):
        if child.poll() is not None:
            sys.exit("error: the run ended before it could be killed: take more --rows")
        time.sleep(0.05)


def faults(bench: Bench, rows: int) -> bool:
    """Kill an executor and a driver, fill the disk, and say whether anything was lost or doubled."""
    source, one = bench.rows(rows), bench.work / "one.parquet"
    assert bench.predict(source, one).wait() == 0
    found = {}
    with cluster(bench) as url:
        target, options = bench.work / "executor", ("--engine=spark", f"--master={url}")
        child = bench.predict(source, target, *options, "--run-id=executor")
        begun(target, child)
        executors = [pid for pid in tree() if b"CoarseGrainedExecutorBackend" in line(pid)]
        kill(executors[0])
        found["killed executor"] = child.wait() == 0 and bench.same(one, target, "executor")
    target, options = bench.work / "driver", ("--engine=spark", "--master=local[2]")
    child = bench.predict(source, target, *options, "--run-id=driver")
    begun(target, child)
    kill(*tree())
    child.wait()
    nothing = not list(target.glob("run_id=*"))
    again = bench.predict(source, target, *options, "--run-id=driver").wait()
    found["killed driver"] = nothing and again == 0 and bench.same(one, target, "driver")
    if os.getuid() == 0:
        found["full disk"] = full_disk(bench, source, one)
    for name, fine in found.items():
        print(f"{name}: {'nothing lost, nothing doubled' if fine else 'WRONG'}")
    return all(found.values())


def full_disk(bench: Bench, source: Path, one: Path) -> bool:
    """Score onto a file system that is too small, then onto the same one made larger."""
    target, size = bench.work / "disk", one.stat().st_size // 2
    target.mkdir()
    options = ("--engine=spark", "--master=local[2]", "--run-id=disk")
    mount = ["mount", "-t", "tmpfs", "-o"]
    subprocess.run([*mount, f"size={size}", "tmpfs", target], check=True)
    try:
        failed = bench.predict(source, target, *options).wait() == 1
        nothing = not list(target.glob("run_id=*"))
        subprocess.run([*mount, "remount,size=4g", "tmpfs", target], check=True)
        again = bench.predict(source, target, *options).wait()
        return failed and nothing and again == 0 and bench.same(one, target, "disk")
    finally:
        subprocess.run(["umount", target], check=True)


def database(bench: Bench, rows: int) -> bool:
    """Kill a driver that writes to PostgreSQL, run it again, and say whether anything was lost."""
    source, one = bench.rows(rows), bench.work / "database.parquet"
    assert bench.predict(source, one).wait() == 0
    options = ("--engine=spark", "--master=local[2]", "--run-id=database")
    child = bench.predict(source, bench.url, *options)
    begins = bench.start(bench.env / "bin/python", "-c", WRITES, bench.url)
    while begins.poll() is None:
        if child.poll() is not None:
            begins.kill()
            sys.exit("error: the run ended before it could be killed: take more --rows")
        time.sleep(0.05)
    kill(*tree())
    child.wait()
    part = bench.python(INTO, one, bench.url) != 0
    again = [bench.predict(source, bench.url, *options).wait() for _ in range(2)]
    fine = part and again == [0, 0] and bench.python(INTO, one, bench.url) == 0
    print(f"killed driver, PostgreSQL: {'nothing lost, nothing doubled' if fine else 'WRONG'}")
    return fine
