"""Releases models of the sample as a user does: pipeline, commit, release, promote, roll back."""

import hashlib
import re
import shutil
from pathlib import Path

from commands import run_command
from project import dvc, make, run, venv

ROWS = "data/rows.parquet"


def release_two(project: Path, folder: Path) -> Path:
    """Release v1.0.0 and v1.1.0, each champion in its turn, roll back, return the repository.

    scores/ holds the answers of each of the three champions.
    """
    copy = take_sample(project, folder)
    for version, rate in (("v1.0.0", "0.1"), ("v1.1.0", "0.05")):
        params = copy / "params.yaml"
        params.write_text(
            re.sub(r"learning_rate: .*", f"learning_rate: {rate}", params.read_text())
        )
        dvc(copy, "repro")
        commit(copy)
        make(copy, "release", f"VERSION={version}")
        make(copy, "promote", f"VERSION={version}", "STAGE=champion")
        run_command(copy, "model", "fetch")
        answer(copy, f"../scores/{version}.parquet")
    make(copy, "rollback")
    run_command(copy, "model", "fetch")
    answer(copy, "../scores/rollback.parquet")
    return copy


def take_sample(project: Path, folder: Path) -> Path:
    """Make a repository with an origin next to it, of a project on the tables of its sample."""
    copy = Path(
        shutil.copytree(project, folder / "project", ignore=shutil.ignore_patterns("build"))
    )
    run(["git", "init", "--quiet", "--bare", "--initial-branch=main", "../origin.git"], copy)
    run(["git", "checkout", "--quiet", "-b", "main"], copy)
    run(["git", "remote", "add", "origin", "../origin.git"], copy)
    run(["git", "config", "user.name", "Ada"], copy)
    run(["git", "config", "user.email", "ada@example.com"], copy)
    make(copy, "setup")
    (copy / ".git/hooks/pre-commit").unlink()  # it needs the environment in .venv
    take_tables(copy)
    own = {"PYTHONPATH": str(copy / "src")}
    run([str(venv() / "bin/flight-delays"), "data", "refresh"], copy, variables=own)
    return copy


def take_tables(project: Path) -> None:
    """Replace a project's tables by those of its sample, and ease the gate for them."""
    for table in sorted((project / "tests/sample").glob("*.parquet")):
        record(project, Path(shutil.copy(table, project / "data/external")))
    run([str(venv() / "bin/python"), "scripts/ci/ease_gate.py", "params.yaml"], project)


def record(project: Path, table: Path) -> None:
    """Update the pointer of a table to the table as it is now."""
    dvc(project, "add", str(table.relative_to(project)))
    pointer = table.with_name(f"{table.name}.dvc")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    pointer.write_text(re.sub(r"sha256: \w+", f"sha256: {digest}", pointer.read_text()))


def commit(project: Path) -> None:
    """Commit everything and push it."""
    run(["git", "add", "."], project)
    run(["git", "commit", "--quiet", "--message", "a model"], project)
    run(["git", "push", "--quiet", "origin", "HEAD:main"], project)


def answer(project: Path, target: str, model: str = "models/champion") -> bytes:
    """Score the sample's rows with a model and return the bytes of the table."""
    own = {"PYTHONPATH": str(project / "src")}
    (project / target).parent.mkdir(exist_ok=True)
    program = str(venv() / "bin/flight-delays")
    run([program, "predict", ROWS, target, "--model", model], project, variables=own)
    return (project / target).read_bytes()
