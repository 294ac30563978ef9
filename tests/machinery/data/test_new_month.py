"""A PostgreSQL source gets a new month, and the next release has learned from it."""

import json
import subprocess
import sys
from contextlib import chdir
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from machinery.database import open_engine, parse
from machinery.stages import run_stage
from tiny.command import invoke
from tiny.postgresql import PASSWORD
from tiny.project import PROJECT
from tiny.sample import PIPELINE, lay_out, parcels

DVC_YAML = """\
stages:
  train:
    cmd: "true"
    deps: [data/external/parcels.parquet]
    outs: [models/candidate]
artifacts:
  model: {path: models/candidate, type: model}
"""
JUNE = datetime(2026, 6, 1)


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def dvc(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", "--quiet", *arguments], check=True)


def tiny(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def shop(server: str, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A database which the environment may enter, with parcels until the end of May."""
    monkeypatch.setenv("PGUSER", "owner")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    engine = open_engine(parse(f"{server}/postgres"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS parcels")
        connection.exec_driver_sql(
            "CREATE TABLE parcels (number int, sent timestamptz, carrier text, weight numeric(6, 2),"
            " stops smallint, days numeric(6, 2))"
        )
    deliver(engine, parcels().filter(pl.col("sent") < JUNE))
    return engine


def deliver(engine: sa.Engine, rows: pl.DataFrame) -> None:
    """Add rows to the table of the shop."""
    marks = ", ".join(f":{name}" for name in rows.columns)
    zoned = rows.with_columns(pl.col("sent").dt.replace_time_zone("UTC"))
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO parcels VALUES ({marks})"), zoned.to_dicts())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny project in Git and DVC, without its table."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    folder = lay_out(tmp_path / "project")
    with chdir(folder):
        git("init", "--quiet", "--bare", "--initial-branch=main", "../origin.git")
        git("init", "--quiet", "--initial-branch=main")
        git("remote", "add", "origin", "../origin.git")
        for table in Path("data/external").iterdir():
            table.unlink()
        Path("dvc.yaml").write_text(DVC_YAML)
        Path("pyproject.toml").write_text("[tool.external-data]\nlicenses = ['CC0-1.0']\n")
        Path(".gitignore").write_text("*.parquet\nmodels/\n.dvc/cache\n.dvc/tmp\n")
        Path(".dvc").mkdir()
        Path(".dvc/config").write_text(
            "[core]\nremote = storage\nanalytics = false\n"
            "['remote \"storage\"']\nurl = ../../storage\n"
        )
        (tmp_path / "storage").mkdir()
    return folder


def released(version: str) -> dict[str, dict[str, object]]:
    """Run the pipeline, release its model, and return what each part of the split holds."""
    for name, paths in PIPELINE.items():
        run_stage(PROJECT, name, [Path(path) for path in paths.split()])
    dvc("commit", "--force")
    git("add", ".")
    git("commit", "--quiet", "--message", version)
    git("push", "--quiet", "origin", "main")
    tiny("model", "release", version)
    return json.loads(Path("reports/split.json").read_text())


def test_a_new_month_is_learned_up_to_the_next_release(
    shop: sa.Engine, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    # DVC does not know the stages here; others test that a release runs them again.
    monkeypatch.setattr("machinery.model.registry.release.reproduce", lambda *_: None)
    url = f"postgresql://127.0.0.1:{shop.url.port}/postgres"
    given = ("--name", "parcels", "--license", "CC0-1.0", "--owner", "Ada", "--refresh", "monthly")
    tiny("data", "add", url, "--query", "SELECT * FROM parcels", *given)
    first = released("v1.0.0")
    deliver(shop, parcels().filter(pl.col("sent") >= JUNE))
    assert tiny("data", "update", "parcels") == "parcels changed: commit its pointer\n"
    second = released("v1.1.0")
    learned = pl.read_parquet("data/split/train.parquet")
    assert learned.height == second["train"]["rows"] > first["train"]["rows"] + 150
    assert second["train"]["last"] > first["train"]["last"]
    assert second["test"]["last"] > first["test"]["last"]
    tables = [git("show", f"{tag}:data/sources.json") for tag in git("tag").splitlines()]
    hashes = {json.loads(text)["parcels"]["sha256"] for text in tables}
    assert len(hashes) == 2
