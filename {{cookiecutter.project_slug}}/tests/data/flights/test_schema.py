"""The rules of a flight, as the service applies them."""

import json

import pytest
from pydantic import ValidationError

from {{cookiecutter.package_name}}.data.schema import ROW
from {{cookiecutter.package_name}}.machinery.prediction.service import validation

BODY = validation.body_model(ROW)


def ask(**change):
    return BODY.model_validate_json(json.dumps({"instances": [ROW.example | change]}))


def test_the_example_may_be_asked_about():
    assert ask()


@pytest.mark.parametrize(
    "change",
    [
        {"distance": 1400.5},
        {"sched_dep_time": 1299},
        {"carrier": "ua"},
        {"departure": "2013-02-30T10:00:00Z"},
        {"humid": 101},
    ],
)
def test_a_value_that_no_flight_has_is_refused_by_its_name(change):
    with pytest.raises(ValidationError, match=rf"instances\.0\.{next(iter(change))}\b"):
        ask(**change)
