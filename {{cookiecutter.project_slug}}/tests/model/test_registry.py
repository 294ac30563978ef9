"""Releases, stages and models on a repository of three rows: real Git, DVC and GTO."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir
from hashlib import md5, sha256
from pathlib import Path

import gto.api
import numpy as np
import polars as pl
import pytest
import xgboost as xgb
from click.testing import CliRunner

from {{cookiecutter.package_name}}.cli import main
from {{cookiecutter.package_name}}.data.features import VERSION as FEATURES_VERSION
from {{cookiecutter.package_name}}.model import artifact, gate
from {{cookiecutter.package_name}}.model.registry import fetch, promote, release, state
from {{cookiecutter.package_name}}.stage import InputError

ROWS = pl.DataFrame({"hour": [6, 12, 22], "target": [0.0, 0.0, 1.0]})
TABLE = "hour\n6\n12\n22\n"
MD5, SHA256 = md5(TABLE.encode()).hexdigest(), sha256(TABLE.encode()).hexdigest()
DVC_YAML = """\
stages:
  train:
    cmd: mkdir -p models && cp -R trained models/candidate
    deps: [trained, data/external/flights.csv]
    params: [train.learning_rate]
    outs: [models/candidate]
artifacts:
  model: {path: models/candidate, type: model}
"""
CONFIG = """\
[core]
    remote = storage
    analytics = false
    check_update = false
['remote "storage"']
    url = ../../storage
"""


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def dvc(*arguments):
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], check=True)


def run(*arguments):
    return CliRunner().invoke(main, ["model", *arguments])


def start(*arguments):
    """Start the command in a group of its own, so that a signal can reach all of it."""
    program = f"from {main.__module__} import main; main()"
    command = [sys.executable, "-c", program, "model", *arguments]
    return subprocess.Popen(command, start_new_session=True)


def done(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result, reason):
    assert result.exit_code == 1, result.output
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    return True


def train(rate):
    """Train on the three rows with this learning rate, and commit what came of it."""
    features = artifact.describe(ROWS, ["hour"])
    data = xgb.QuantileDMatrix(artifact.encode(ROWS, features), ROWS["target"].to_numpy())
    manifest = artifact.Manifest(
        problem="binary",
        features=features,
        parameters={"learning_rate": rate},
        validation={},
        interval=None,
        threshold=None,
        features_version=FEATURES_VERSION,
    )
    booster = xgb.train({"learning_rate": rate, "min_child_weight": 0}, data, 2)
    artifact.save(booster, manifest, Path("trained"), keys=np.array([1], dtype=np.uint64))
    Path("params.yaml").write_text(f"train:\n  learning_rate: {rate}\n")
    dvc("repro")
    Path("reports/metrics.json").write_text(json.dumps({"roc_auc": 0.5 + rate}))
    judge("accepted")


def judge(verdict):
    """Write what the gate says of the candidate, and commit all."""
    model = artifact.load(Path("models/candidate")).manifest.sha256
    said = gate.Verdict(model=model, verdict=verdict, champion=None, criteria=[])
    Path("reports/gate.json").write_text(said.model_dump_json())
    commit()


def commit():
    git("add", ".")
    git("commit", "--quiet", "--message", "a state")


def read_verdict(champion):
    """Stand for the gate: say again what reports/gate.json says."""
    verdict = gate.Verdict.model_validate_json(Path("reports/gate.json").read_bytes())
    return verdict.model_copy(update={"champion": champion and champion.resolve().name})


@pytest.fixture(scope="module", autouse=True)
def _known():
    """Let Git know who acts, and the gate say what reports/gate.json says."""
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setattr(gate, "examine", read_verdict)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A repository with one trained and judged model, its origin, and a folder as DVC's remote."""
    folder = tmp_path_factory.mktemp("trained")
    project = folder / "project"
    for each in ("storage", "project/.dvc", "project/reports", "project/data/external"):
        (folder / each).mkdir(parents=True)
    with chdir(project):
        git("init", "--quiet", "--bare", "--initial-branch=main", "../origin.git")
        git("init", "--quiet", "--initial-branch=main")
        git("remote", "add", "origin", "../origin.git")
        Path(".gitignore").write_text("models/\n.dvc/cache\n.dvc/tmp\n")
        Path(".dvc/config").write_text(CONFIG)
        Path("dvc.yaml").write_text(DVC_YAML)
        Path("data/environment.json").write_text('{"python": "3.13"}')
        Path("data/external/flights.csv").write_text(TABLE)
        dvc("add", "data/external/flights.csv")
        with Path("data/external/flights.csv.dvc").open("a") as pointer:
            pointer.write(f"meta:\n  sha256: {SHA256}\n")
        train(0.1)
    return project


