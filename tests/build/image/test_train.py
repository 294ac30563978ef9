"""The image that trains: the same model as outside, the tests, the notebooks."""

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from image import BASE, DOCKER, docker, inside, needs_engine, try_build
from project import SOURCE

pytestmark = needs_engine

MADE = [
    "dvc.lock",
    "models",
    "reports",
    "data/clean",
    "data/split",
    "data/quarantine",
    ".dvc/cache",
]
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def test_the_pipeline_gives_the_lock_of_the_host(
    sample_on: Callable[[str], Path], copy: Path, train: str
) -> None:
    lock = (sample_on(inside(train, VERSION)) / "dvc.lock").read_bytes()
    for name in MADE:
        path = copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = try_build(copy, "run.sh", "repro")
    assert "Running stage 'train'" in done.stdout, done.stdout + done.stderr
    assert (copy / "dvc.lock").read_bytes() == lock


def test_it_holds_what_the_lock_names(trained: Path, train: str) -> None:
    program = (
        "import pathlib; from importlib.metadata import version\n"
        "from flight_delays.machinery.locks import pins\n"
        "lock = pins(pathlib.Path('/project/requirements/dev.txt').read_text())\n"
        "print(len(lock) > 100, [n for n, v in lock.items() if version(n) != v])"
    )
    mount = ["--volume", f"{trained}:/project:ro"]
    assert docker("run", "--rm", *mount, train, "python", "-c", program) == "True []"


def test_a_project_passes_its_tests_in_it(project: Path, train: str) -> None:
    you = ["--user", f"{os.getuid()}:{os.getgid()}", "--volume", f"{project}:/project"]
    assert " passed" in docker("run", "--rm", *you, train, "pytest", "-p", "no:cacheprovider")


def test_jupyter_answers_on_this_machine_alone_and_asks_for_its_token(
    copy: Path, train: str
) -> None:
    shutil.copytree(SOURCE / "notebooks", copy / "notebooks")
    command = ["sh", "scripts/docker/run.sh", "notebook"]
    options = {
        "PORT": "18888",
        "DOCKER": DOCKER,
        "BASE_IMAGE": BASE,
        "DOCKER_BUILD_ARGS": "--network=host",
    }
    with subprocess.Popen(
        command, cwd=copy, env=os.environ | options, stderr=subprocess.PIPE, text=True
    ) as jupyter:
        assert jupyter.stderr
        lines = (
            re.search(r"http://127\.0\.0\.1:18888/\S*token=(\w+)", line) for line in jupyter.stderr
        )
        token = next(found[1] for found in lines if found)
        ports = docker("ps", "--filter", f"ancestor={train}", "--format", "{{.Names}} {{.Ports}}")
        name, published = ports.split(maxsplit=1)
        try:
            assert published == "127.0.0.1:18888->18888/tcp"
            assert status("") == 403
            assert status(f"?token={token}") == 200
        finally:
            docker("rm", "--force", name)


def status(query: str) -> int:
    """Return the status with which Jupyter's API answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:18888/api/contents{query}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
