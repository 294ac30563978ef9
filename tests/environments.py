"""Environments of the shipped locks: made once for each hash of the locks, never changed.

`environments.py FOLDER` makes the environment of the default Python and copies it to FOLDER.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import distribution
from itertools import count
from pathlib import Path

TEMPLATE = Path(__file__).parents[1]
SOURCE = TEMPLATE / "{{cookiecutter.project_slug}}"
LOCKS = SOURCE / "requirements"
BUILD = TEMPLATE / "build"
UV = TEMPLATE / ".venv/bin/uv"
PYTHONS = ("3.13", "3.12", "3.11")
# Modules that the many processes of a run import; a missing one costs only time.
IMPORTED = """
    dvc.cachemgr dvc.cli.parser dvc.data_cloud dvc.repo.add dvc.repo.commit dvc.repo.experiments.run
    dvc.repo.fetch dvc.repo.metrics.diff dvc.repo.metrics.show dvc.repo.plots dvc.repo.push
    dvc.repo.reproduce dvc.repo.status dvc.stage.run dvclive fastapi gto.cli hypothesis importlinter.cli jinja2
    markdown_it matplotlib.figure material.plugins.search.plugin mkdocs.commands.build mkdocstrings_handlers.python nbstripout
    pandera.polars polars pre_commit.main psycopg pytest schemathesis sklearn.compose
    sklearn.impute sklearn.isotonic sklearn.linear_model sklearn.metrics sklearn.pipeline sklearn.preprocessing
    sqlalchemy threadpoolctl uvicorn xgboost
"""


def base(version: str = "") -> Path:
    """Return the environment of the development lock with a Python, the default one first of all.

    No project is ever installed into it, so any number of processes may use it at once.
    """
    version = version or default()
    locks = b"".join((LOCKS / f"{name}.txt").read_bytes() for name in ("tools", "dev"))
    folder = BUILD / f"venv-{version}-{hashlib.sha256(locks).hexdigest()[:12]}"
    with locked(BUILD / f"{folder.name}.lock"):
        if not (folder / ".complete").exists():
            install(folder, version)
            (folder / ".complete").touch()
    return folder


def install(folder: Path, version: str) -> None:
    """Make an environment from the locks, and compile modules that are imported hundreds of times."""
    shutil.rmtree(folder, ignore_errors=True)
    python = interpreter(version)
    assert python, f"no Python {version} runs here"
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    sync = [
        str(UV),
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--python",
        f"{folder}/bin/python",
    ]
    subprocess.run([*sync, f"{LOCKS}/tools.txt", f"{LOCKS}/dev.txt"], check=True)
    tried = "from contextlib import suppress\nfrom importlib import import_module\n"
    tried += f"for name in {IMPORTED.split()}:\n    with suppress(ImportError): import_module(name)"
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    command = [f"{folder}/bin/python", "-W", "ignore", "-c", tried]
    subprocess.run(command, env=variables, check=True)


def copy(environment: Path, folder: Path) -> Path:
    """Copy an environment by hard links, in a second, so that a project can be installed into it."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent, folders, names in os.walk(environment):
        there = folder / Path(parent).relative_to(environment)
        there.mkdir(parents=True)
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in names + links:
            os.link(f"{parent}/{name}", there / name, follow_symlinks=False)
    old, new = os.fsencode(environment), os.fsencode(folder)
    for program in (folder / "bin").iterdir():
        text = b"" if program.is_symlink() else program.read_bytes()
        if old in text:
            mode = program.stat().st_mode
            program.unlink()  # the environment keeps its own
            program.write_bytes(text.replace(old, new))
            program.chmod(mode)
    # As `make setup` marks what it has made, or it refuses to touch the folder.
    (folder / ".path").write_text(f"{folder.resolve()}\n")
    shutil.copyfile(LOCKS / "tools.txt", folder / ".tools")
    return folder


@cache
def default() -> str:
    """Return the version of Python that a project uses here by default."""
    return next(version for version in PYTHONS if interpreter(version, pyenv=False))


@cache
def interpreter(version: str, *, pyenv: bool = True) -> Path | None:
    """Find a Python of a version that runs; replace a shim of pyenv by the Python in its folder."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    own = [str(path) for path in root.glob(f"{version}.*/bin/python{version}")] if pyenv else []
    for program in (f"python{version}", *own):
        command = [program, "-c", "import ensurepip, sys, venv; print(sys.executable)"]
        with suppress(OSError):
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode == 0:
                return Path(done.stdout.strip())
    return None


def onnx(python: str = sys.executable, version: str = "%d.%d" % sys.version_info[:2]) -> Path:  # noqa: UP031
    """Return a folder with what the lock `onnx` adds to an environment, made once per Python."""
    lock = TEMPLATE / "requirements/onnx.txt"
    folder = BUILD / f"onnx-{version}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    with locked(BUILD / f"{folder.name}.lock"):
        if not (folder / ".complete").exists():
            command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--python", python, "--target", str(folder)]
            subprocess.run([*command, "--requirement", str(lock)], check=True)
            (folder / ".complete").touch()
    return folder


def airflow(python: str = sys.executable, version: str = "%d.%d" % sys.version_info[:2]) -> Path:  # noqa: UP031
    """Return the environment of the lock `airflow`, made once per Python, with no project in it."""
    lock = LOCKS / "airflow.txt"
    folder = BUILD / f"airflow-{version}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    with locked(BUILD / f"{folder.name}.lock"):
        if not (folder / ".complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
            command = [str(UV), "pip", "sync", "--quiet", "--require-hashes"]
            subprocess.run([*command, "--python", f"{folder}/bin/python", str(lock)], check=True)
            # Airflow's processes and tasks import the same modules, hundreds of times.
            tried = "import airflow.cli.cli_parser, airflow.dag_processing.dagbag"
            tried += ", airflow.providers.standard.operators.hitl, airflow.settings"
            command = [f"{folder}/bin/python", "-W", "ignore", "-c", tried]
            own = {"AIRFLOW_HOME": f"{folder}/home", "PYTHONDONTWRITEBYTECODE": ""}
            subprocess.run(command, env=os.environ | own, check=True)
            (folder / ".complete").touch()
    return folder


def xdist() -> Path:
    """Return a folder with the template's pytest-xdist, for an environment whose lock has none."""
    folder = BUILD / "xdist"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("pytest-xdist", "execnet"):
        here = distribution(name)
        for top in {file.parts[0] for file in here.files or ()} - {".."}:
            (folder / top).symlink_to(Path(str(here.locate_file(top))))
    return folder


@cache
def slot() -> Path:
    """Return a folder that is this process's alone until it ends, with its environments."""
    for number in count():
        file = BUILD / f"slots/{number}.lock"
        file.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(file, os.O_RDWR | os.O_CREAT)
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return BUILD / f"slots/{number}"
        os.close(held)
    raise AssertionError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process is in a block with the same lock file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    copy(base(), Path(sys.argv[1]).absolute())
