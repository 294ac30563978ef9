"""The service and a PostgreSQL as processes of their own, and clients that count the answers.

Every request id that was answered has to be in the database, once.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from tiny.project import PROJECT

EXAMPLE = PROJECT.row.example
SERVE = [sys.executable, "-m", "tiny.project", "serve"]
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


class Service:
    """The service as a process of its own, which is killed and started again."""

    process = None

    def __init__(self, folder, state, url, **variables):
        self.folder, self.url, self.port = folder, url, free_port()
        self.variables = {
            "LOG_URL": url,
            "LOG_SPOOL": str(state / "spool"),
            "PORT": str(self.port),
            **variables,
        }

    def start(self):
        with (self.folder / "serve.log").open("ab") as output:
            self.process = subprocess.Popen(
                SERVE, cwd=self.folder, env=os.environ | self.variables, stderr=output
            )
        until(lambda: self.metric("model_service_database_up") is not None, 180, "the start")

    def close(self):
        """End the process, also when an attack fails."""
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)

    def get(self, path):
        """Return the text of a page, or nothing while the service is down."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def metric(self, name):
        """Return the value of a metric, or nothing while the service is down."""
        text = self.get("/metrics")
        if text is None:
            return None
        lines = text.splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    def memory(self):
        """Return the resident MiB of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024


class Load:
    """Clients that send requests until they are stopped, and record the answers."""

    def __init__(self, port, clients=8, rows=3, pause=0):
        self.port, self.pause, self.answered, self.statuses = port, pause, {}, {}
        self.versions, self.scores = {}, {}  # how often each answered, and with which scores
        self.body = json.dumps({"instances": [EXAMPLE] * rows})
        self.stopped = threading.Event()
        asks = {"target": self._ask, "daemon": True}  # a test that fails ends without them
        self.clients = [threading.Thread(**asks) for _ in range(clients)]
        for client in self.clients:
            client.start()

    def _ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Content-Type": "application/json"}
        while not self.stopped.wait(self.pause):
            try:
                connection.request("POST", "/predict", self.body, sent)
                answer = connection.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()  # it was killed; the next request opens it again
                time.sleep(0.02)
                continue
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            if answer.status == http.client.OK:
                self.answered[said["request_id"]] = len(said["predictions"])
                for each in said["predictions"]:
                    version = each["model_version"]
                    self.versions[version] = self.versions.get(version, 0) + 1
                    self.scores.setdefault(version, set()).add(each["score"])
            else:
                time.sleep(0.02)
        connection.close()

    def stop(self):
        self.stopped.set()
        for client in self.clients:
            client.join()


def until(condition, seconds, what="it"):
    """Wait until `condition` holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"error: {what} did not happen in {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def count(url, answered):
    """Return how many answered requests are recorded in full, and how many are not."""
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        query = sa.text("SELECT request_id, count(*) FROM predictions GROUP BY request_id")
        recorded = dict(connection.execute(query).all())
    wrong = [key for key, number in answered.items() if recorded.get(key) != number]
    return {"answered": len(answered), "recorded": len(answered) - len(wrong), "wrong": len(wrong)}


def finish(service, load):
    """End the load, let the spool run dry, stop the service and count."""
    load.stop()
    until(lambda: service.metric("model_service_spool_size_bytes") == 0, 120)
    service.stop()
    return count(service.url, load.answered) | {"statuses": load.statuses}


@contextmanager
def postgres(folder):
    """Run a Postgres of our own; give its URL, and what controls it."""
    folder.mkdir()
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    prefix = as_postgres if os.getuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    port, data = free_port(), folder / "data"

    def run(*command):
        command = [*prefix, POSTGRES / command[0], *command[1:]]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def control(action, *arguments):
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        more = ["-o", options, "-l", folder / "log"] if action == "start" else []
        run("pg_ctl", "-D", data, "-w", *more, *arguments, action)

    run("initdb", "-D", data, "-A", "trust", "-U", "postgres")
    control("start")
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", control
    finally:
        control("stop", "-m", "immediate")
