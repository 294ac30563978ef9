"""The service keeps what its OpenAPI document says."""

import json
import subprocess
import sys

from {{cookiecutter.package_name}}.data.schema import EXAMPLES


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
    assert list(fields["properties"]) == list(EXAMPLES.columns)
    for name, column in EXAMPLES.columns.items():
        assert fields["properties"][name]["description"] == column.description
        assert (name in fields["required"]) == (not column.nullable)
