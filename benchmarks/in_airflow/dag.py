"""A DAG, as Airflow's API tells of it."""

import json
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

PATIENCE = 900  # seconds for one run
STEPS = {"refresh", "changed", "sign_off", "promote"}


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
