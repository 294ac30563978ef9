"""What a request gets, and what is recorded of it."""

import json
import threading
from datetime import UTC, datetime

import polars as pl
import pytest

from {{cookiecutter.package_name}}.data import border
from {{cookiecutter.package_name}}.data.schema import EXAMPLE, EXAMPLES
from {{cookiecutter.package_name}}.prediction.arms import open_arms
from {{cookiecutter.package_name}}.prediction.predict import predict
from {{cookiecutter.package_name}}.prediction.record import records


def table(*instances):
    """Return instances as batch reads them."""
    times = pl.col("departure").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)
    rows = pl.DataFrame(list(instances), infer_schema_length=None).with_columns(times)
    return rows.cast(border.types(EXAMPLES))


def test_an_answer_is_what_batch_says_and_is_recorded_as_batch_does(start, project):
    service = start()
    status, answer = service.ask({}, {"key": "other", "carrier": "AA"})
    assert status == 200
    rows = table(EXAMPLE, EXAMPLE | {"key": "other", "carrier": "AA"})
    expected = predict(rows, open_arms(None, project / "rollout.yaml"))
    assert answer["predictions"] == expected.to_dicts()
    kept = records(rows, expected, request_id="", first=0, time=datetime.now(UTC)).to_dicts()
    for index, row in enumerate(service.recorded()):
        assert row["request_id"] == answer["request_id"]
        same = ("index", "unit", "arm", "model_version", "score", "decision", "inputs")
        assert [row[name] for name in same] == [kept[index][name] for name in same]


def test_explanations_are_the_ones_of_batch(start, project):
    _, answer = start().ask({}, contributions=2)
    expected = predict(table(EXAMPLE), open_arms(None, project / "rollout.yaml"), contributions=2)
    assert answer["predictions"] == expected.to_dicts()


def test_concurrent_requests_share_a_pass_and_get_their_own_answers(start):
    service, answers = start(), {}

    def ask(key):
        answers[key] = service.ask({"key": key}, {"key": f"{key} too"})

    threads = [threading.Thread(target=ask, args=(f"flight {n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key, (status, answer) in answers.items():
        assert status == 200
        assert [row["key"] for row in answer["predictions"]] == [key, f"{key} too"]
    assert len(service.recorded()) == 40


def test_a_time_with_a_zone_is_the_same_time_in_utc(start):
    _, here = start().ask({"departure": "2013-01-01T05:15:00-05:00"})
    _, utc = start().ask({"departure": "2013-01-01T10:15:00"})
    assert here["predictions"] == utc["predictions"]


def test_unknown_and_missing_values_are_answered_and_counted(start):
    service = start()
    status, _ = service.ask({"carrier": "ZZ", "temp": None})
    assert status == 200
    _, text = service.get("/metrics")
    labels = 'arm="champion",field="{}",model_version="v1.0.0'
    assert "input_unknown_total{" + labels.format("carrier") in text
    assert "input_missing_total{" + labels.format("temp") in text


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


def test_a_whole_number_may_be_written_as_a_fraction(start):
    service = start()
    assert service.ask({"distance": 1400.0})[1]["predictions"] == service.ask()[1]["predictions"]


def test_a_pass_and_its_recording_are_timed_apart(start):
    service = start()
    service.ask({})
    _, text = service.get("/metrics")
    assert 'step_seconds_count{step="predict"}' in text
    assert 'step_seconds_count{step="record"}' in text
