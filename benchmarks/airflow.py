"""Runs a project's DAG in Airflow's own scheduler, and prints what has to hold; exits with 1 if one fact is wrong.

`.venv/bin/python benchmarks/airflow.py` renders a project on its sample, next to an origin, makes
the environment of the lock `airflow`, and runs two DAGs at once: of a working copy that all tasks
share, and of one with a clone per task.
"""

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE / "tests"))

from in_airflow.dag import Dag
from in_airflow.services import receiver, services
from project import dvc, make, render, run, venv
from releases import commit, take_sample

WAITS = {"awaiting_input", "deferred"}  # for a person
PLANTED = '\n\ndef features(rows):\n    raise RuntimeError("planted")\n'
facts: list[bool] = []


def main() -> int:
    """Print each fact; return 1 if one is wrong."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects = samples(folder)
        with receiver() as (told, alerts), services(folder, projects, told) as call:
            shared, clones = (Dag(call, project) for project in projects)
            runs = [dag.start() for dag in (shared, clones)]
            check_stages(shared, runs[0], "one working copy")
            check_stages(clones, runs[1], "a clone per task")
            check_clones(shared, clones, runs)
            check_sign_off(shared, clones, runs)
            check_second(shared)
            check_failure(shared, alerts)
            if not all(facts):
                logs = shutil.copytree(
                    folder / "airflow/logs", HERE / "build/airflow-logs", dirs_exist_ok=True
                )
                print(f"what each task said: {logs}", file=sys.stderr)
    print(f"{sum(facts)} of {len(facts)} hold, in {time.monotonic() - start:.0f} s")
    return 0 if all(facts) else 1


def say(fact: str, true: bool, shown: object = "") -> None:
    """Print a fact, and keep whether it holds."""
    facts.append(true)
    print(f"{'ok   ' if true else 'WRONG'}  {fact}  {shown}", flush=True)


def samples(folder: Path) -> tuple[Path, Path]:
    """Return two equal repositories of the project on its sample, each next to its origin."""
    rendered = render(folder, project_slug="flight-delays")
    make(rendered, "setup")
    shared = take_sample(rendered, folder / "a").rename(folder / "a/shared")
    setting = "\nairflow: {retry_minutes: 0, clones: false}\n"
    with (shared / "params.yaml").open("a") as file:
        file.write(setting)
    commit(shared)
    shutil.copytree(folder / "a", folder / "b", symlinks=True)
    clones = (folder / "b/shared").rename(folder / "b/clones")
    text = (clones / "params.yaml").read_text()
    (clones / "params.yaml").write_text(text.replace("clones: false", "clones: true"))
    commit(clones)
    dvc(clones, "push", "--quiet")
    return shared, clones


def check_stages(dag: Dag, number: str, where: str) -> None:
    """Wait until every stage has run, and a person is asked."""
    start = time.monotonic()
    dag.wait(number, lambda states: states["sign_off"] in WAITS)
    stages = dag.stages(number)
    took = f"{len(stages)} stages, {time.monotonic() - start:.0f} s"
    say(f"{where}: every stage succeeds", set(stages.values()) == {"success"}, took)
    say(f"{where}: and ran", set(dag.ran(number)) == set(stages))


def check_clones(shared: Dag, clones: Dag, runs: list[str]) -> None:
    """Compare what the tasks made in their clones with what they made in one working copy."""
    say("one working copy: one task at a time", not shared.overlaps(runs[0]))
    pairs = clones.overlaps(runs[1])
    say("a clone per task: tasks ran at once", bool(pairs), pairs[:1])
    run(["git", "fetch", "--quiet"], clones.project)
    (branch,) = run(["git", "branch", "--remotes", "--list", "*/airflow/*"], clones.project).split()
    lock = run(["git", "show", f"{branch}:dvc.lock"], clones.project)
    say("and made the same dvc.lock", lock == (shared.project / "dvc.lock").read_text())
    untouched = not run(["git", "status", "--short"], clones.project)
    say("and left the working copy as it was", untouched)


def check_sign_off(shared: Dag, clones: Dag, runs: list[str]) -> None:
    """Let a person wait, reject one model, and approve the other."""
    # Airflow 3.3.2 asks again if the answer comes before its scheduler has seen the question.
    time.sleep(20)
    waits = [dag.states(number) for dag, number in zip((shared, clones), runs, strict=True)]
    say("a person is asked, and Airflow waits", {one["sign_off"] for one in waits} <= WAITS)
    say("with the verdict of the gate", "**" in shared.asked(runs[0]), shared.asked(runs[0]))
    say("nothing is released until then", not tags(shared.project) + tags(clones.project))
    before = head(shared.project)
    shared.answer(runs[0], "Reject")
    clones.answer(runs[1], "Approve")
    shared.wait(runs[0])
    clones.wait(runs[1])
    say("Reject skips promotion", shared.states(runs[0])["promote"] == "skipped")
    say("and releases nothing", not tags(shared.project) and head(shared.project) == before)
    made = tags(clones.project)
    say("Approve releases the model and makes it champion", len(made) == 2, " ".join(made))
    say("dvc status is clean", clean(clones.project))
    lock = (clones.project / "dvc.lock").read_text()
    say("main has the same dvc.lock", lock == (shared.project / "dvc.lock").read_text())
    own = {"CLONES": "yes", "RUN": "main", "VENV": str(venv())}
    said = run(["sh", "scripts/airflow/task.sh", "stage", "train"], clones.project, own)
    say("a stage is not run again in another clone", "Running stage" not in said)


def check_second(dag: Dag) -> None:
    """Run again, with nothing to do but to release what was rejected."""
    number = dag.start()
    dag.wait(number, lambda states: states["sign_off"] in WAITS)
    say("a second run succeeds", set(dag.stages(number).values()) == {"success"})
    say("and executes nothing", dag.ran(number) == [], dag.ran(number))
    time.sleep(20)
    dag.answer(number, "Approve")
    dag.wait(number)
    made = tags(dag.project)
    say("what was rejected can be approved", len(made) == 2, " ".join(made))
    say("dvc status is clean", clean(dag.project))


def check_failure(dag: Dag, alerts: list[dict[str, Any]]) -> None:
    """Run with a stage that fails, and take its fault back."""
    code = next(dag.project.glob("src/*/data/features.py"))
    code.write_text(code.read_text() + PLANTED)
    commit(dag.project)
    number = dag.start()
    dag.wait(number)
    states, tries = dag.states(number), dag.tries(number)
    say("a failing stage fails", states["features"] == "failed")
    say("is retried once", tries["features"] == 2, f"{tries['features']} tries")
    names = [alert["labels"]["task"] for alert in alerts]
    say("calls back once", names == ["features"], names)
    after = {"split", "train", "evaluate", "gate", "report", "changed", "sign_off", "promote"}
    say("downstream does not run", {states[name] for name in after} == {"upstream_failed"})
    run(["git", "revert", "--no-edit", "HEAD"], dag.project)
    run(["git", "push", "--quiet", "origin", "HEAD:main"], dag.project)
    say("dvc status is clean once the fault is taken back", clean(dag.project))


def head(project: Path) -> str:
    """Return the commit of the default branch of origin."""
    return run(["git", "ls-remote", "origin", "refs/heads/main"], project)


def tags(project: Path) -> list[str]:
    """Return the tags of the registry, as origin has them."""
    said = run(["git", "ls-remote", "--tags", "--refs", "origin"], project)
    return re.findall(r"refs/tags/(\S+)", said)


def clean(project: Path) -> bool:
    """Return whether nothing is stale; with clones, after taking over what they pushed."""
    run(["git", "pull", "--quiet", "origin", "main"], project)
    if not (project / "data/rows.parquet").exists():
        dvc(project, "pull", "--quiet")
    return "up to date" in dvc(project, "status") and not run(["git", "status", "-s"], project)


if __name__ == "__main__":
    sys.exit(main())
