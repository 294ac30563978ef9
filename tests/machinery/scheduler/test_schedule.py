"""The section `airflow` of params.yaml, the alert of a failure, and what both may import."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

import machinery
from machinery import params
from machinery.errors import InputError
from machinery.scheduler import alert, settings
from tiny.params import Params

SHIPPED = Path(__file__).parents[1] / "tiny/params.yaml"
PROJECT = Path(machinery.__file__).resolve().parents[3]
received: list[tuple[str, Any]] = []


def with_section(folder: Path, section: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8") + f"\nairflow: {section}\n"
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_section_people_start_the_pipeline_and_it_is_retried_once() -> None:
    assert settings.read(SHIPPED.parent) == params.load(Params, SHIPPED).airflow
    assert settings.read(SHIPPED.parent) == settings.Airflow(schedule=None, retries=1)


def test_the_project_and_airflow_read_the_same_section(tmp_path: Path) -> None:
    folder = with_section(tmp_path, "{schedule: '0 4 * * *', retries: 2, clones: true}")
    found = settings.read(folder)
    assert found == params.load(Params, folder / "params.yaml").airflow
    assert (found.schedule, found.retries, found.clones) == ("0 4 * * *", 2, True)


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("{retry: 2}", "retry"),
        ("{retries: many}", "retries"),
        ("{retries: -1}", "retries"),
        ("{bump: huge}", "bump"),
        ("{retry_minutes: .nan}", "retry_minutes"),
    ],
)
def test_a_wrong_section_is_refused_by_name_in_both(
    section: str, name: str, tmp_path: Path
) -> None:
    folder = with_section(tmp_path, section)
    with pytest.raises(ValueError, match=rf"params\.yaml: airflow\n{name}\n"):
        settings.read(folder)
    with pytest.raises(InputError, match=rf"airflow\.{name} is "):
        params.load(Params, folder / "params.yaml")


def test_airflow_needs_no_package_that_it_has_not_but_yaml() -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\n"
        "from machinery.scheduler import alert, graph, settings, tasks\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*(name for name in new if not name.startswith('_')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    of_pydantic = {"annotated_types", "pydantic_core", "typing_extensions", "typing_inspection"}
    new = {*done.stdout.split()} - sys.stdlib_module_names - of_pydantic
    assert new == {"machinery", "pydantic", "ruamel"}


def test_people_get_the_alert_as_they_get_those_of_the_monitor() -> None:
    routes = YAML(typ="safe").load(PROJECT / "scripts/alerts/alertmanager.yml")["route"]["routes"]
    labels = alert.payload("flights", "train", datetime.now(UTC))["labels"]
    told = {
        route["receiver"]
        for route in routes
        if all(matcher.partition("=")[0] in labels for matcher in route.get("matchers", ()))
    }
    assert told == {"people"}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        received.append((self.path, json.loads(self.rfile.read(length))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    received.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def failure(task: str) -> dict[str, Any]:
    return {"task_instance": SimpleNamespace(dag_id="flights", task_id=task)}


def test_a_failure_reaches_alertmanager(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTMANAGER_URL", address)
    alert.failed(failure("train"))
    ((path, (sent,)),) = received
    assert path == "/api/v2/alerts"
    assert sent["labels"]["alertname"] == "PipelineFailed"
    assert sent["annotations"]["runbook_url"] == "docs/runbook.md#the-pipeline-failed"
    assert sent["startsAt"] < sent["endsAt"]


@pytest.mark.parametrize(
    ("task", "entry"),
    [
        ("refresh", "an-external-source-moved"),
        ("gate", "the-gate-refused"),
        ("clean.flights", "the-pipeline-failed"),
    ],
)
def test_an_alert_leads_to_its_entry_of_the_runbook(
    task: str, entry: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMANAGER_URL", address)
    alert.failed(failure(task))
    ((_, (sent,)),) = received
    assert sent["annotations"]["runbook_url"] == f"docs/runbook.md#{entry}"
    page = (PROJECT / "docs/runbook.md").read_text(encoding="utf-8").lower()
    assert f"\n## {entry.replace('-', ' ')}\n" in page


def test_without_an_address_the_log_says_that_nobody_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("ALERTMANAGER_URL", raising=False)
    alert.failed(failure("train"))
    assert "Nobody is told: set ALERTMANAGER_URL" in caplog.text