@pytest.fixture(scope="module")
def released(trained, tmp_path_factory):
    """The same with v1.0.0, which was champion, and v1.1.0, which is it."""
    folder = tmp_path_factory.mktemp("released") / "all"
    project = Path(shutil.copytree(trained.parent, folder)) / "project"
    with chdir(project):
        done("release", "v1.0.0")
        done("promote", "v1.0.0", "champion")
        train(0.3)
        done("release", "--bump", "minor")
        done("promote", "v1.1.0", "champion")
        git("push", "--quiet", "origin", "main")
    return project


@pytest.fixture
def one(trained, tmp_path, monkeypatch):
    """A copy of the trained repository, and be there."""
    folder = Path(shutil.copytree(trained.parent, tmp_path / "all")) / "project"
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def two(released, tmp_path, monkeypatch):
    """A copy of the repository with two releases, and be there."""
    folder = Path(shutil.copytree(released.parent, tmp_path / "all", symlinks=True)) / "project"
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def clone(two, monkeypatch):
    """A fresh clone of it, and be there: Git alone has brought something."""
    git("clone", "--quiet", "../origin.git", "../clone")
    monkeypatch.chdir("../clone")
    return two.parent / "clone"


def tags():
    return git("tag", "--list").split()


def origin_tags():
    return [
        line.split("refs/tags/")[1]
        for line in git("ls-remote", "--tags", "origin", "model[@#]*[0-9]").split("\n")
        if line
    ]


def objects(storage):
    return [path for path in Path(storage).rglob("*") if path.is_file()]


def score():
    return artifact.load(Path("models/champion")).score(ROWS)


@pytest.mark.usefixtures("two")
def test_a_release_is_a_tag_with_verdict_and_metrics_here_and_at_the_origin():
    message = git("tag", "--list", "--format=%(contents)", "model@v1.1.0")
    assert message.startswith("v1.1.0: accepted, compared with v1.0.0\n\nroc_auc: 0.8")
    assert (
        origin_tags()
        == tags()
        == ["model#champion#1", "model#champion#2", "model@v1.0.0", "model@v1.1.0"]
    )


@pytest.mark.usefixtures("two")
def test_gto_reads_the_same_registry():
    assert gto.api.show(".")["model"]["version"] == "v1.1.0"
    assert gto.api.show(".")["model"]["stage"] == {"champion": "v1.1.0"}


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("bump", "version"), [("major", "v2.0.0"), ("minor", "v1.2.0"), ("patch", "v1.1.1")]
)
def test_a_bump_counts_from_the_last_release(bump, version):
    Path("README.md").write_text("more\n")
    commit()
    assert release.choose(state.read(), version=None, bump=bump) == version


def stray():
    Path("stray.py").write_text("import os\n")


def changed_parameter():
    Path("params.yaml").write_text("train:\n  learning_rate: 0.2\n")
    commit()


def changed_model():
    with Path("models/candidate/model.ubj").open("ab") as file:
        file.write(b"x")


def no_gate():
    Path("reports/gate.json").unlink()
    commit()


def judged_another():
    gate_file = Path("reports/gate.json")
    gate_file.write_text(gate_file.read_text().replace('"model":"', '"model":"0'))
    commit()


def judged_refused():
    judge("refused")


def nobody():
    for role in ("AUTHOR", "COMMITTER"):
        os.environ.pop(f"GIT_{role}_NAME")
        os.environ.pop(f"GIT_{role}_EMAIL")


def lost_cache():
    shutil.rmtree(".dvc/cache")


def lost_at_the_remote():
    """Lose a file of a folder that is there: `dvc push` believes that all is there."""
    dvc("push")
    for path in objects("../storage"):
        if path.read_bytes() == Path("models/candidate/model.ubj").read_bytes():
            path.unlink()


