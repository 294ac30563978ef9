"""The service's answers and its records."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime

import pytest

from machinery.prediction.arms import open_arms
from machinery.prediction.log.record import records
from machinery.prediction.predict import predict
from tiny.project import PROJECT

from ..conftest import EXAMPLE, HIGH, NUMBER, table

JSON = {"Content-Type": "application/json"}


def test_an_answer_is_what_batch_says_and_is_recorded_as_batch_does(start, project):
    service = start()
    status, answer = service.ask({}, {"key": "other", NUMBER: HIGH})
    assert status == 200
    rows = table(EXAMPLE, EXAMPLE | {"key": "other", NUMBER: HIGH})
    expected = predict(rows, open_arms(PROJECT, None, project / "rollout.yaml"))
    assert answer["predictions"] == expected.to_dicts()
    kept = records(
        rows, expected, request_id="", first=0, time=datetime.now(UTC), assign_by="key"
    ).to_dicts()
    for index, row in enumerate(service.recorded()):
        assert row["request_id"] == answer["request_id"]
        same = ("index", "unit", "arm", "model_version", "score", "decision", "inputs")
        assert [row[name] for name in same] == [kept[index][name] for name in same]


def test_explanations_are_the_ones_of_batch(start, project):
    _, answer = start().ask({}, contributions=2)
    expected = predict(
        table(EXAMPLE), open_arms(PROJECT, None, project / "rollout.yaml"), contributions=2
    )
    assert answer["predictions"] == expected.to_dicts()


def test_concurrent_requests_share_a_micro_batch_and_get_their_own_answers(start):
    service, answers = start(), {}

    def ask(key):
        answers[key] = service.ask({"key": key}, {"key": f"{key} too"})

    threads = [threading.Thread(target=ask, args=(f"row {n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key, (status, answer) in answers.items():
        assert status == 200
        assert [row["key"] for row in answer["predictions"]] == [key, f"{key} too"]
    assert len(service.recorded()) == 40


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/models", "/metrics"])
def test_the_other_pages_answer(path, start):
    assert start().get(path)[0] == 200


def test_the_example_of_the_documentation_works(start):
    service = start()
    document = json.loads(service.get("/openapi.json")[1])
    example = document["components"]["schemas"]["PredictRequest"]["example"]
    status, _, _ = service.send("POST", "/predict", json.dumps(example), JSON)
    assert status == 200


def test_prediction_and_recording_are_timed_separately(start):
    service = start()
    service.ask({})
    _, text = service.get("/metrics")
    assert 'model_service_step_duration_seconds_count{step="predict"}' in text
    assert 'model_service_step_duration_seconds_count{step="record"}' in text


def test_every_series_that_an_alert_needs_is_there_before_the_first_request(start):
    _, text = start().get("/metrics")
    name = "model_service_request_duration_seconds_count"
    for status in (200, 400, 401, 413, 415, 422, 500, 503):
        assert f'{name}{{status="{status}"}}' in text
    for where in ("database", "spool", "nowhere"):
        assert f'model_service_logged_rows_total{{where="{where}"}}' in text
    for result in ("accepted", "refused"):
        assert f'model_service_reloads_total{{result="{result}"}}' in text
    assert "model_service_database_up 1.0" in text
    assert 'model_service_model_info{model="champion",model_version="v1.0.0-' in text


def test_every_metric_has_the_prefix_of_the_application(start):
    _, text = start().get("/metrics")
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    ours = {name for name in names if not name.startswith(("python_", "process_"))}
    assert len(ours) > 10
    assert all(name.startswith("model_service_") for name in ours)


def test_request_ids_are_uuids_that_grow_with_time(start):
    service, begin = start(), time.time()
    ids = []
    for _ in range(3):
        ids.append(service.ask()[1]["request_id"])
        time.sleep(0.002)
    assert ids == sorted(set(ids))
    for known in map(uuid.UUID, ids):
        assert (known.version, known.variant) == (7, uuid.RFC_4122)
        assert begin - 1 < (known.int >> 80) / 1000 < time.time() + 1


def test_a_fault_of_the_service_is_a_problem_that_is_counted_and_logged(start, monkeypatch, caplog):
    service = start()

    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr(service.service, "predict", fail)
    before = errors(service)
    body = json.dumps({"instances": [EXAMPLE]})
    status, headers, said = service.send("POST", "/predict", body, JSON)
    assert (status, headers["Content-Type"]) == (500, "application/problem+json")
    assert errors(service) == before + 1
    (line,) = [line for line in caplog.records if line.message == "failed"]
    assert line.requests == [json.loads(said)["request_id"]]
    assert line.exc_info[0] is ZeroDivisionError


def errors(service):
    start = 'model_service_request_duration_seconds_count{status="500"} '
    lines = service.get("/metrics")[1].splitlines()
    return next(float(line.removeprefix(start)) for line in lines if line.startswith(start))
