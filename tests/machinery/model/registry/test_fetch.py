"""A clone gets complete released models, or keeps the old ones."""

import os
import shutil
import signal
import time
from pathlib import Path

import gto.api
import numpy as np
import pytest

from machinery.model import artifact
from machinery.model.registry import fetch
from tiny.project import PROJECT

from .conftest import done, git, objects, refused, run, score, start


@pytest.mark.usefixtures("clone")
def test_models_come_into_a_fresh_clone_and_again_only_when_they_were_altered():
    done("promote", "v1.0.0", "challenger")
    said = "champion: v1.1.0\nchallenger: v1.0.0\ndev: nothing\n"
    assert done("fetch") == said
    assert artifact.load(Path("models/champion"), PROJECT.features_version).name == "v1.1.0"
    assert Path("models/challenger").readlink() == Path("v1.0.0")
    before = score()
    Path("models/v1.1.0/model.ubj").write_bytes(b"x")
    assert done("fetch") == said
    assert np.array_equal(score(), before)
    shutil.rmtree("../storage")
    assert done("fetch") == said  # everything is here and complete


@pytest.mark.usefixtures("clone")
def test_the_champion_follows_a_rollback_and_an_ended_stage_loses_its_link():
    done("fetch")
    before = score()
    gto.api.assign(".", "model", stage="dev", version="v1.1.0")
    git("push", "--quiet", "origin", "--tags")
    done("rollback")
    done("fetch")
    assert not np.array_equal(score(), before)
    assert Path("models/dev").readlink() == Path("v1.1.0")
    gto.api.unassign(".", "model", stage="dev", version="v1.1.0")
    git("push", "--quiet", "origin", "--tags")
    assert "dev: nothing" in done("fetch")
    assert not Path("models/dev").is_symlink()
    assert Path("models/v1.1.0/model.ubj").exists()


@pytest.mark.usefixtures("clone")
def test_the_link_of_a_challenger_that_became_champion_follows_the_champion():
    done("rollback")
    done("promote", "v1.1.0", "challenger")
    done("promote", "v1.1.0", "champion")
    said = "challenger: nothing, models/challenger follows the champion\n"
    assert said in done("fetch")
    assert Path("models/challenger").readlink() == Path("v1.1.0")


@pytest.mark.usefixtures("clone")
def test_a_remote_that_is_gone_leaves_the_old_model():
    done("fetch")
    before = score()
    done("promote", "v1.0.0", "champion")
    shutil.rmtree("../storage")
    assert refused(run("fetch"), "is the remote in reach, was v1.0.0 pushed? What was here stays")
    assert np.array_equal(score(), before)
    assert sorted(path.name for path in Path("models").iterdir()) == ["champion", "v1.1.0"]


@pytest.mark.usefixtures("clone")
def test_a_fetch_that_is_killed_leaves_the_old_model_and_can_be_repeated():
    done("fetch")
    before = score()
    done("rollback")
    stored = {path: path.read_bytes() for path in objects("../storage")}
    models = [path for path, content in stored.items() if not content.startswith((b"{", b"["))]
    for path in models:  # a pipe that nobody writes to: the download never ends
        path.unlink()
        os.mkfifo(path)
    with start("fetch") as process:
        deadline = time.monotonic() + 30
        while not Path("models/v1.0.0.part").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    assert np.array_equal(score(), before)
    for path in models:
        path.unlink()
        path.write_bytes(stored[path])
    done("fetch")
    assert artifact.load(Path("models/champion"), PROJECT.features_version).name == "v1.0.0"
    assert not Path("models/v1.0.0.part").exists()


@pytest.mark.usefixtures("one")
def test_the_digest_of_a_folder_is_the_one_that_dvc_states():
    lock = Path("dvc.lock").read_text()
    assert f"md5: {fetch.digest(Path('models/candidate'))}\n" in lock
