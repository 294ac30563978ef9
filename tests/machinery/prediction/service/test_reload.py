"""Models and shares change while the service answers."""

import shutil
import threading

import pytest

from machinery.prediction.service import metrics

from ..conftest import command
from .conftest import link, wait

WITHIN = 5  # seconds


def version(service):
    """Return the name of the version that answers."""
    status, answer = service.ask()
    assert status == 200
    return answer["predictions"][0]["model_version"].split("-")[0]


def edit(project, old, new):
    """Change the rollout as a careful editor does."""
    text = (project / "rollout.yaml").read_text()
    assert old in text
    (project / "part").write_text(text.replace(old, new))
    (project / "part").replace(project / "rollout.yaml")


def test_promoting_and_rolling_back_under_load_fails_no_request(start, project):
    service, statuses, stopped = start(), [], threading.Event()

    def ask():
        while not stopped.is_set():
            statuses.append(service.ask()[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    link(project / "models/challenger", "v1.1.0")
    for before, share in (("0.0", "0.05"), ("0.05", "0.25"), ("0.25", "1.0"), ("1.0", "0.0")):
        edit(project, f"\nchallenger: {before}", f"\nchallenger: {share}")
        shown = f'"challenger":{share},'
        wait(lambda shown=shown: shown in service.get("/models")[1], WITHIN)
    link(project / "models/champion", "v1.1.0")
    wait(lambda: version(service) == "v1.1.0", WITHIN)
    link(project / "models/champion", "v1.0.0")
    wait(lambda: version(service) == "v1.0.0", WITHIN)
    stopped.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert len(service.recorded()) >= len(statuses)


def spoil(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def retire(project):
    """Make a candidate, which predicts before there is a champion, and return the champion."""
    shutil.copytree(project / "models/v1.1.0", project / "models/candidate")
    return project / "models/champion"


@pytest.mark.parametrize(
    "fault",
    [
        lambda project: (project / "rollout.yaml").write_text("holdout: ["),
        lambda project: (project / "rollout.yaml").unlink(),
        lambda project: edit(project, "\nholdout: 0.0", "\nholdout: 2.0"),
        lambda project: edit(project, "\nchallenger: 0.0", "\nchallenger: 0.5"),
        lambda project: spoil(project / "models/v1.0.0/model.ubj"),
        lambda project: (project / "models/v1.0.0/manifest.json").unlink(),
        lambda project: shutil.rmtree(project / "models"),
        lambda project: retire(project).unlink(),
        lambda project: link(retire(project), "candidate"),
    ],
    ids=[
        *("no YAML", "no file", "no share", "no challenger", "altered", "half a model", "no model"),
        *("no champion, but a candidate", "a candidate as champion"),
    ],
)
def test_a_broken_change_is_refused_and_the_old_model_keeps_serving(fault, start, project):
    service = start()
    refused = refusals(service)
    fault(project)
    wait(lambda: refusals(service) > refused, WITHIN)
    assert version(service) == "v1.0.0"


def refusals(service):
    lines = service.get("/metrics")[1].splitlines()
    name = 'model_service_reloads_total{result="refused"} '
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def test_the_series_of_a_version_disappear_when_it_no_longer_serves(start, project):
    service = start()
    service.ask()
    link(project / "models/champion", "v1.1.0")
    wait(lambda: version(service) == "v1.1.0", WITHIN)
    metrics.forget_versions()
    assert 'model_version="v1.0.0-' in service.get("/metrics")[1]
    metrics.forget_versions(seconds=-1)
    text = service.get("/metrics")[1]
    assert 'model_version="v1.0.0-' not in text
    assert 'model_version="v1.1.0-' in text


def test_the_holdout_gets_the_default_decision_and_is_recorded_as_such(start, project):
    edit(project, "\nholdout: 0.0", "\nholdout: 1.0")
    service = start()
    _, answer = service.ask()
    prediction = answer["predictions"][0]
    assert (prediction["arm"], prediction["decision"]) == ("holdout", False)
    assert [row["arm"] for row in service.recorded()] == ["holdout"]


def test_a_shadow_is_recorded_and_not_sent(start, project):
    link(project / "models/challenger", "v1.1.0")
    edit(project, "\nshadow: false", "\nshadow: true")
    service = start()
    _, answer = service.ask()
    assert set(answer["predictions"][0]) == {"key", "score", "decision", "arm", "model_version"}
    assert service.recorded()[0]["shadow_version"].startswith("v1.1.0-")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["--rollout", "nowhere.yaml"], "nowhere.yaml does not exist"),
        (["--log-url", "mysql://u:secret@host/db"], "mysql"),  # pragma: allowlist secret
        (["--log-url", "sqlite:////proc/nowhere/log.sqlite"], "unable to open database file"),
        (["--spool", "/proc/spool"], "/proc/spool: "),
        (["--token-file", "nowhere"], "nowhere cannot be read"),
        (["--token-file", "rollout.yaml"], "each needs 16 characters of ASCII"),
        (["--require-token"], "REQUIRE_TOKEN is set, but no token was given"),
    ],
)
def test_a_service_that_cannot_start_says_why_in_one_line(settings, sentence, project, monkeypatch):
    monkeypatch.chdir(project)
    result = command("serve", "--port", 0, *settings)
    assert result.exit_code == 1
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert sentence in last
    assert "secret" not in result.output
