"""The failures of the service in the runbook, each caused on one that runs and is restarted."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from commands import run_command
from failures import Variables, sh
from project import make, run, venv

# As an orchestrator does: start the service again whenever it ends.
SUPERVISE = "while true; do flight-delays serve >> serve.log 2>&1; sleep 0.5; done"
READY = 'curl --fail --silent "$SERVICE/health/ready"'
ASK = """import json, os, urllib.request
from flight_delays.data.schema import ROW
rows = [ROW.example | {"key": f"flight {number}"} for number in range(20)]
urllib.request.urlopen(urllib.request.Request(
    os.environ["SERVICE"] + "/predict", json.dumps({"instances": rows}).encode(),
    {"Content-Type": "application/json"}))"""
EXAMPLE = """import json; from flight_delays.data.schema import ROW
print(json.dumps({"instances": [ROW.example]}))"""
ONE_REQUEST = """curl --silent --show-error --header "Content-Type: application/json" \
    --data @request.json "$SERVICE/predict" """
REQUESTS = f"for _ in $(seq 1000); do {ONE_REQUEST} --output answer.json; sleep 0.1; done"
IMPATIENT = f"for _ in $(seq 100); do {ONE_REQUEST} --max-time 1 || break; sleep 0.1; done"
METRICS = 'curl --silent "$SERVICE/metrics" | grep ^model_service_monitor'
BY_KEY = """curl --silent --header "Content-Type: application/json" \
    --data "{\\"instances\\": [{\\"key\\": \\"$UNIT\\"}]}" "$SERVICE/predict" """
FORGOTTEN = "BEGIN; LOCK TABLE predictions IN SHARE MODE; SELECT pg_sleep(300)"
BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


def start(project: Path, stack: ExitStack, **settings: str) -> Variables:
    """Start the service under supervision, and return its address."""
    port = str(free_port())
    path = f"{venv()}/bin:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(project / "src"), "PORT": port}
    leave_running(SUPERVISE, project, stack, own | settings)
    return {"SERVICE": f"http://127.0.0.1:{port}"}


def leave_running(command: str, project: Path, stack: ExitStack, variables: Variables) -> None:
    """Start a command that runs until the test ends, then stop it with its children."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=project,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.callback(process.wait)
    stack.callback(os.killpg, process.pid, signal.SIGKILL)


def wait_until(condition: str, project: Path, variables: Variables) -> None:
    """Wait until a command succeeds."""
    deadline = time.monotonic() + 60
    while sh(condition, project, variables).returncode:
        assert time.monotonic() < deadline, (project / "serve.log").read_text()
        time.sleep(0.2)


def ask(project: Path, variables: Variables) -> None:
    """Let the service answer some requests."""
    done = sh(f"python -c '{ASK}'", project, variables)
    assert done.returncode == 0, done.stdout


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def the_service_is_not_ready(project: Path, stack: ExitStack) -> Variables:
    """Cut the champion's file short, and let the service start after that."""
    run_command(project, "model", "fetch")
    model = project / "models/champion/model.ubj"
    model.write_bytes(model.read_bytes()[:1000])
    variables = start(project, stack)
    wait_until("grep Error: serve.log", project, variables)
    return variables


def scores_shifted(project: Path, stack: ExitStack) -> Variables:
    """Let a colleague give every unit to a challenger that nobody had released."""
    make(project, "promote", "VERSION=v1.1.0", "STAGE=challenger")
    run_command(project, "model", "fetch")
    variables = start(project, stack)
    wait_until(READY, project, variables)
    rollout = project / "rollout.yaml"
    rollout.write_text(
        re.sub("^challenger: 0.0", "challenger: 1.0", rollout.read_text(), flags=re.MULTILINE)
    )
    wait_until('curl --silent "$SERVICE/models" | grep v1.1.0', project, variables)
    ask(project, variables)
    return variables


