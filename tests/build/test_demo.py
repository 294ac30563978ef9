"""From an empty folder and a clean environment to a trained model on the real data."""

import json
import os
from pathlib import Path

import pytest
from project import dvc, hand_out, make, run, stages_run

# Where a company's proxy has its own authority, its certificates are named by these.
KEPT = ("HOME", "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
COMMIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet"]
DEMO = Path("build/demo/flight-delays")
AUC_FLOOR = 0.72


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the template as in a clone of it."""
    return hand_out(tmp_path_factory.mktemp("clone") / "template")


@pytest.fixture(scope="module")
def demo(template: Path) -> str:
    """Run the demo on one thread and return its output."""
    return clean_make(template, "demo", OMP_NUM_THREADS="1")


def test_the_demo_ends_with_metrics_and_what_to_try(demo: str) -> None:
    print(demo)
    ending = demo.split("never seen:")[1]
    assert "roc_auc" in ending
    assert "make repro" in ending


@pytest.mark.usefixtures("demo")
def test_the_model_is_better_than_the_best_linear_one_and_by_days_no_worse(template: Path) -> None:
    metrics = json.loads((template / DEMO / "reports/metrics.json").read_text())
    assert metrics["roc_auc"] >= AUC_FLOOR
    margin = metrics["roc_auc_minus_linear"]
    assert margin["value"] > 0
    assert margin["low"] > -0.005


@pytest.mark.usefixtures("demo")
def test_the_model_is_the_same_on_another_number_of_threads(template: Path) -> None:
    project = template / DEMO
    before = (project / "dvc.lock").read_bytes()
    (project / "models/candidate/model.ubj").unlink()
    threads = {"OMP_NUM_THREADS": "3", "POLARS_MAX_THREADS": "1"}
    again = ["repro", "--force", "--no-run-cache", "train"]
    ran = dvc(project, *again, env=project / ".venv", variables=threads)
    assert {"rows", "features", "split", "train"} <= set(stages_run(ran))
    assert (project / "dvc.lock").read_bytes() == before


@pytest.mark.usefixtures("demo")
def test_a_clone_has_nothing_left_to_do(template: Path) -> None:
    project = template / DEMO
    env = project / ".venv"
    run(["git", "add", "."], project)
    run([*COMMIT, "--message", "all of it"], project)
    dvc(project, "push", env=env)
    run(["git", "clone", "--quiet", project.name, "clone"], project.parent)
    clone = project.parent / "clone"
    make(clone, "setup", "LOCK=train", env=env)
    dvc(clone, "pull", env=env)
    assert "up to date" in dvc(clone, "repro", "--dry", env=env)


def clean_make(folder: Path, target: str, **own: str) -> str:
    """Run make as on a machine where nothing was set up."""
    kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    clean = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", "PIP_CONFIG_FILE=/dev/null", *kept]
    return run(
        [*clean, *(f"{name}={value}" for name, value in own.items()), "make", target], folder
    )
