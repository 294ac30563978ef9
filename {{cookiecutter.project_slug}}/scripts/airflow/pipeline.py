"""The pipeline of dvc.yaml as an Airflow DAG: the template's docs explain it, page *beyond*."""

import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "src"))
PARTS = f"{next(ROOT.glob('src/*/machinery')).parent.name}.machinery.scheduler."
alert, settings, tasks = map(import_module, [f"{PARTS}{a}" for a in ("alert", "settings", "tasks")])
OWN, NEEDS = settings.read(ROOT), tasks.stages(ROOT)
ALWAYS = {
    "retries": OWN.retries,
    "retry_delay": timedelta(minutes=OWN.retry_minutes),
    "on_failure_callback": alert.failed,
    "pool": "default_pool" if OWN.clones else ROOT.name,  # one slot: one stage in a working copy
}


def task(name: str, *command: str, **env: object) -> BashOperator:
    """Return a task that runs scripts/airflow/task.sh in the project's own environment."""
    said = tasks.command(ROOT, *command, clones=OWN.clones)
    return BashOperator(task_id=name, bash_command=said, env=env, append_env=True)


with DAG(ROOT.name, schedule=OWN.schedule, catchup=False, max_active_runs=1, default_args=ALWAYS):
    refresh = task("refresh", "refresh")
    run = {"RUN": refresh.output}
    names = tasks.names(NEEDS)
    stages = {stage: task(names[stage], "stage", stage, **run) for stage in NEEDS}
    changed = task("changed", "changed", **run)
    for name, needs in NEEDS.items():
        [refresh, *(stages[each] for each in needs)] >> stages[name] >> changed
    ask = {"subject": f"Release a new champion of {ROOT.name}?", "body": changed.output}
    ApprovalOperator(task_id="sign_off", **ask) >> task("promote", "promote", OWN.bump, **run)