def no_remote():
    shutil.rmtree("../storage")
    Path("../storage").touch()


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (stray, "stray.py is not as in the last commit: commit or undo all changes"),
        (changed_parameter, "stale: train: `make pull` or `make repro`, then commit"),
        (changed_model, "models/candidate is modified, not what dvc.lock says: `dvc checkout`"),
        (no_gate, "reports/gate.json is missing or no verdict: `make repro`, then commit"),
        (judged_another, "reports/gate.json judges another model than models/candidate"),
        (judged_refused, "reports/gate.json says refused: only what the gate accepts"),
        (nobody, "Git does not know who you are: `git config user.name NAME`"),
        (lost_cache, "models/candidate is not in cache, not what dvc.lock says"),
        (lost_at_the_remote, "model.ubj did not reach the remote: docs/releases.md says how"),
        (no_remote, "dvc push failed: "),
    ],
)
def test_what_cannot_be_traced_is_not_released(fault, reason, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):  # so that they come back
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    fault()
    assert refused(run("release", "v1.0.0"), reason)
    assert tags() == origin_tags() == []


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("v1.1", "'v1.1' is no version: give one such as v1.2.0"),
        ("1.2.0", "'1.2.0' is no version"),
        ("v1.2.0-rc1", "'v1.2.0-rc1' is no version"),
        ("v1.0.0", "v1.0.0 exists, the last is v1.1.0"),
        ("v1.0.9", "v1.0.9 goes backwards, the last is v1.1.0"),
    ],
)
def test_versions_are_numbers_that_grow(version, reason):
    Path("README.md").write_text("more\n")
    commit()
    assert refused(run("release", version), reason)


@pytest.mark.usefixtures("two")
def test_a_commit_is_released_once():
    assert refused(run("release", "v2.0.0"), "this commit is v1.1.0 already")


@pytest.mark.usefixtures("one")
def test_a_release_needs_a_version_or_a_bump():
    assert refused(run("release"), "give one of both: VERSION=v1.2.0, or BUMP=major")
    assert refused(run("release", "v1.0.0", "--bump=patch"), "give one of both")


@pytest.mark.usefixtures("two")
def test_what_others_released_at_the_origin_counts():
    git("clone", "--quiet", "../origin.git", "../other")
    git("-C", "../other", "tag", "--annotate", "--message=theirs", "model@v3.0.0", "HEAD~1")
    git("-C", "../other", "push", "--quiet", "origin", "model@v3.0.0")
    Path("README.md").write_text("more\n")
    commit()
    assert refused(run("release", "v2.0.0"), "v2.0.0 goes backwards, the last is v3.0.0")


@pytest.mark.usefixtures("two")
def test_a_gate_that_refuses_beside_the_champion_leaves_nothing(monkeypatch):
    train(0.7)
    before, stored = tags(), sorted(Path("../storage").rglob("*"))
    seen = []

    def refuse(champion):
        seen.append(champion.resolve().name)
        return read_verdict(champion).model_copy(update={"verdict": "refused"})

    monkeypatch.setattr(gate, "examine", refuse)
    result = run("release", "v2.0.0")
    assert result.exit_code == 1
    assert "the gate refuses models/candidate: nothing was pushed or tagged" in result.stderr
    assert result.stdout.strip()  # the table
    assert seen == ["v1.1.0"]
    assert tags() == origin_tags() == before
    assert sorted(Path("../storage").rglob("*")) == stored


@pytest.mark.usefixtures("two")
def test_a_release_is_not_tagged_when_somebody_changed_the_champion_or_the_commit_meanwhile(
    monkeypatch,
):
    verdict = read_verdict(None)
    monkeypatch.setattr(release, "push", lambda: None)
    others = release.Plan("v2.0.0", git("rev-parse", "HEAD"), "v1.0.0", verdict)
    earlier = release.Plan("v2.0.0", git("rev-parse", "HEAD~1"), "v1.1.0", verdict)
    for plan in (others, earlier):
        with pytest.raises(InputError, match="the commit or the champion changed meanwhile"):
            release.finish(plan)
    assert "model@v2.0.0" not in tags()


@pytest.mark.usefixtures("two")
def test_a_tag_that_the_origin_refuses_is_undone():
    hook = Path("../origin.git/hooks/pre-receive")
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = tags()
    assert refused(run("promote", "v1.0.0", "dev"), "model#dev#1 was undone here")
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_without_an_origin_the_tags_here_are_the_registry():
    git("remote", "remove", "origin")
    assert done("promote", "v1.0.0", "dev") == "dev: nothing -> v1.0.0\n"
    assert "model#dev#1" in tags()


