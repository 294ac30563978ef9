"""Every answer is in the database exactly once, after kills, outages and full disks.

With DURABILITY=full the tests take minutes: twenty kills, and Postgres is away for a minute.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from . import durability

FULL = os.environ.get("DURABILITY") == "full"
MAY_MOUNT = subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


def test_kills_under_load(project):
    found = durability.kills(project, times=20 if FULL else 2)
    assert found["answered"] > 40
    assert found["wrong"] == 0, found


@pytest.mark.skipif(durability.POSTGRES is None, reason="needs apt-get install postgresql")
def test_postgres_away_under_load(project):
    with tempfile.TemporaryDirectory() as folder:  # where the user postgres may go
        Path(folder).chmod(0o755)
        for name in ("models", "rollout.yaml"):
            (Path(folder) / name).symlink_to(project / name)
        found = durability.outage(Path(folder), seconds=60 if FULL else 4, kill=FULL)
    assert found["backlog_bytes"] > 0
    assert found["wrong"] == 0, found
    assert set(found["statuses"]) == {200}


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
