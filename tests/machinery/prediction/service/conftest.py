"""Two small models, a rollout, and their service on a port of this machine."""

import http.client
import json
import shutil
import sqlite3
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from machinery.prediction.log.prediction_log import PredictionLog
from machinery.prediction.service.app import make_app
from machinery.prediction.service.followed import Followed
from machinery.prediction.service.model_reloader import ModelReloader
from machinery.prediction.service.server import configure, warm
from machinery.prediction.service.service import Service
from machinery.prediction.service.validation import body_model
from tiny.project import PROJECT

from ..conftest import EXAMPLE, ROLLOUT, learn


@pytest.fixture(scope="session")
def models(rows, tmp_path_factory):
    """Two released models that differ."""
    folder = tmp_path_factory.mktemp("service") / "models"
    learn(folder / "v1.0.0", rows, above=30)
    learn(folder / "v1.1.0", rows, above=30, rounds=3)
    return folder


@pytest.fixture
def project(models, tmp_path):
    """A folder with the rollout and the models, the first of them the champion."""
    shutil.copytree(models, tmp_path / "models")
    link(tmp_path / "models/champion", "v1.0.0")
    shutil.copy(ROLLOUT, tmp_path)
    return tmp_path


def link(path, target):
    """Let a link point to `target` from now on, as promoting does."""
    part = path.with_name("part")
    part.symlink_to(target)
    part.replace(path)


@dataclass
class Running:
    """A running service, and methods to call it."""

    port: int
    folder: Path
    service: Service = field(repr=False)

    def send(self, method, path, body=None, headers=()):
        """Return status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, *instances, headers=(), **more):
        """Return status and answer for instances that differ from the example in the given values."""
        rows = [EXAMPLE | instance for instance in instances or ({},)]
        body = json.dumps({"instances": rows} | more)
        status, _, text = self.send(
            "POST", "/predict", body, {"Content-Type": "application/json", **dict(headers)}
        )
        return status, json.loads(text)

    def get(self, path):
        """Return status and text of a page."""
        status, _, text = self.send("GET", path)
        return status, text.decode()

    def recorded(self):
        """Return the recorded answers, by request id and index."""
        with closing(sqlite3.connect(self.folder / "log.sqlite")) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute('SELECT * FROM predictions ORDER BY request_id, "index"')
            return [dict(row) for row in rows]


@pytest.fixture
def start(project):
    """Start a service in this process; it ends with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(project, **settings))


@contextmanager
def running(
    folder,
    *,
    tokens=(),
    url=None,
    keep_days=None,
    required=True,
    max_row_minutes=60,
    spool="spool",
):
    """Run a service on a free port until the context ends."""
    url = url or f"sqlite:///{folder}/log.sqlite"
    followed = Followed()
    log = PredictionLog(
        url, folder / spool, keep_days=keep_days, required=required, follow=followed.follow
    )
    body = body_model(PROJECT.row)
    reloader = ModelReloader(
        PROJECT, folder / "rollout.yaml", warm=partial(warm, body=body), followed=followed
    )
    service = Service(reloader, log, list(tokens), body, max_row_minutes)
    server = uvicorn.Server(configure(make_app(service), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait(lambda: server.started)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(port, folder, service)
    finally:
        server.should_exit = True
        thread.join()


def wait(condition, seconds=10):
    """Wait until `condition` holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
