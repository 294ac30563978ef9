"""Every answer is in the database exactly once, after kills, outages and full disks.

With DURABILITY=full the tests take minutes, and print their figures: benchmarks/attacks.py runs
them. SHARE_OF=10, for a machine that others use, runs a tenth of that.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from . import durability
from .under_load import POSTGRES

FULL = os.environ.get("DURABILITY") == "full"
SHARE = int(os.environ.get("SHARE_OF", "1"))
MAY_MOUNT = subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


def test_kills_under_load(project):
    found = durability.kills(project, times=20 if FULL else 2)
    print(found)
    assert found["answered"] > 40
    assert found["wrong"] == 0, found


@pytest.mark.skipif(POSTGRES is None, reason="needs apt-get install postgresql")
def test_postgres_away_under_load(project):
    with tempfile.TemporaryDirectory() as folder:  # where the user postgres may go
        Path(folder).chmod(0o755)
        for name in ("models", "rollout.yaml"):
            (Path(folder) / name).symlink_to(project / name)
        found = durability.outage(Path(folder), seconds=60 if FULL else 4, kill=FULL)
    assert found["backlog_bytes"] > 0
    assert found["wrong"] == 0, found
    assert set(found["statuses"]) == {200}


def size(full, small):
    """Return the size of an attack: in full, a share of that, or the small one of each run."""
    return max(full // SHARE, small) if FULL else small


@pytest.fixture
def place(project):
    """A copy of the project where the user postgres may go."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(project, folder, symlinks=True, dirs_exist_ok=True)
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(POSTGRES is None, reason="needs apt-get install postgresql")
def test_kills_cuts_and_silences_under_load(place):
    seconds = 30 if FULL else 3
    found = durability.silence(
        place, kills=size(20, 0), cuts=size(200, 5), stalls=size(10, 1), seconds=seconds
    )
    print(found)
    assert found["cuts"] >= size(200, 5)
    assert found["wrong"] == 0, found
    assert set(found["statuses"]) == {200}


def test_promotions_under_load(project):
    found = durability.reloads(
        project, seconds=size(300, 4), times=size(90, 3), clients=32 if FULL else 4
    )
    print(found)
    assert found["wrong"] == 0, found
    assert found["strange_versions"] == {}
    assert set(found["statuses"]) == {200}
    assert set(found["scores_by_version"].values()) == {1}
    before, after = found["memory_mib"]
    assert after - before < 50


def test_a_crowd_of_connections(project):
    found = durability.crowd(project, idle=size(1000, 40), halves=size(400, 40))
    print(found)
    assert found["slowest_health"] < 1
    assert found["endless_headers"] > 0
    before, highest = found["memory_mib"]
    assert highest - before < 100


@pytest.mark.skipif(not MAY_MOUNT, reason="needs the right to mount a small disk")
def test_a_full_disk_under_load(project):
    found = durability.full_disk(project)
    assert found["statuses"][503] > 0
    assert found["wrong"] == 0, found


@pytest.mark.skipif(durability.FAKETIME is None, reason="needs apt-get install faketime")
def test_a_clock_that_is_set_back_under_load(project):
    found = durability.clock_back(project)
    assert found["wrong"] == 0, found
    assert set(found["statuses"]) == {200}
