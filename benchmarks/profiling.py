"""How long monitoring takes to profile a day of the prediction log, and how much memory."""

import re
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

# Linux starts a new peak when this is written.
CLEAR, PEAK = Path("/proc/self/clear_refs"), "5"


def profiling(project: Path, package: str, rows: int) -> tuple[float, float, float]:
    """Return the seconds for the profile of one day, those of the processor, and the MB it adds."""
    machinery = f"{package}.machinery"
    tables = import_module(f"{machinery}.prediction.log.tables")
    parse = import_module(f"{machinery}.database").parse
    record = import_module(f"{machinery}.prediction.log.record")
    known = import_module(f"{machinery}.monitoring.known")
    profile = import_module(f"{machinery}.monitoring.profile")
    own = import_module(f"{package}.project").PROJECT
    (model,) = known.find([project / "models/candidate"]).values()
    version = f"candidate-{model.manifest.sha256[:12]}"
    given = pl.read_parquet(project / "data/rows.parquet", n_rows=rows)
    given = given.select(list(own.row.columns))
    scored = given.select("key").with_columns(
        score=pl.lit(0.5), decision=pl.lit(None, pl.Boolean), arm=pl.lit("champion")
    )
    answers = scored.with_columns(model_version=pl.lit(version))
    day = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        engine = tables.open_tables(parse(f"sqlite:///{folder}/log.sqlite"))
        made = record.records(
            given, answers, request_id="day", first=0, time=day, assign_by=own.row.key[0]
        )
        with engine.begin() as connection:
            for part in made.iter_slices(20_000):
                tables.insert(connection, part.to_dicts())
        del made, answers, scored
        CLEAR.write_text(PEAK)
        before, start, used = peak(), time.monotonic(), time.process_time()
        with engine.connect() as connection:
            found = profile.profile(connection, own, day.date(), {version: model.reference})
        seconds, used = time.monotonic() - start, time.process_time() - used
    if sum(each["rows"] for each in found if each["feature"] == "(score)") != rows:
        raise SystemExit("the profile lacks rows")
    return seconds, used, peak() - before


def peak() -> float:
    """Return the largest memory of this process since its peak was cleared, in MB."""
    (found,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found) / 1024
