"""Starts Airflow's processes, and what stands for Alertmanager."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from environments import airflow
from project import run, venv

HERE = Path(__file__).resolve().parents[2]


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Take alerts as Alertmanager does; yield its address, and the list that they go to."""
    alerts: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            alerts.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", alerts
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
