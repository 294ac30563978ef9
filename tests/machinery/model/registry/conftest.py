"""A repository of three rows with releases, made by real Git and DVC, and commands in it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir, contextmanager
from hashlib import md5, sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xgboost as xgb

from machinery.model import artifact, gate
from machinery.model.registry import release
from machinery.model.verdict import Criterion, Verdict
from machinery.model.xgboost_model import XgboostModel
from tiny.command import invoke
from tiny.project import PROJECT

ROWS = pl.DataFrame({"hour": [6, 12, 22], "target": [0.0, 0.0, 1.0]})
TABLE = "hour\n6\n12\n22\n"
MD5, SHA256 = md5(TABLE.encode()).hexdigest(), sha256(TABLE.encode()).hexdigest()
DVC_YAML = """\
stages:
  train:
    cmd: mkdir -p models && cp -R trained models/candidate
    deps: [trained, data/external/flights.csv]
    params: [train.learning_rate]
    outs: [models/candidate]
artifacts:
  model: {path: models/candidate, type: model}
"""
CONFIG = """\
[core]
    remote = storage
    analytics = false
    check_update = false
['remote "storage"']
    url = ../../storage
"""


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def dvc(*arguments):
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], check=True)


def run(*arguments):
    return invoke("model", *arguments)


def start(*arguments):
    """Start the command in a group of its own, so that a signal can reach all of it."""
    command = [sys.executable, "-m", "tiny.project", "model", *arguments]
    return subprocess.Popen(command, start_new_session=True)


def done(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result, reason):
    assert result.exit_code == 1, result.output
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    return True


def train(rate):
    """Train on the three rows with this learning rate, and commit the result."""
    features = artifact.describe(ROWS, ["hour"])
    data = xgb.QuantileDMatrix(artifact.encode(ROWS, features), ROWS["target"].to_numpy())
    manifest = artifact.Manifest(
        task="binary",
        features=features,
        parameters={"learning_rate": rate},
        validation={},
        interval=None,
        threshold=None,
        features_version=PROJECT.features_version,
    )
    booster = xgb.train({"learning_rate": rate, "min_child_weight": 0}, data, 2)
    artifact.save(
        XgboostModel(booster), manifest, Path("trained"), keys=np.array([1], dtype=np.uint64)
    )
    Path("params.yaml").write_text(f"train:\n  learning_rate: {rate}\n")
    dvc("repro")
    test = {"rows": 3, "first": "2026-01-01", "last": "2026-01-03", "keys": f"{rate:.0%}"}
    Path("reports/metrics.json").write_text(json.dumps({"roc_auc": 0.5 + rate, "test": test}))
    Path("reports/split.json").write_text(json.dumps({"train": {"rows": round(1000 * rate)}}))
    judge("accepted")


def judge(verdict):
    """Write a verdict of the gate on the candidate, and commit everything."""
    model = artifact.load(Path("models/candidate"), PROJECT.features_version).manifest.sha256
    held = Criterion("a gain", "", "", passed=False, why="too good to be true", holds=True)
    criteria = [held] if verdict == "held" else []
    said = Verdict(model=model, verdict=verdict, champion=None, criteria=criteria)
    Path("reports/gate.json").write_text(said.model_dump_json())
    commit()


def commit():
    git("add", ".")
    git("commit", "--quiet", "--message", "a state")
    if git("remote"):
        git("push", "--quiet", "origin", "main")


def read_verdict(_project, champion, **_):
    """Replace the gate: return the verdict in reports/gate.json."""
    verdict = Verdict.model_validate_json(Path("reports/gate.json").read_bytes())
    return verdict.model_copy(update={"champion": champion and champion.resolve().name})


@contextmanager
def known():
    """Set Git's user, and let the gate return the verdict in reports/gate.json."""
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setattr(gate, "examine", read_verdict)
        patch.setattr(release, "reproduce", lambda *_: None)  # test_reproduce.py does it
        yield


@pytest.fixture(autouse=True)
def _known():
    with known():
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A repository with one trained and judged model, its origin, and a folder as DVC's remote."""
    folder = tmp_path_factory.mktemp("trained")
    project = folder / "project"
    for each in (
        "storage",
        "project/.dvc",
        "project/reports",
        "project/data/external",
        "project/docs",
    ):
        (folder / each).mkdir(parents=True)
    with known(), chdir(project):
        git("init", "--quiet", "--bare", "--initial-branch=main", "../origin.git")
        git("init", "--quiet", "--initial-branch=main")
        git("remote", "add", "origin", "../origin.git")
        Path(".gitignore").write_text("build/\nmodels/\n.dvc/cache\n.dvc/tmp\n.dvc/config.local\n")
        Path(".dvc/config").write_text(CONFIG)
        Path("dvc.yaml").write_text(DVC_YAML)
        Path("docs/use-case.md").write_text("## Users\n\n*Who?*\n\nEverybody.\n")
        Path("data/environment.json").write_text('{"python": "3.13"}')
        Path("data/external/flights.csv").write_text(TABLE)
        dvc("add", "data/external/flights.csv")
        with Path("data/external/flights.csv.dvc").open("a") as pointer:
            pointer.write(f"meta:\n  sha256: {SHA256}\n")
        train(0.1)
    return project


@pytest.fixture(scope="session")
def released(trained, tmp_path_factory):
    """The same with the previous champion v1.0.0 and the champion v1.1.0."""
    folder = tmp_path_factory.mktemp("released") / "all"
    project = Path(shutil.copytree(trained.parent, folder)) / "project"
    with known(), chdir(project):
        done("release", "v1.0.0")
        done("promote", "v1.0.0", "champion")
        train(0.3)
        done("release", "--bump", "minor")
        done("promote", "v1.1.0", "champion")
    return project


@pytest.fixture
def one(trained, tmp_path, monkeypatch):
    """A copy of the trained repository as the current folder."""
    folder = Path(shutil.copytree(trained.parent, tmp_path / "all")) / "project"
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def two(released, tmp_path, monkeypatch):
    """A copy of the repository with two releases as the current folder."""
    folder = Path(shutil.copytree(released.parent, tmp_path / "all", symlinks=True)) / "project"
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def clone(two, monkeypatch):
    """A fresh clone of it, without DVC's files, as the current folder."""
    git("clone", "--quiet", "../origin.git", "../clone")
    monkeypatch.chdir("../clone")
    return two.parent / "clone"


def tags():
    return git("tag", "--list").split()


def origin_tags():
    return [
        line.split("refs/tags/")[1]
        for line in git("ls-remote", "--tags", "origin", "model[@#]*[0-9]").split("\n")
        if line
    ]


def objects(storage):
    return [path for path in Path(storage).rglob("*") if path.is_file()]


def score():
    return artifact.load(Path("models/champion"), PROJECT.features_version).score(ROWS)
