"""Sends a failure to the project's Alertmanager, whose routes name who is told."""

import json
import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

logger = logging.getLogger(__name__)

LASTS = timedelta(days=1)  # unless somebody silences it
# Entries of docs/runbook.md; for all other tasks it is the pipeline that failed.
RUNBOOK = {"refresh": "an-external-source-moved", "gate": "the-gate-refused"}


def failed(context: dict[str, Any]) -> None:
    """Tell Alertmanager at ALERTMANAGER_URL which task failed; Airflow calls it after retries."""
    task = context["task_instance"]
    alert = payload(str(task.dag_id), str(task.task_id), datetime.now(UTC))
    logger.error(alert["annotations"]["summary"])
    address = os.environ.get("ALERTMANAGER_URL")
    if not address:
        logger.error("Nobody is told: set ALERTMANAGER_URL where Airflow's tasks run.")
        return
    body, kind = json.dumps([alert]).encode(), {"Content-Type": "application/json"}
    request = Request(f"{address.rstrip('/')}/api/v2/alerts", body, kind)  # noqa: S310  set by us
    with urlopen(request, timeout=10):  # noqa: S310
        logger.info("Alertmanager took the alert.")


def payload(pipeline: str, task: str, now: datetime) -> dict[str, Any]:
    """Return the alert as Alertmanager takes it, with the labels of scripts/alerts/alerts.yml."""
    entry = RUNBOOK.get(task, "the-pipeline-failed")
    return {
        "labels": {
            "alertname": "PipelineFailed",
            "severity": "warning",
            "pipeline": pipeline,
            "task": task,
        },
        "annotations": {
            "summary": f"The task {task} of the pipeline {pipeline} failed, after all retries.",
            "runbook_url": f"docs/runbook.md#{entry}",
        },
        "startsAt": now.isoformat(),
        "endsAt": (now + LASTS).isoformat(),
    }
