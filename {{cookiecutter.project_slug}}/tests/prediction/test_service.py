"""The rules of the flights, as the service keeps them."""

import json

import pytest

from {{cookiecutter.package_name}}.data.schema import EXAMPLE

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "change",
    [
        {"distance": 1400.5},
        {"sched_dep_time": 1299},
        {"carrier": "ua"},
        {"departure": "2013-02-30T10:00:00Z"},
        {"departure": 1357035300},
        {"departure": "soon"},
        {"departure": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_value_that_no_flight_has_is_refused(change, start):
    body = json.dumps({"instances": [EXAMPLE | change]})
    status, headers, said = start().send("POST", "/predict", body, JSON)
    assert status == 422
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(said)["errors"][0]["pointer"] == f"#/instances/0/{next(iter(change))}"


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


def test_a_whole_number_may_be_written_as_a_fraction(start):
    service = start()
    assert service.ask({"distance": 1400.0})[1]["predictions"] == service.ask()[1]["predictions"]


def test_a_rule_of_the_schema_is_in_the_document(start):
    fields = json.loads(start().get("/openapi.json")[1])["components"]["schemas"]["Instance"]
    distance = fields["properties"]["distance"]
    assert (distance["minimum"], distance["maximum"]) == (1, 12_000)
    assert distance["description"] == "miles"
    assert "temp" not in fields["required"]
