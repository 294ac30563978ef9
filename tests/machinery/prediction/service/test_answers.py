"""What a request gets, and what is recorded of it."""

import json
import threading
from datetime import UTC, datetime

import pytest
from machinery.prediction.arms import open_arms
from machinery.prediction.predict import predict
from machinery.prediction.record import records
from tiny.project import PROJECT

from ..conftest import EXAMPLE, HIGH, NUMBER, table


def test_an_answer_is_what_batch_says_and_is_recorded_as_batch_does(start, project):
    service = start()
    status, answer = service.ask({}, {"key": "other", NUMBER: HIGH})
    assert status == 200
    rows = table(EXAMPLE, EXAMPLE | {"key": "other", NUMBER: HIGH})
    expected = predict(rows, open_arms(PROJECT, None, project / "rollout.yaml"))
    assert answer["predictions"] == expected.to_dicts()
    kept = records(rows, expected, request_id="", first=0, time=datetime.now(UTC)).to_dicts()
    for index, row in enumerate(service.recorded()):
        assert row["request_id"] == answer["request_id"]
        same = ("index", "unit", "arm", "model_version", "score", "decision", "inputs")
        assert [row[name] for name in same] == [kept[index][name] for name in same]


def test_explanations_are_the_ones_of_batch(start, project):
    _, answer = start().ask({}, contributions=2)
    expected = predict(table(EXAMPLE), open_arms(PROJECT, None, project / "rollout.yaml"), contributions=2)
    assert answer["predictions"] == expected.to_dicts()


def test_concurrent_requests_share_a_pass_and_get_their_own_answers(start):
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
    example = document["components"]["schemas"]["Request"]["example"]
    status, _, _ = service.send(
        "POST", "/predict", json.dumps(example), {"Content-Type": "application/json"}
    )
    assert status == 200


def test_a_pass_and_its_recording_are_timed_apart(start):
    service = start()
    service.ask({})
    _, text = service.get("/metrics")
    assert 'step_seconds_count{step="predict"}' in text
    assert 'step_seconds_count{step="record"}' in text
