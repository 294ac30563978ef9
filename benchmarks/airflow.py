"""Runs a project's DAG in Airflow's own scheduler, and prints what has to hold; exits with 1 if one fact is wrong.

`.venv/bin/python benchmarks/airflow.py` renders a project on its sample, next to an origin, makes
the environment of the lock `airflow`, and takes some minutes. `--clones` gives each task its clone.
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
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

HERE = Path(__file__).resolve().parents[1]
sys.path[0] = str(HERE / "tests")  # and not this folder, whose name for this file is Airflow's

from environments import airflow
from project import dvc, make, render, run, venv
from releases import commit, take_sample

PATIENCE = 900  # seconds for one run
STEPS = {"refresh", "changed", "sign_off", "promote"}
PLANTED = '\n\ndef features(rows):\n    raise RuntimeError("planted")\n'
facts: list[bool] = []
alerts: list[dict[str, Any]] = []


def main(*, clones: bool) -> int:
    """Print each fact; return 1 if one is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = sample(folder, clones=clones)
        with receiver() as told, services(folder, project, told) as call:
            dag = Dag(call, project.name)
            check_first(dag, project)
            check_second(dag, project)
            check_failure(dag, project)
    return 0 if all(facts) else 1


def say(fact: str, true: bool, shown: object = "") -> None:
    """Print a fact, and keep whether it holds."""
    facts.append(true)
    print(f"{'ok   ' if true else 'WRONG'}  {fact}  {shown}", flush=True)


def sample(folder: Path, *, clones: bool) -> Path:
    """Return a repository of the project on its sample, with an origin, committed and pushed."""
    rendered = render(folder, project_slug="flight-delays")
    make(rendered, "setup")
    project = take_sample(rendered, folder)
    with (project / "params.yaml").open("a") as file:
        file.write(f"\nairflow: {{retry_minutes: 0, clones: {str(clones).lower()}}}\n")
    commit(project)
    if clones:
        dvc(project, "push", "--quiet")
    return project


def check_first(dag: "Dag", project: Path) -> None:
    """Run everything, and sign the model off."""
    start = time.monotonic()
    number = dag.start()
    dag.wait(number, lambda states: states["sign_off"] in {"awaiting_input", "deferred"})
    states = dag.states(number)
    stages = {name: state for name, state in states.items() if name not in STEPS}
    took = f"{len(stages)} stages in {time.monotonic() - start:.0f} s"
    say("every stage succeeds", set(stages.values()) == {"success"}, took)
    say("and ran", set(dag.ran(number)) == set(stages), "")
    say("a person is asked before promotion", states["promote"] in {None, "none"}, dag.asked())
    say("nothing is released until then", not tags(project), "")
    dag.approve(number)
    dag.wait(number)
    say("then the model is released and champion", len(tags(project)) == 2, " ".join(tags(project)))
    say("dvc status is clean", clean(project), "")


def check_second(dag: "Dag", project: Path) -> None:
    """Run again, with nothing to do."""
    number = dag.start()
    dag.wait(number)
    states = dag.states(number)
    stages = {state for name, state in states.items() if name not in STEPS}
    say("a second run succeeds", stages == {"success"}, "")
    say("and executes nothing", dag.ran(number) == [], dag.ran(number))
    skipped = {states[name] for name in ("changed", "sign_off", "promote")}
    say("and asks nobody", skipped == {"skipped"}, "")
    say("dvc status is clean", clean(project), "")


def check_failure(dag: "Dag", project: Path) -> None:
    """Run with a stage that fails, and take its fault back."""
    code = next(project.glob("src/*/data/features.py"))
    code.write_text(code.read_text() + PLANTED)
    commit(project)
    number = dag.start()
    dag.wait(number)
    states, tries = dag.states(number), dag.tries(number)
    say("a failing stage fails", states["features"] == "failed", "")
    say("is retried once", tries["features"] == 2, f"{tries['features']} tries")
    names = [alert["labels"]["task"] for alert in alerts]
    say("calls back once", names == ["features"], names)
    after = {"split", "train", "evaluate", "gate", "report", "changed", "sign_off", "promote"}
    say("downstream does not run", {states[name] for name in after} == {"upstream_failed"}, "")
    run(["git", "revert", "--no-edit", "HEAD"], project)
    run(["git", "push", "--quiet", "origin", "HEAD:main"], project)
    say("dvc status is clean once the fault is taken back", clean(project), "")


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

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        """Take a DAG out of its pause."""
        self.call, self.path = call, f"/api/v2/dags/{name}"
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

    def asked(self) -> str:
        """Return what a person is asked."""
        (detail,) = self.call("GET", f"{self.path}/dagRuns/~/hitlDetails")["hitl_details"]
        return f"{detail['subject']} {detail['body']}"

    def approve(self, number: str) -> None:
        """Answer as a person does in the browser.

        Airflow 3.3.2 asks again if the answer comes before its scheduler has seen the question.
        """
        time.sleep(20)
        answer = {"chosen_options": ["Approve"], "params_input": {}}
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
def services(folder: Path, project: Path, told: str) -> Iterator[Callable[..., Any]]:
    """Start Airflow's scheduler, DAG processor and API; yield a function that calls the API."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    address = f"http://127.0.0.1:{port}"
    core = {
        "CORE__DAGS_FOLDER": str(project / "scripts/airflow"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "2",
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
    run([program, "pools", "set", project.name, "1", "a working copy"], folder, variables)
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
            wait_for(lambda: call("GET", f"/api/v2/dags/{project.name}"))
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
    sys.exit(main(clones="--clones" in sys.argv))
