"""The values of an instance: rules, equal spellings, and the counts of unknown ones."""

import json
import re
from collections import Counter

import pytest
from pydantic import TypeAdapter, ValidationError

from machinery.data.table import clock
from machinery.prediction.service import validation

from ..conftest import EXAMPLE, NUMBER

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "change",
    [
        {NUMBER: 3.5},
        {"carrier": "North"},
        {"sent": "2026-02-30T10:00:00Z"},
        {"sent": 1357035300},
        {"sent": "soon"},
        {"sent": "20130101"},
        {"sent": "1"},
        {"sent": "2026-03-02"},
        {"sent": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_with_its_place(change, start):
    body = json.dumps({"instances": [EXAMPLE | change]})
    status, headers, said = start().send("POST", "/predict", body, JSON)
    assert status == 422
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(said)["errors"][0]["pointer"] == f"#/instances/0/{next(iter(change))}"


def test_a_time_with_a_zone_is_the_same_time_in_utc(start):
    service = start()
    _, here = service.ask({"sent": "2026-03-02T05:15:00-05:00"})
    _, utc = service.ask({"sent": "2026-03-02T10:15:00"})
    assert here["predictions"] == utc["predictions"]
    inputs = [json.loads(row["inputs"])["sent"] for row in service.recorded()]
    assert inputs == ["2026-03-02 10:15:00"] * 2


@pytest.mark.parametrize("text", [":", ":a", '":', "a\\", '\\":', "\\\\", '"a":1', "[{:"])
def test_a_text_may_hold_what_looks_like_a_key(text, start):
    status, answer = start().ask({"key": text})
    assert status == 200, answer
    assert answer["predictions"][0]["key"] == text


def test_a_whole_number_may_be_written_as_a_fraction(start):
    service = start()
    assert service.ask({NUMBER: 3.0})[1]["predictions"] == service.ask()[1]["predictions"]


def test_unknown_and_missing_values_are_answered_and_counted(start):
    service = start()
    before = [counted(service, kind) for kind in ("unknown", "missing")]
    assert service.ask({"carrier": "unheard", NUMBER: None})[0] == 200
    unknown, missing = (counted(service, kind) for kind in ("unknown", "missing"))
    assert unknown - before[0] == {"carrier": 1}
    assert missing - before[1] == {NUMBER: 1}


def counted(service, kind):
    """Return how often each field was unknown or missing, for the champion."""
    _, text = service.get("/metrics")
    labels = r'{arm="champion",field="(\w+)",model_version="v1\.0\.0[^"]*"}'
    lines = re.findall(rf"^model_service_{kind}_inputs_total{labels} (\S+)$", text, re.MULTILINE)
    return Counter({field: int(float(number)) for field, number in lines})


def test_a_rule_of_the_schema_is_in_the_document(start):
    fields = json.loads(start().get("/openapi.json")[1])["components"]["schemas"]["Instance"]
    number = next(kind for kind in fields["properties"][NUMBER]["anyOf"] if "minimum" in kind)
    assert (number["minimum"], number["maximum"]) == (0, 40)
    assert fields["properties"][NUMBER]["description"] == "on its way"


def test_a_rule_of_its_own_holds_in_the_service_and_is_in_the_document():
    known = TypeAdapter(validation._field(clock("local time"))[0])
    assert known.validate_python(1259) == 1259
    assert {"minimum": 1200, "maximum": 1259} in known.json_schema()["anyOf"]
    with pytest.raises(ValidationError, match="must hold: minutes below 60"):
        known.validate_python(1260)
