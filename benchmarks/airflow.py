"""Runs a project's DAG in Airflow's own scheduler, and prints what has to hold; exits with 1 if one fact is wrong.

`.venv/bin/python benchmarks/airflow.py` renders a project on its sample, next to an origin, makes
the environment of the lock `airflow`, and runs two DAGs at once: of a working copy that all tasks
share, and of one with a clone per task.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

HERE = Path(__file__).resolve().parents[1]
sys.path[0] = str(HERE / "tests")  # and not this folder, whose name for this file is Airflow's

from environments import airflow
from project import dvc, make, render, run, venv
from releases import commit, take_sample

PATIENCE = 900  # seconds for one run
WAITS = {"awaiting_input", "deferred"}  # for a person
STEPS = {"refresh", "changed", "sign_off", "promote"}
PLANTED = '\n\ndef features(rows):\n    raise RuntimeError("planted")\n'
facts: list[bool] = []
alerts: list[dict[str, Any]] = []


def main() -> int:
    """Print each fact; return 1 if one is wrong."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects = samples(folder)
        with receiver() as told, services(folder, projects, told) as call:
            shared, clones = (Dag(call, project) for project in projects)
            runs = [dag.start() for dag in (shared, clones)]
            check_stages(shared, runs[0], "one working copy")
            check_stages(clones, runs[1], "a clone per task")
            check_clones(shared, clones, runs)
            check_sign_off(shared, clones, runs)
            check_second(shared)
            check_failure(shared)
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


def check_stages(dag: "Dag", number: str, where: str) -> None:
    """Wait until every stage has run, and a person is asked."""
    start = time.monotonic()
    dag.wait(number, lambda states: states["sign_off"] in WAITS)
    stages = dag.stages(number)
    took = f"{len(stages)} stages, {time.monotonic() - start:.0f} s"
    say(f"{where}: every stage succeeds", set(stages.values()) == {"success"}, took)
    say(f"{where}: and ran", set(dag.ran(number)) == set(stages))


def check_clones(shared: "Dag", clones: "Dag", runs: list[str]) -> None:
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


def check_sign_off(shared: "Dag", clones: "Dag", runs: list[str]) -> None:
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


def check_second(dag: "Dag") -> None:
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


def check_failure(dag: "Dag") -> None:
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


class Dag:
    """A DAG, by Airflow's API."""

    def __init__(self, call: Callable[..., Any], project: Path) -> None:
        """Take the DAG of a project out of its pause."""
        self.call, self.project, self.path = call, project, f"/api/v2/dags/{project.name}"
        self.call("PATCH", f"{self.path}?update_mask=is_paused", {"is_paused": False})

    def start(self) -> str:
        """Start a run and return its path in the API."""
        number: str = self.call("POST", f"{self.path}/dagRuns", {"logical_date": None})[
            "dag_run_id"
        ]
        return f"{self.path}/dagRuns/{number}"

    def tasks(self, number: str) -> list[dict[str, Any]]:
        """Return the tasks of a run."""
        found: list[dict[str, Any]] = self.call("GET", f"{number}/taskInstances?limit=200")[
            "task_instances"
        ]
        return found

    def states(self, number: str) -> dict[str, Any]:
        """Return the state of each task."""
        return {task["task_id"]: task["state"] for task in self.tasks(number)}

    def stages(self, number: str) -> dict[str, Any]:
        """Return the state of each stage."""
        return {name: state for name, state in self.states(number).items() if name not in STEPS}

    def overlaps(self, number: str) -> list[tuple[str, str]]:
        """Return the pairs of stages that ran at the same time."""
        times = {
            task["task_id"]: (task["start_date"], task["end_date"])
            for task in self.tasks(number)
            if task["task_id"] not in STEPS
        }
        return [
            (one, other)
            for one, other in combinations(times, 2)
            if times[one][0] < times[other][1] and times[other][0] < times[one][1]
        ]

    def tries(self, number: str) -> dict[str, int]:
        """Return how often each task was tried."""
        return {task["task_id"]: task["try_number"] for task in self.tasks(number)}

    def wait(self, number: str, until: Callable[[dict[str, Any]], bool] = lambda _: False) -> None:
        """Wait until a run ends, or until its tasks are in some states."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.call("GET", number)["state"] in {"success", "failed"}:
                return
            if until(self.states(number)):
                return
            time.sleep(2)
        raise TimeoutError(f"the run did not end: {self.states(number)}")

    def ran(self, number: str) -> list[str]:
        """Return the tasks in whose logs DVC says that it ran a stage."""
        return [
            task["task_id"]
            for task in self.tasks(number)
            if task["try_number"] and "Running stage" in self.log(number, task)
        ]

    def log(self, number: str, task: dict[str, Any]) -> str:
        """Return the log of a task's last try."""
        path = f"{number}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        return json.dumps(self.call("GET", f"{path}?full_content=true"))

    def asked(self, number: str) -> str:
        """Return what a person is asked."""
        (detail,) = self.call("GET", f"{number}/hitlDetails")["hitl_details"]
        return f"{detail['subject']} {detail['body']}"

    def answer(self, number: str, option: str) -> None:
        """Answer as a person does in the browser."""
        answer = {"chosen_options": [option], "params_input": {}}
        self.call("PATCH", f"{number}/taskInstances/sign_off/-1/hitlDetails", answer)


@contextmanager
def receiver() -> Iterator[str]:
    """Take alerts as Alertmanager does, and yield its address."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            alerts.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def services(folder: Path, projects: tuple[Path, Path], told: str) -> Iterator[Callable[..., Any]]:
    """Start Airflow's scheduler, DAG processor and API; yield a function that calls the API."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    address = f"http://127.0.0.1:{port}"
    core = {
        "CORE__DAGS_FOLDER": str(folder / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "3",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__FERNET_KEY": "",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__WORKERS": "1",
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "API__SECRET_KEY": secrets.token_hex(32),
    }
    variables = {f"AIRFLOW__{name}": value for name, value in core.items()} | {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "ALERTMANAGER_URL": told,
        "VENV": str(venv()),
        "NO_PROXY": "127.0.0.1",
    }
    program = str(airflow() / "bin/airflow")
    run([program, "db", "migrate"], folder, variables)
    (folder / "dags").mkdir()
    for project in projects:
        (folder / "dags" / project.name).symlink_to(project / "scripts/airflow")
    name = projects[0].name
    run([program, "pools", "set", name, "1", "a working copy"], folder, variables)
    with (folder / "airflow.log").open("w") as log:
        started = [
            subprocess.Popen(
                [program, name],
                env=os.environ | variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for name in ("api-server", "dag-processor", "scheduler")
        ]
        try:
            call = caller(address)
            for project in projects:
                wait_for(partial(call, "GET", f"/api/v2/dags/{project.name}"))
            yield call
        except BaseException:
            log.flush()
            shutil.copy(folder / "airflow.log", HERE / "build/airflow.log")
            print("the log of Airflow: build/airflow.log", file=sys.stderr)
            raise
        finally:
            for process in started:
                process.terminate()
            for process in started:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()


def caller(address: str) -> Callable[..., Any]:
    """Return a function that calls the API."""

    def call(method: str, path: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(address + path, data, headers, method=method)
        with urlopen(request, timeout=60) as response:
            return json.load(response)

    return call


def wait_for(call: Callable[[], object]) -> None:
    """Wait until a call succeeds."""
    end = time.monotonic() + 180
    while True:
        try:
            call()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
