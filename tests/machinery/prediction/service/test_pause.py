"""A row in the database takes the challenger's decisions away, and rollout.yaml stays as it is."""

from datetime import UTC, datetime

from machinery import database
from machinery.prediction.log import pauses, tables, verdicts

from ..conftest import ask
from .conftest import link, wait
from .test_reload import edit

WITHIN = 8  # seconds


def url(project):
    return f"sqlite:///{project}/log.sqlite"


def connected(project):
    return tables.open_tables(database.parse(url(project))).begin()


def pause(project, version):
    with connected(project) as connection:
        pauses.pause(
            connection,
            salt="{{ cookiecutter.project_slug }}-1",
            version=version,
            reason="worse",
            now=datetime.now(UTC),
        )


def challenged(project):
    link(project / "models/challenger", "v1.1.0")
    edit(project, "\nchallenger: 0.0", "\nchallenger: 1.0")


def arm(service):
    _, answer = service.ask()
    return answer["predictions"][0]["arm"]


def test_a_paused_challenger_decides_nothing_until_it_is_resumed(start, project):
    challenged(project)
    before = (project / "rollout.yaml").read_bytes()
    service = start()
    assert arm(service) == "challenger"
    version = service.recorded()[0]["model_version"]
    pause(project, version)
    wait(lambda: arm(service) == "champion", WITHIN)
    assert f'"paused":"{version}"' in service.get("/models")[1]
    assert '"challenger":0.0' in service.get("/models")[1]
    assert shown(service)["model_service_challenger_paused"] == "1.0"
    assert (project / "rollout.yaml").read_bytes() == before
    with connected(project) as connection:
        assert pauses.resume(connection, version) == 1
    wait(lambda: arm(service) == "challenger", WITHIN)


def test_a_pause_is_of_one_challenger(start, project):
    challenged(project)
    pause(project, "v0.9.0-aaaaaaaaaaaa")
    assert arm(start()) == "challenger"


def test_a_service_starts_with_the_pause_of_its_challenger(start, project):
    challenged(project)
    first = start()
    first.ask()
    pause(project, first.recorded()[0]["model_version"])
    assert arm(start(spool="other")) == "champion"


def test_each_rollout_is_recorded_with_its_shares_and_versions(start, project):
    service = start()
    challenged(project)
    wait(lambda: '"challenger":1.0' in service.get("/models")[1], WITHIN)
    question = "SELECT challenger, challenger_version FROM rollouts ORDER BY id"
    wait(lambda: len(ask(url(project), question)) == 2, WITHIN)
    (share, version), (later, challenger) = ask(url(project), question)
    assert (share, version, later) == (0.0, None, 1.0)
    assert challenger.startswith("v1.1.0-")


def test_an_answer_is_recorded_with_the_value_that_decided_its_arm_and_is_sent_without(
    start, project
):
    edit(project, "\nassign_by: key", "\nassign_by: carrier")
    service = start()
    _, answer = service.ask({"carrier": "north"})
    assert service.recorded()[0]["assigned"] == "north"
    assert "assigned" not in answer["predictions"][0]


def shown(service):
    """Return the metrics of the monitor and of pauses, by their name and labels."""
    lines = service.get("/metrics")[1].splitlines()
    wanted = ("model_service_monitor_", "model_service_challenger_paused")
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith(wanted))


def verdict(**changes):
    known = {"name": "drift", "model_version": "v1", "arm": "champion", "value": 1.5}
    return known | {"status": "alarm", "sentence": "it drifts"} | changes


def test_the_monitors_last_verdicts_and_its_last_success_are_metrics(start, project):
    service = start()
    now = datetime(2026, 3, 2, tzinfo=UTC)
    names = ["drift", "accuracy", verdicts.MONITOR]
    ran = verdict(name=verdicts.MONITOR, model_version="", arm="", value=None, status="ok")
    unknown = verdict(name="accuracy", value=None, status="unknown")
    with connected(project) as connection:
        verdicts.replace(connection, names, [verdict(), unknown, ran], now)
    drift = 'model_service_monitor_alarm{arm="champion",model_version="v1",verdict="drift"}'
    wait(lambda: drift in shown(service), WITHIN)
    found = shown(service)
    assert found[drift] == "1.0"
    assert found[drift.replace("alarm", "value")] == "1.5"
    accuracy = drift.replace("drift", "accuracy")
    assert found[accuracy] == "0.0"
    assert accuracy.replace("alarm", "value") not in found
    assert float(found["model_service_monitor_success_timestamp_seconds"]) == now.timestamp()
    with connected(project) as connection:
        verdicts.replace(connection, names, [unknown, ran], now)
    wait(lambda: drift not in shown(service), WITHIN)
    assert accuracy in shown(service)
