"""Runs the jobs of the CI files: every job in order, a stale lock, a refused retraining."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from advisories import advisories
from image import HERE, available
from project import TEMPLATE, dvc, make, render, run, venv
from ruamel.yaml import YAML

GITLAB_CI_LOCAL = (
    shutil.which("gitlab-ci-local") or TEMPLATE / "build/npm/node_modules/.bin/gitlab-ci-local"
)
AUTHOR = {
    f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
GH = (
    '#!/bin/sh\nprintf "%s\\n" "$@" > "$GH_SAID"\nfor file; do :; done\ncat "$file" >> "$GH_SAID"\n'
)


def environment(project: Path, **more: str) -> dict[str, str]:
    """Return a runner's variables, with the shared environment and one test as the whole suite."""
    own = {"PYTHONPATH": str(project / "src"), "VENV": str(venv())}
    return own | HERE | AUTHOR | {"PYTEST_ADDOPTS": "-k test_decide"} | more


def sh(command: str, project: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a block as a runner does."""
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=project,
        env=os.environ | environment(project, **more),
        check=False,
        capture_output=True,
        text=True,
    )


def commit(project: Path) -> None:
    """Commit all there is."""
    run(["git", "add", "--all"], project)
    command = ["git", "commit", "--quiet", "--no-verify", "--message", "one more"]
    run(command, project, variables=AUTHOR)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the pipeline on small tables, push the data, and return the repository as a host has it."""
    project = render(tmp_path_factory.mktemp("origin"))
    run(["git", "init", "--quiet", "--initial-branch=main"], project)
    for table in (project / "tests/sample").glob("*.parquet"):
        target = shutil.copy(table, project / "data/external")
        pointer = Path(f"{target}.dvc")
        data = table.read_bytes()
        text = re.sub(
            "md5: [0-9a-f]+", f"md5: {hashlib.md5(data).hexdigest()}", pointer.read_text()
        )
        text = re.sub("size: .*", f"size: {len(data)}", text)
        pointer.write_text(
            re.sub("sha256: .*", f"sha256: {hashlib.sha256(data).hexdigest()}", text)
        )
    relax_gate(project)
    make(project, "setup")
    make(project, "repro")
    make(project, "push")
    commit(project)
    return project


def relax_gate(project: Path) -> None:
    """Let the gate accept a model of 2,000 rows, as the run of the sample does."""
    params = YAML().load(project / "params.yaml")
    if "gate" in params:
        params["gate"].update(floors={}, min_over_baseline=-1.0)
        YAML().dump(params, project / "params.yaml")


@pytest.fixture
def clone(origin: Path) -> Iterator[Path]:
    """Clone the repository next to the first, where the remote's folder is found."""
    folder = origin.parent / "clone"
    run(["git", "clone", "--quiet", str(origin), str(folder)], origin)
    (folder / ".venv").symlink_to(venv())  # where the commit hooks look for their tools
    (folder / ".git/info/exclude").write_text(".venv\n")
    yield folder
    shutil.rmtree(folder)


def without_the_sample(project: Path) -> None:
    """Replace the run of the sample, which the blocks of GitHub's test run."""
    (project / "scripts/ci/sample.sh").write_text("echo ran the sample\n")


def blocks(project: Path, workflow: str) -> dict[str, list[str]]:
    """List the `run:` blocks of each job."""
    parsed: dict[str, Any] = YAML(typ="safe").load(project / ".github/workflows" / workflow)
    jobs: dict[str, Any] = parsed["jobs"]
    return {
        name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()
    }


def test_every_block_of_github_runs_in_order_on_a_clean_project(tmp_path: Path) -> None:
    project = render(tmp_path)
    run(["git", "init", "--quiet"], project)  # as after a checkout
    summary = tmp_path / "summary.md"
    for job, commands in blocks(project, "ci.yml").items():
        if job == "image" and not available():
            continue
        for command in commands:
            runner = {"GITHUB_STEP_SUMMARY": str(summary), "RESULTS": "success success"}
            with advisories() as source:
                done = sh(command, project, **runner, **source)
            assert done.returncode == 0, f"{job}:\n{done.stdout}{done.stderr}"
    assert "The whole pipeline did not run: the remote ../../flight-delays" in summary.read_text()


@pytest.mark.parametrize("results", ["success failure", "success skipped success"])
def test_the_last_job_fails_when_another_did_not_succeed(results: str, tmp_path: Path) -> None:
    (block,) = blocks(render(tmp_path), "ci.yml")["required"]
    assert sh(block, tmp_path, RESULTS=results).returncode != 0


@pytest.mark.skipif(not Path(GITLAB_CI_LOCAL).exists(), reason="needs gitlab-ci-local from npm")
def test_every_job_of_gitlab_calls_what_the_blocks_of_github_call(tmp_path: Path) -> None:
    project = render(tmp_path, ci_provider="gitlab")
    (project / "Makefile").write_text("check test:\n\t@echo ran make $@\n")
    for script in ("pipeline", "image"):
        (project / f"scripts/ci/{script}.sh").write_text(f'echo "ran {script} ${{BASE:-}}"\n')
    run(["git", "init", "--quiet", "--initial-branch=main"], project)
    commit(project)
    run(["git", "remote", "add", "origin", "git@example.com:team/flights.git"], project)
    options = ["--force-shell-executor", "--no-artifacts-to-source"]
    for job, ran in {
        "check": "ran make check",
        "test": "ran make test",
        "pipeline": "ran pipeline HEAD~1",
        "build-image": "ran image",
    }.items():
        assert ran in run([str(GITLAB_CI_LOCAL), *options, job], project)


def test_a_commit_whose_lock_is_what_it_gives_passes_and_shows_its_metrics(clone: Path) -> None:
    text = (clone / "CHANGELOG.md").read_text()
    (clone / "CHANGELOG.md").write_text(text + "\n- One more.\n")
    commit(clone)
    without_the_sample(clone)
    done = sh("sh scripts/ci/pipeline.sh", clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "### Metrics" in (clone / "build/ci/summary.md").read_text()


def test_a_commit_with_a_stale_lock_is_refused_and_its_metrics_are_compared(clone: Path) -> None:
    path = clone / "params.yaml"
    path.write_text(path.read_text().replace("learning_rate: 0.2", "learning_rate: 0.3"))
    commit(clone)
    without_the_sample(clone)
    done = sh("sh scripts/ci/pipeline.sh", clone)
    assert done.returncode != 0
    assert "error: dvc.lock is not what this commit gives" in done.stderr
    assert "| roc_auc" in (clone / "build/ci/summary.md").read_text()


def test_a_fork_runs_the_sample_alone(clone: Path) -> None:
    without_the_sample(clone)
    done = sh("sh scripts/ci/pipeline.sh", clone, WITHOUT_REMOTE="a fork gets no secrets")
    assert done.returncode == 0, done.stderr
    assert "ran the sample" in done.stdout
    assert "the sample alone: a fork gets no secrets" in done.stdout


@pytest.fixture
def gh(tmp_path: Path) -> dict[str, str]:
    """Replace GitHub's program by one that records its arguments."""
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return {"PATH": path, "GH_SAID": str(tmp_path / "said"), "GITHUB_ACTIONS": "true"}


def test_a_retraining_with_new_data_ends_in_a_request(clone: Path, gh: dict[str, str]) -> None:
    path = clone / "params.yaml"
    path.write_text(path.read_text().replace("learning_rate: 0.2", "learning_rate: 0.3"))
    commit(clone)  # as if data were new
    done = sh("sh scripts/ci/retrain.sh", clone, **gh)
    assert done.returncode == 0, done.stdout + done.stderr
    said = Path(gh["GH_SAID"]).read_text()
    assert said.startswith("pr\ncreate\n--head\nretrain/")
    assert "roc_auc" in said
    assert "retrain/" in run(["git", "branch", "--remotes"], clone)
    assert "up to date" in dvc(clone, "status")


def test_a_retraining_that_is_refused_ends_in_an_issue_with_the_reason(
    clone: Path, gh: dict[str, str]
) -> None:
    pointer = clone / "data/external/planes.parquet.dvc"
    pointer.write_text(pointer.read_text().replace("refresh: never", "refresh: daily"))
    pointer.write_text(pointer.read_text().replace("2026-11-21", "2026-01-31"))
    commit(clone)
    done = sh("sh scripts/ci/retrain.sh", clone, **gh)
    assert done.returncode != 0
    said = Path(gh["GH_SAID"]).read_text()
    assert said.startswith("issue\ncreate\n--title\n")
    assert re.search(r"planes is \d+ days old, overdue since 2026-02-01: planes came from", said)


def test_a_retraining_with_nothing_new_says_so(clone: Path, gh: dict[str, str]) -> None:
    done = sh("sh scripts/ci/retrain.sh", clone, **gh)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is overdue and nothing is stale: the model stays" in done.stdout