@pytest.mark.usefixtures("one")
def test_a_model_for_dev_only_is_released_and_becomes_nothing_else():
    judge("dev only")
    assert "released v1.2.0, dev only" in done("release", "v1.2.0")
    for stage in ("champion", "challenger"):
        assert refused(run("promote", "v1.2.0", stage), "the gate says of v1.2.0: dev only")
    assert done("promote", "v1.2.0", "dev") == "dev: nothing -> v1.2.0\n"


@pytest.mark.usefixtures("two")
def test_unknown_versions_and_stages_are_refused_by_name():
    assert refused(run("promote", "v9.9.9", "dev"), "'v9.9.9' is not released: v1.0.0, v1.1.0")
    assert refused(
        run("promote", "v1.0.0", "prod"), "'prod' is no stage: champion, challenger, dev"
    )


@pytest.mark.usefixtures("two")
def test_promoting_what_is_there_says_so_and_tags_nothing():
    before = tags()
    assert done("promote", "v1.1.0", "champion") == "v1.1.0 is champion already\n"
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_a_champion_that_was_not_compared_with_the_one_before_is_promoted_with_a_note():
    train(0.7)
    done("release", "v1.2.0")
    assert done("promote", "v1.2.0", "champion") == "champion: v1.1.0 -> v1.2.0\n"
    note = "v1.0.0 was not compared with v1.2.0; its release says 'v1.0.0: accepted, compared with"
    assert f"champion: v1.2.0 -> v1.0.0\nnote: {note}" in done("promote", "v1.0.0", "champion")


@pytest.mark.usefixtures("two")
def test_of_two_promotions_at_once_in_two_clones_the_second_is_refused():
    git("clone", "--quiet", "../origin.git", "../rival")
    hook = Path(".git/hooks/pre-push")  # runs after we have tagged, before we push
    theirs = "git -C ../rival tag -a -m 'champion: theirs' 'model#champion#3' model@v1.0.0^{}"
    push = "git -C ../rival push --quiet origin 'model#champion#3'"
    hook.write_text(f"#!/bin/sh\nunset GIT_DIR\nGIT_COMMITTER_NAME=Bob {theirs} && {push}\n")
    hook.chmod(0o755)
    result = run("promote", "v1.0.0", "champion")
    assert refused(result, "model#champion#3 was made meanwhile by Bob (champion: theirs)")
    assert git("rev-parse", "model#champion#3") == git(
        "-C", "../rival", "rev-parse", "model#champion#3"
    )


@pytest.mark.usefixtures("two")
def test_of_two_promotions_at_once_in_one_clone_the_second_is_refused():
    seen = state.read()
    done("promote", "v1.0.0", "champion")
    with pytest.raises(InputError, match=r"model#champion#3 was made meanwhile by Ada"):
        promote._assign(seen, version="v1.0.0", stage="champion")
    assert len(state.read().assignments) == 3


@pytest.mark.usefixtures("two")
def test_an_interrupted_push_leaves_no_tag():
    hook = Path(".git/hooks/pre-push")
    hook.write_text("#!/bin/sh\nkill -INT 0\nsleep 1\n")  # Ctrl-C, while Git pushes
    hook.chmod(0o755)
    before = tags()
    with start("promote", "v1.0.0", "champion") as process:
        assert process.wait() != 0
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_a_rollback_goes_down_and_never_up_again():
    assert done("rollback") == "champion: v1.1.0 -> v1.0.0\n"
    assert refused(run("rollback"), "no champion came before v1.0.0: `make promote` names any")
    done("promote", "v1.1.0", "champion")
    assert done("rollback") == "champion: v1.1.0 -> v1.0.0\n"


@pytest.mark.usefixtures("one")
def test_without_a_champion_there_is_nothing_to_roll_back():
    assert refused(run("rollback"), "nothing is champion: `make promote` a version first")


