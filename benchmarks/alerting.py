"""Times an alert: from a fault in a service's metrics, by Prometheus and Alertmanager, to a webhook.

It uses the shipped rules and routes with short intervals, and Debian's prometheus and
prometheus-alertmanager, all on loopback. Run it with any Python.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RULES = Path(__file__).parents[1] / "{{cookiecutter.project_slug}}/scripts/alerts"
ALERT = "ChallengerPaused"  # has no waiting time of its own
LONGEST = 60  # seconds
LATEST = 10  # seconds until the webhook is told


class World(ThreadingHTTPServer):
    """A service with one metric, and the receiver of messages."""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.paused = 0
        self.told: dict[str, float] = {}  # when each status first came

    @property
    def address(self) -> str:
        """Return the address."""
        return f"127.0.0.1:{self.server_port}"

    def wait(self, status: str) -> float:
        """Return when a status came; raise SystemExit when it did not."""
        deadline = time.monotonic() + LONGEST
        while status not in self.told:
            if time.monotonic() > deadline:
                raise SystemExit(f"no message says that the alert is {status}")
            time.sleep(0.02)
        return self.told[status]


class Handler(BaseHTTPRequestHandler):
    """Serves the metric, and takes the messages."""

    server: World

    def do_GET(self) -> None:
        """Return the metric."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"model_service_challenger_paused {self.server.paused}\n".encode())

    def do_POST(self) -> None:
        """Keep when a message about the alert came."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in message["alerts"]:
            if alert["labels"]["alertname"] == ALERT:
                self.server.told.setdefault(alert["status"], time.monotonic())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def free() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def settings(source: Path, folder: Path, world: World, manager: int) -> None:
    """Write the shipped rules and routes, with short intervals, and a scrape of the world."""
    shutil.copy(source / "alerts.yml", folder)
    routes = (source / "alertmanager.yml").read_text(encoding="utf-8")
    routes = re.sub(r"http://127\.0\.0\.1:\d+", f"http://{world.address}", routes)
    routes = routes.replace("group_wait: 30s", "group_wait: 1s")
    routes = routes.replace("group_interval: 5m", "group_interval: 1s")
    (folder / "alertmanager.yml").write_text(routes, encoding="utf-8")
    scraped = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["alerts.yml"],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{manager}"]}]}]
        },
        "scrape_configs": [
            {"job_name": "model-service", "static_configs": [{"targets": [world.address]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(scraped), encoding="utf-8")  # JSON is YAML


def times(source: Path) -> tuple[float, float]:
    """Return the seconds from a fault to the message, and from its end to the next message."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(World())
        threading.Thread(target=world.serve_forever, daemon=True).start()
        stack.callback(world.shutdown)
        manager, prometheus = free(), free()
        settings(source, folder, world, manager)
        for command in (
            [
                "prometheus-alertmanager",
                "--config.file=alertmanager.yml",
                "--storage.path=manager",
                f"--web.listen-address=127.0.0.1:{manager}",
                "--cluster.listen-address=",
            ],
            [
                "prometheus",
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=prometheus",
                f"--web.listen-address=127.0.0.1:{prometheus}",
            ],
        ):
            quiet = subprocess.DEVNULL
            process = subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        time.sleep(8)  # until it scrapes
        world.paused, began = 1, time.monotonic()
        fired = world.wait("firing") - began
        world.paused, ended = 0, time.monotonic()
        return fired, world.wait("resolved") - ended


if __name__ == "__main__":
    measured = times(RULES)
    for what, seconds in zip(("told of a fault", "told of its end"), measured, strict=True):
        print(f"{what} after {seconds:.1f} s (goal: 10 s at most)")
    sys.exit(max(measured) > LATEST)
