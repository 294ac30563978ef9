"""The image that predicts: its abilities, and what it does not contain."""

import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import locked
from image import DOCKER, LOCKED_DOWN, docker, inside, inspect, needs_engine, wait_for_health
from pages import PORT, blocks, section
from project import SOURCE, make, run, venv

pytestmark = needs_engine

STATE = ["--tmpfs", "/state:uid=10001"]
ROWS = "data/rows.parquet"
# Millions of rows, with which a prediction is busy for long.
MANY = """import polars as pl
rows = pl.concat([pl.read_parquet("rows.parquet")] * 2000)
key = pl.format("{}-{}", "key", pl.int_range(pl.len()))
rows.with_columns(key.alias("key")).write_parquet("many.parquet")
"""
TOO_MUCH = ["dvc", "sklearn", "jinja2", "pytest", "jupyterlab", "pip"]


@pytest.fixture
def container() -> Iterator[str]:
    """Name a container and remove it at the end."""
    name = f"ds-template-{uuid.uuid4().hex}"
    yield name
    subprocess.run([DOCKER, "rm", "--force", name], check=False, capture_output=True)


@pytest.fixture
def data(trained: Path, tmp_path: Path) -> Path:
    """Make a folder that holds rows and into which the image may write."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "rows.parquet").write_bytes((trained / ROWS).read_bytes())
    folder.chmod(0o777)
    return folder


def test_it_predicts_what_the_host_predicts_with_all_rights_taken(
    trained: Path, serve: str, data: Path
) -> None:
    mount = ["--volume", f"{data}:/data"]
    docker(
        "run",
        "--rm",
        *LOCKED_DOWN,
        *mount,
        serve,
        "predict",
        "/data/rows.parquet",
        "/data/out.parquet",
    )
    make(trained, "predict", f"IN={ROWS}", f"OUT={data / 'host.parquet'}")
    assert (data / "out.parquet").read_bytes() == (data / "host.parquet").read_bytes()


def test_the_blocks_of_the_page_predict_and_serve(serve: str, data: Path) -> None:
    page = blocks(section((SOURCE / "docs/operations.md").read_text(), "Images"))
    predict, start = (block.replace("IMAGE", serve).replace("docker", DOCKER, 1) for block in page)
    run(["sh", "-ec", predict], data.parent)
    assert (data / "scores.parquet").stat().st_size > 0
    with locked(PORT):
        container = run(["sh", "-ec", start], data.parent).splitlines()[-1]
        try:
            assert wait_for_health(container, 90) == "healthy"  # as often as the image asks
        finally:
            docker("rm", "--force", container)
            docker("volume", "rm", "state")


def test_a_model_may_be_mounted(trained: Path, serve: str) -> None:
    mount = ["--volume", f"{trained}/models/candidate:/app/models/other:ro"]
    said = docker("run", "--rm", *mount, serve, "check-model", "--model", "models/other")
    assert said.startswith("other-")


def test_health_turns_green(serve: str, container: str) -> None:
    assert health(serve, container) == "healthy"


def test_without_a_model_it_does_not_start_and_says_why(serve: str, tmp_path: Path) -> None:
    said = refused(serve, *STATE, "--volume", f"{tmp_path}:/app/models")
    assert "Error: models/candidate holds no model" in said


def test_without_a_place_for_the_log_it_does_not_start_and_says_why(serve: str) -> None:
    assert "Error: /state/spool: Read-only file system" in refused(serve)


def test_without_a_token_it_starts_only_where_none_is_asked_for(serve: str) -> None:
    said = refused(serve, *STATE, "--env", "REQUIRE_TOKEN=1")
    assert "REQUIRE_TOKEN is set, but no token was given" in said


def test_a_signal_stops_a_prediction_in_time(serve: str, container: str, data: Path) -> None:
    run([str(venv() / "bin/python"), "-c", MANY], data)
    mount = ["--volume", f"{data}:/data"]
    command = ["predict", "/data/many.parquet", "/data/out.parquet"]
    docker("run", "--detach", "--name", container, *LOCKED_DOWN, *mount, serve, *command)
    time.sleep(3)
    assert inspect(container)["State"]["Running"], docker("logs", container)
    docker("kill", "--signal", "TERM", container)
    deadline = time.monotonic() + 3
    while inspect(container)["State"]["Running"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_runs_as_nobody_in_particular(serve: str) -> None:
    assert inside(serve, "import os; print(os.getuid(), os.getgid())") == "10001 10001"


def test_it_cannot_change_its_own_files(serve: str) -> None:
    program = "import os; print([f for d, _, f in os.walk('/app') if os.access(d, os.W_OK)])"
    assert inside(serve, program) == "[]"


def test_it_holds_what_the_lock_names_and_nothing_of_training(serve: str) -> None:
    program = (
        f"from importlib.util import find_spec; print([n for n in {TOO_MUCH} if find_spec(n)])"
    )
    assert inside(serve, program) == "[]"


def test_it_holds_no_compiler_no_cache_and_no_git(serve: str) -> None:
    look = "for each in cc gcc c++ g++ ld make git; do command -v $each; done"
    look += "; find / -xdev -path '*/.cache/*' 2>/dev/null"
    arguments = ["run", "--rm", "--user", "0", "--entrypoint", "sh", serve, "-c", f"{look}; true"]
    assert docker(*arguments) == ""


def test_every_module_comes_compiled(serve: str) -> None:
    program = (
        "import pathlib; from importlib.util import cache_from_source as to\n"
        "files = pathlib.Path('/app/.venv/lib').rglob('*.py')\n"
        "print([str(f) for f in files if not pathlib.Path(to(str(f))).exists()])"
    )
    assert inside(serve, program) == "[]"


def test_its_labels_say_where_it_comes_from(trained: Path, serve: str) -> None:
    labels = inspect(serve)["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == serve.split(":")[1] == "0.1.0-candidate"
    assert re.fullmatch(
        "unknown|[0-9a-f]{40}(-dirty)?", labels["org.opencontainers.image.revision"]
    )
    lock = subprocess.check_output(["sha256sum", trained / "requirements/serve.txt"], text=True)
    assert labels["lock.sha256"] == lock.split()[0]


def health(image: str, container: str) -> str:
    """Start the service and return its health as soon as it is known."""
    options = ["--detach", "--name", container, "--health-interval", "1s", *LOCKED_DOWN, *STATE]
    docker("run", *options, image)
    status = wait_for_health(container)
    assert "everybody who reaches it may send requests" in docker("logs", container)
    return status


def refused(image: str, *options: str) -> str:
    """Fail to start the service and return its output."""
    command = [DOCKER, "run", "--rm", *LOCKED_DOWN, *options, image]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    return done.stderr
