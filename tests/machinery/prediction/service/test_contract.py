"""The service obeys its own OpenAPI document."""

import json
import subprocess
import sys

import pandera.polars as pa
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from machinery.prediction.service import validation
from tiny.project import PROJECT


def test_schemathesis_finds_nothing(start, tmp_path):
    service = start()
    program = "from schemathesis.cli import schemathesis; schemathesis()"
    url = f"http://127.0.0.1:{service.port}/openapi.json"
    options = ["--max-examples", "20", "--seed", "1", "--no-color"]
    run = subprocess.run(
        [sys.executable, "-c", program, "run", url, *options],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Tested: 5" in run.stdout


def test_every_column_is_in_the_document_with_its_rule_and_meaning(start):
    fields = json.loads(start().get("/openapi.json")[1])["components"]["schemas"]["Instance"]
    assert fields["additionalProperties"] is False
    assert list(fields["properties"]) == list(PROJECT.row.columns)
    for name, column in PROJECT.row.columns.items():
        assert fields["properties"][name]["description"] == column.description
        assert (name in fields["required"]) == (not column.nullable)


def test_a_column_of_listed_values_takes_no_other_and_the_document_lists_them():
    kind, _ = validation._field(pa.Column(pl.String, pa.Check.isin(["a_b", "c"])))
    known = TypeAdapter(kind)
    assert known.validate_python("a_b") == "a_b"
    assert known.json_schema()["enum"] == ["a_b", "c"]
    with pytest.raises(ValidationError, match=r"must hold: one of \['a_b', 'c'\]"):
        known.validate_python("d")
