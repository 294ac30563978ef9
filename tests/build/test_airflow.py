"""Airflow, in the environment of its own lock, imports the DAG of a project as dvc.yaml has it.

`benchmarks/airflow.py` runs the DAG in Airflow's scheduler.
"""

import json
from typing import Any

import pytest
from environments import airflow
from project import SOURCE, render, run

STEPS = {"refresh", "changed", "sign_off", "promote"}
SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
for folder in sys.argv[1:]:
    bag = DagBag(folder)
    assert not bag.import_errors, bag.import_errors
    (dag,) = bag.dags.values()
    tasks = {
        task.task_id: {
            "after": sorted(task.upstream_task_ids),
            "pool": task.pool,
            "retries": task.retries,
            "told": bool(task.on_failure_callback),
        }
        for task in dag.tasks
    }
    print(json.dumps({"name": dag.dag_id, "schedule": dag.schedule, "tasks": tasks}))
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what Airflow reads from the DAG of a project, and of one with a section for Airflow."""
    folder = tmp_path_factory.mktemp("airflow")
    projects = [render(folder / name, project_slug="flight-delays") for name in ("a", "b")]
    with (projects[1] / "params.yaml").open("a") as file:
        file.write("airflow: {schedule: '0 4 * * *', retries: 3, clones: true}\n")
    pipeline = projects[1] / "dvc.yaml"
    pipeline.write_text(pipeline.read_text().replace("weather, planes]", "weather, 'a b/c']"))
    own = {"AIRFLOW_HOME": str(folder / "home"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    folders = [str(project / "scripts/airflow") for project in projects]
    said = run([str(airflow() / "bin/python"), "-c", SCRIPT, *folders], folder, own)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_airflow_runs_the_stages_of_the_pipeline_between_refresh_and_sign_off(
    imported: list[dict[str, Any]],
) -> None:
    tasks = imported[0]["tasks"]
    stages = tasks.keys() - STEPS
    assert {"clean.flights", "train", "gate"} < stages
    assert all("refresh" in tasks[name]["after"] for name in stages)
    tables = ["clean.flights", "clean.planes", "clean.weather"]
    assert tasks["rows"]["after"] == [*tables, "environment", "refresh"]
    assert stages | {"refresh"} == set(tasks["changed"]["after"])
    assert tasks["sign_off"]["after"] == ["changed"]
    assert tasks["promote"]["after"] == ["refresh", "sign_off"]
    assert (imported[0]["name"], imported[0]["schedule"]) == ("flight-delays", None)


def test_tasks_share_one_slot_are_retried_once_and_tell_of_a_failure(
    imported: list[dict[str, Any]],
) -> None:
    for task in imported[0]["tasks"].values():
        assert (task["pool"], task["retries"], task["told"]) == ("flight-delays", 1, True)


def test_params_yaml_says_when_it_runs_and_where(imported: list[dict[str, Any]]) -> None:
    assert imported[1]["schedule"] == "0 4 * * *"
    for task in imported[1]["tasks"].values():
        assert (task["pool"], task["retries"]) == ("default_pool", 3)


def test_airflow_takes_a_stage_of_an_odd_name(imported: list[dict[str, Any]]) -> None:
    tables = ["clean.a.b.c", "clean.flights", "clean.weather"]
    assert imported[1]["tasks"]["rows"]["after"] == [*tables, "environment", "refresh"]


def test_the_dag_is_one_short_file() -> None:
    text = (SOURCE / "scripts/airflow/pipeline.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40


def test_no_lock_of_the_project_has_airflow() -> None:
    for lock in (SOURCE / "requirements").glob("*.txt"):
        assert ("apache-airflow==" in lock.read_text()) == (lock.name == "airflow.txt"), lock.name