def start_on_postgres(project: Path, stack: ExitStack) -> tuple[Variables, str]:
    """Start the service on a database of its own; return the reader's variables, and its pg_ctl."""
    if not BINARIES:
        pytest.skip("needs PostgreSQL, which .ci/run installs")
    folder, port = project.parent / "postgres", free_port()
    folder.mkdir()
    prefix = ""
    if os.getuid() == 0:  # PostgreSQL does not run as root
        prefix = "setpriv --reuid=postgres --regid=postgres --clear-groups "
        shutil.chown(folder, "postgres", "postgres")
        for parent in folder.parents[:-1]:
            parent.chmod(parent.stat().st_mode | 0o011)
    control = f"{prefix}{BINARIES}/pg_ctl -D {folder}/data -w -l {folder}/log"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    begin = f"{control} -o '{options}' start"
    run(
        ["bash", "-ec", f"cd {folder}; {prefix}{BINARIES}/initdb -D data -A trust -U postgres"],
        folder,
    )
    run(["bash", "-ec", begin], folder)
    stack.callback(
        subprocess.run, ["bash", "-c", f"{control} -m immediate stop"], cwd=folder, check=False
    )
    run_command(project, "model", "fetch")
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    variables = start(project, stack, LOG_URL=url)
    wait_until(READY, project, variables)
    return variables | {"LOG_URL": url, "START": f"cd {folder}; {begin}"}, control


def the_database_is_away(project: Path, stack: ExitStack) -> Variables:
    """Stop the database below a service that answers."""
    variables, control = start_on_postgres(project, stack)
    run(["bash", "-ec", f"{control} -m fast stop"], project)
    ask(project, variables)
    return variables


def latency_is_up(project: Path, stack: ExitStack) -> Variables:
    """Let a colleague lock the table of the log and forget it, while requests go on coming."""
    variables, _ = start_on_postgres(project, stack)
    sh(f"python -c '{EXAMPLE}' > request.json", project, variables)
    for command in (f'psql "$LOG_URL" --command "{FORGOTTEN}"', REQUESTS):
        leave_running(command, project, stack, variables)
    wait_until("grep 'is away' serve.log", project, variables)
    return variables


LOG = "sqlite:///predictions.sqlite"


def start_fetched(project: Path, stack: ExitStack) -> Variables:
    """Start the service with the released champion, and let it answer."""
    run_command(project, "model", "fetch")
    variables = start(project, stack) | {"LOG_URL": LOG}
    wait_until(READY, project, variables)
    ask(project, variables)
    return variables


def stored_rows_are_old(project: Path, stack: ExitStack) -> Variables:
    """Store the rows of flights without an outcome, and let three hours pass."""
    variables = start_fetched(project, stack) | {"TABLES": "data/external"}
    run_command(project, "rows", LOG, "--tables", variables["TABLES"])
    with closing(sqlite3.connect(project / "predictions.sqlite")) as connection, connection:
        (unit,) = connection.execute("SELECT unit FROM upcoming_rows LIMIT 1").fetchone()
        connection.execute("UPDATE upcoming_rows SET written = datetime('now', '-3 hours')")
    return variables | {"UNIT": unit}


def the_monitor_is_silent(project: Path, stack: ExitStack) -> Variables:
    """Let nobody run the monitor."""
    return start_fetched(project, stack)


def alarmed(project: Path, variables: Variables, name: str, arm: str) -> str:
    """Let the monitor have said that something is wrong, and return the version of the champion."""
    with closing(sqlite3.connect(project / "predictions.sqlite")) as connection, connection:
        (version,) = connection.execute("SELECT max(model_version) FROM predictions").fetchone()
        row = (name, version, arm, 0.1, "alarm", "worse", "2026-01-01 00:00:00")
        connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    wait_until(f"{METRICS} | grep '{name}'", project, variables)
    return str(version).split("-")[0]


def accuracy_fell(project: Path, stack: ExitStack) -> Variables:
    """Promote a version whose accuracy falls, as the monitor says."""
    make(project, "promote", "VERSION=v1.1.0", "STAGE=champion")
    variables = start_fetched(project, stack)
    return variables | {"BAD": alarmed(project, variables, "accuracy", "champion")}


def a_challenger_is_worse(project: Path, stack: ExitStack) -> Variables:
    """Give half of the units to a challenger that the monitor finds to be worse."""
    variables = scores_shifted(project, stack)
    alarmed(project, variables, "experiment challenger", "challenger")
    return variables | {"LOG_URL": LOG}
