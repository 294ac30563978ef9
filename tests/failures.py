"""The failures of the runbook, really caused; a cause returns the variables of its entry."""

import os
import re
import shutil
import subprocess
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from commands import run_command
from project import dvc, make, run, venv
from releases import commit, record

Variables = dict[str, str]


def sh(command: str, project: Path, variables: Variables) -> subprocess.CompletedProcess[str]:
    """Run a block of the page as its reader does."""
    own = {"PATH": f"{venv()}/bin:{os.environ['PATH']}", "PYTHONPATH": str(project / "src")}
    own["MAKEFLAGS"] = f"VENV={venv()}"
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=project,
        env=os.environ | own | variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def bad_data_arrived(project: Path, _: ExitStack) -> Variables:
    """Let a colleague commit a table in which every tenth row is impossible."""
    table = "data/external/flights.parquet"
    spoil = f"""import polars as pl
rows = pl.read_parquet("{table}").with_row_index()
bad = pl.when(pl.col("index") % 10 == 0).then(pl.lit(-1))
rows.with_columns(bad.otherwise("distance").cast(rows.schema["distance"]).alias("distance"))\
.drop("index").write_parquet("{table}")"""
    run([str(venv() / "bin/python"), "-c", spoil], project)
    record(project, project / table)
    commit(project)
    return {"NAME": "flights"}


def an_external_source_moved(project: Path, stack: ExitStack) -> Variables:
    """Import a table, let it become overdue, and move it at its server."""
    source = project.parent / "source"
    source.mkdir()
    (source / "airlines.csv").write_text("carrier,name\nAA,American\n")
    handler = partial(SimpleHTTPRequestHandler, directory=str(source))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    address = f"http://127.0.0.1:{server.server_port}"
    options = "--name airlines --license CC0-1.0 --owner Ada --refresh weekly"
    done = sh(f"flight-delays data add {address}/airlines.csv {options}", project, {})
    assert done.returncode == 0, done.stdout
    pointer = project / "data/external/airlines.parquet.dvc"
    pointer.write_text(re.sub("obtained: .*", "obtained: '2020-01-01'", pointer.read_text()))
    (source / "new").mkdir()
    (source / "airlines.csv").rename(source / "new/airlines.csv")
    return {"NAME": "airlines", "NEW": f"{address}/new/airlines.csv"}


def the_pipeline_failed(project: Path, _: ExitStack) -> Variables:
    """Let a colleague commit code that cannot run."""
    (features,) = project.glob("src/*/data/features.py")
    broken = "\n\ndef features(rows):\n    raise RuntimeError\n"
    features.write_text(features.read_text() + broken)
    commit(project)
    return {}


def the_gate_refused(project: Path, _: ExitStack) -> Variables:
    """Try a model that says nearly the same of every row."""
    params = project / "params.yaml"
    params.write_text(re.sub(r"learning_rate: .*", "learning_rate: 0.0001", params.read_text()))
    return {}


def the_wrong_model_was_promoted(project: Path, _: ExitStack) -> Variables:
    """Promote the version that had been rolled back."""
    make(project, "promote", "VERSION=v1.1.0", "STAGE=champion")
    run_command(project, "model", "fetch")
    return {"GOOD": "v1.0.0"}


def the_remote_is_lost(project: Path, _: ExitStack) -> Variables:
    """Remove the folder in which the remote is."""
    shutil.rmtree(project.parent / "flight-delays-storage")
    new = project.parent / "new-storage"
    new.mkdir()
    return {"NEW": str(new)}


def a_secret_leaked(project: Path, _: ExitStack) -> Variables:
    """Push a commit with a password in it."""
    secret = "correct horse"  # pragma: allowlist secret
    compose = project / "scripts/docker/compose.yaml"
    compose.write_text(f"# password: {secret}\n{compose.read_text()}")
    commit(project)
    return {"SECRET": secret}


def the_disk_is_full(project: Path, stack: ExitStack) -> Variables:
    """Put the project on a small disk and fill it, mostly with unused files in DVC's cache."""
    whole = project.rename(project.with_name("whole"))
    project.mkdir()
    megabytes = 60 + sum(path.stat().st_size for path in whole.rglob("*")) // 2**20
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "disk", str(project)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk, which root has")
    stack.callback(run, ["umount", str(project)], project.parent)
    shutil.copytree(whole, project, symlinks=True, dirs_exist_ok=True)
    old = project / "old.bin"
    old.write_bytes(os.urandom(20 * 2**20))
    dvc(project, "add", old.name)
    old.unlink()
    old.with_name("old.bin.dvc").unlink()
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("bootstrap_rounds: 200", "bootstrap_rounds: 201"))
    (project / "build").mkdir(exist_ok=True)
    subprocess.run(
        ["dd", "if=/dev/zero", "of=build/old", "bs=64k"],
        cwd=project,
        check=False,
        capture_output=True,
    )
    return {}