@pytest.mark.parametrize(
    ("events", "stack"),
    [
        ("", ""),
        ("A", "A"),
        ("A B", "A B"),
        ("A B A", "A"),
        ("A B C B", "A B"),
        ("A B C B A", "A"),
        ("A B A B", "A B"),
        ("A B !B", "A"),
        ("A !A", ""),
    ],
)
def test_what_a_stage_can_go_back_to_is_a_stack(events, stack):
    history = [
        state.Assignment("champion", number, event.lstrip("!"), event[0] == "!", "Ada", "")
        for number, event in enumerate(events.split())
    ]
    assert state.Registry({}, history).stack("champion") == stack.split()


@pytest.mark.usefixtures("two")
def test_the_number_of_a_tag_decides_not_the_clock(monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    git("tag", "--annotate", "--message=x", "model#champion#10", "model@v1.0.0^{}")
    assert state.read().holder("champion") == "v1.0.0"


@pytest.mark.usefixtures("two")
def test_a_tag_without_a_message_does_not_count():
    git("tag", "model#champion#3", "model@v1.0.0^{}")
    assert state.read().holder("champion") == "v1.1.0"


@pytest.mark.usefixtures("clone")
def test_models_come_into_a_fresh_clone_and_again_only_when_they_were_altered():
    done("promote", "v1.0.0", "challenger")
    said = "champion: v1.1.0\nchallenger: v1.0.0\ndev: nothing\n"
    assert done("fetch") == said
    assert artifact.load(Path("models/champion")).name == "v1.1.0"
    assert Path("models/challenger").readlink() == Path("v1.0.0")
    before = score()
    Path("models/v1.1.0/model.ubj").write_bytes(b"x")
    assert done("fetch") == said
    assert np.array_equal(score(), before)
    shutil.rmtree("../storage")
    assert done("fetch") == said  # all is here and whole


@pytest.mark.usefixtures("clone")
def test_the_champion_follows_a_rollback_and_an_ended_stage_loses_its_link():
    done("fetch")
    before = score()
    gto.api.assign(".", "model", stage="challenger", version="v1.1.0")
    done("rollback")
    done("fetch")
    assert not np.array_equal(score(), before)
    assert Path("models/challenger").readlink() == Path("v1.1.0")
    gto.api.unassign(".", "model", stage="challenger", version="v1.1.0")
    assert "challenger: nothing" in done("fetch")
    assert not Path("models/challenger").is_symlink()
    assert Path("models/v1.1.0/model.ubj").exists()


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
    assert artifact.load(Path("models/champion")).name == "v1.0.0"
    assert not Path("models/v1.0.0.part").exists()


@pytest.mark.usefixtures("one")
def test_the_digest_of_a_folder_is_the_one_that_dvc_states():
    lock = Path("dvc.lock").read_text()
    assert f"md5: {fetch.digest(Path('models/candidate'))}\n" in lock


@pytest.mark.usefixtures("clone")
def test_a_release_is_shown_from_git_alone():
    known = json.loads(done("show", "v1.0.0", "--json"))
    assert known["commit"] == git("rev-parse", "HEAD~1")
    assert known["verdict"] == "accepted"
    assert known["metrics"] == {"roc_auc": 0.6}
    assert known["data"] == {"flights.csv": {"md5": MD5, "sha256": SHA256}}
    assert known["environment"] == {"python": "3.13"}
    assert known["parameters"] == {"train.learning_rate": 0.1}
    assert "verdict: accepted\n" in done("show", "v1.0.0")
    assert refused(run("show", "v7.0.0"), "'v7.0.0' is not released: v1.0.0, v1.1.0")


@pytest.mark.usefixtures("one")
def test_the_candidate_is_shown_with_the_commit_that_it_lies_on():
    assert json.loads(done("show", "--json"))["commit"] == git("rev-parse", "HEAD")
    stray()
    assert json.loads(done("show", "--json"))["commit"].endswith(" with changes")


@pytest.mark.usefixtures("clone")
def test_history_says_who_is_and_was_what():
    done("rollback")
    releases, stages = done("history").split("\n\n")
    assert [line.split()[0] for line in releases.splitlines()[1:]] == ["v1.0.0", "v1.1.0"]
    assert releases.splitlines()[1].endswith("champion")
    assert "roc_auc" in releases
    assert "flights:" in releases
    rows = [line.split()[:3] for line in stages.splitlines()[1:]]
    assert rows == [
        ["champion", "1", "v1.0.0"],
        ["champion", "2", "v1.1.0"],
        ["champion", "3", "v1.0.0"],
    ]
