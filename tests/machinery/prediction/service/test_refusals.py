"""Every bad request gets one sentence, and affects no other request."""

import gzip
import http.client
import json
import resource
from concurrent.futures import ThreadPoolExecutor

import pandera.polars as pa
import polars as pl
import pytest

from machinery.data.border import convert, separate
from machinery.data.table import KEY
from machinery.prediction.log.prediction_log import NotRecordedError
from machinery.prediction.service.auth import read_tokens
from machinery.prediction.service.request import MAX_BYTES
from tiny.project import PROJECT

from ..conftest import EXAMPLE, HIGH, LOW, NUMBER

JSON = {"Content-Type": "application/json"}
GOOD = json.dumps({"instances": [EXAMPLE]})


def one(**changes):
    return json.dumps({"instances": [EXAMPLE | changes]})


def without(name):
    return json.dumps({"instances": [{key: EXAMPLE[key] for key in EXAMPLE if key != name}]})


NO_JSON = {
    "nothing": "",
    "a blank": " ",
    "truncated": GOOD[:-3],
    "truncated in a string": GOOD[:25],
    "an opening brace": "{",
    "text": "late?",
    "two documents": GOOD + GOOD,
    "a comma too many": '{"instances": [],}',
    "single quotes": "{'instances': []}",
    "a comment": '{"instances": [] /* none */}',
    "NaN": one(**{NUMBER: float("nan")}).replace("NaN", "nan"),
    "Python's None": GOOD[:-2] + ", None]}",
    "an unfinished escape": GOOD.replace(EXAMPLE[KEY], "\\u12"),
    "an unknown escape": GOOD.replace(EXAMPLE[KEY], "\\x41"),
    "half a surrogate": GOOD.replace(EXAMPLE[KEY], "\\ud800"),
    "a raw control character": GOOD.replace(EXAMPLE[KEY], "\x01"),
    "leading zeros": one(**{NUMBER: 1400}).replace("1400", "001400"),
    "a plus": one(**{NUMBER: 1400}).replace("1400", "+1400"),
    "hexadecimal": one(**{NUMBER: 1400}).replace("1400", "0x1400"),
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-32": GOOD.encode("utf-32"),
    "a byte order mark": GOOD.encode("utf-8-sig"),
    "Latin-1": GOOD.replace(EXAMPLE[KEY], "Zürich").encode("latin-1"),
    "binary": bytes(range(256)),
    "zeros": bytes(100),
    "gzip without saying so": gzip.compress(GOOD.encode()),
    "deep lists": "[" * 100_000,
    "deep objects": '{"instances":' * 20_000 + "1" + "}" * 20_000,
    "a deep value": one(**{NUMBER: "?"}).replace('"?"', "[" * 5000 + "]" * 5000),
}
MISFITS = {
    "null": "null",
    "a number": "1",
    "a string": '"instances"',
    "a list": "[]",
    "an empty object": "{}",
    "no instance": '{"instances": []}',
    "instances that are one": json.dumps({"instances": EXAMPLE}),
    "instances that are null": '{"instances": null}',
    "an instance that is null": '{"instances": [null]}',
    "an instance that is a list": '{"instances": [[]]}',
    "an empty instance": '{"instances": [{}]}',
    "an unknown field": one(unheard_of=3),
    "an unknown field of the body": json.dumps({"instances": [EXAMPLE], "model": "mine"}),
    "a missing field": without(KEY),
    "a number for a text": one(**{KEY: 1}),
    "a text for a number": one(**{NUMBER: "1400"}),
    "true for a number": one(**{NUMBER: True}),
    "null where something is needed": one(**{KEY: None}),
    "a list for a number": one(**{NUMBER: [1]}),
    "an object for a text": one(**{KEY: {}}),
    "infinity": one(**{NUMBER: "?"}).replace('"?"', "Infinity"),
    "minus infinity": one(**{NUMBER: "?"}).replace('"?"', "-Infinity"),
    "not a number": one(**{NUMBER: float("nan")}),
    "a number that overflows": one(**{NUMBER: "?"}).replace('"?"', "1e999"),
    "a huge whole number": one(**{NUMBER: 10**400}),
    "too small": one(**{NUMBER: LOW - 1}),
    "too large": one(**{NUMBER: HIGH + 1}),
    "an empty key": one(**{KEY: ""}),
    "a NUL": one(**{KEY: "a\0b"}),
    "a field that is named twice": GOOD.replace(f'"{KEY}":', f'"{KEY}": "first", "{KEY}":'),
    "a field that is named twice with blanks": GOOD.replace(
        f'"{KEY}":', f'"{KEY}" \t\n: "first", "{KEY}":'
    ),
    "a body that is named twice": GOOD.replace('{"ins', '{"instances": [], "ins', 1),
    "a field that is named twice with an escape": GOOD.replace(
        f'"{KEY}"', f'"\\u{ord(KEY[0]):04x}{KEY[1:]}": "a", "{KEY}"'
    ),
    "negative explanations": json.dumps({"instances": [EXAMPLE], "contributions": -1}),
    "too many explanations": json.dumps({"instances": [EXAMPLE], "contributions": 10**6}),
    "too many instances": json.dumps({"instances": [{}] * 1001}),
    "a hundred thousand empty instances": json.dumps({"instances": [{}] * 100_000}),
    "a long unknown field": json.dumps({"instances": [EXAMPLE | {"x" * 100_000: 1}]}),
}
TYPES = {
    "no type": {},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "text": {"Content-Type": "text/plain"},
    "XML": {"Content-Type": "application/xml"},
    "another encoding": {"Content-Type": "application/json; charset=latin-1"},
    "gzip": JSON | {"Content-Encoding": "gzip"},
    "deflate": JSON | {"Content-Encoding": "deflate"},
    "Brotli": JSON | {"Content-Encoding": "br"},
}
ELSEWHERE = {
    "a bomb": ("POST", "/predict", gzip.compress(bytes(10**7)), TYPES["gzip"], 415),
    "GET": ("GET", "/predict", None, {}, 405),
    "PUT": ("PUT", "/predict", GOOD, JSON, 405),
    "DELETE": ("DELETE", "/predict", None, {}, 405),
    "nowhere": ("GET", "/nowhere", None, {}, 404),
    "a path upwards": ("GET", "/../../etc/passwd", None, {}, 404),
    "another method for health": ("POST", "/health/live", "{}", JSON, 405),
    "too many bytes": ("POST", "/predict", b" " * (MAX_BYTES + 1), JSON, 413),
    **{name: ("POST", "/predict", GOOD, sent, 415) for name, sent in TYPES.items()},
}


def problem(status, headers, body):
    """Check that the answer is a problem document, and return its content."""
    assert headers["Content-Type"] == "application/problem+json"
    said = json.loads(body)
    assert said["status"] == status
    assert said["title"]
    assert len(said["detail"]) < 1000
    return said


def test_malformed_requests_are_refused_and_never_cause_a_500(start):
    service = start()
    for name, body in NO_JSON.items():
        status, headers, said = service.send("POST", "/predict", body, JSON)
        assert (name, status) == (name, 400), said
        assert problem(status, headers, said)["detail"].startswith("The body is not JSON: ")
    for name, body in MISFITS.items():
        status, headers, said = service.send("POST", "/predict", body, JSON)
        assert (name, status) == (name, 422), said
        problem(status, headers, said)
    for name, (method, path, body, sent, expected) in ELSEWHERE.items():
        status, headers, said = service.send(method, path, body, sent)
        assert (name, status) == (name, expected), said
        problem(status, headers, said)
        if status == 405 and path == "/predict":
            assert headers["Allow"] == "POST"
    assert len(NO_JSON) + len(MISFITS) + len(ELSEWHERE) >= 50
    assert service.recorded() == []
    assert service.ask()[0] == 200


def test_the_instance_and_the_field_are_named(start):
    body = json.dumps({"instances": [EXAMPLE, EXAMPLE | {KEY: 1, NUMBER: LOW - 1}]})
    status, headers, said = start().send("POST", "/predict", body, JSON)
    found = problem(status, headers, said)
    assert found["detail"] == f"instances[1].{KEY}: Input should be a valid string."
    assert [fault["pointer"] for fault in found["errors"]] == [
        f"#/instances/1/{KEY}",
        f"#/instances/1/{NUMBER}",
    ]


def test_a_hundred_megabytes_are_not_read(start):
    service = start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for chunked in (False, True):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        connection.putrequest("POST", "/predict")
        connection.putheader("Content-Type", "application/json")
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(10**8))
        connection.endheaders()
        sent, part = 0, b"x" * 2**16
        try:
            while sent < 10**8:
                connection.send(b"10000\r\n" + part + b"\r\n" if chunked else part)
                sent += len(part)
        except OSError:  # it has closed the connection: its answer may still be there
            pass
        assert sent < 10**8
        connection.close()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 30_000  # KiB
    assert service.ask()[0] == 200


def test_an_instance_that_breaks_a_relation_is_refused_by_its_place_and_no_other(
    start, monkeypatch
):
    holds = pl.col(NUMBER) < HIGH
    monkeypatch.setitem(PROJECT.row.relations, f"{NUMBER} is low", holds)
    service = start()
    status, said = service.ask({}, {NUMBER: LOW}, {NUMBER: HIGH})
    assert status == 422
    assert said["detail"] == f"instances[2]: breaks a rule: {NUMBER} is low."
    assert [each["pointer"] for each in said["errors"]] == ["#/instances/2"]
    assert service.recorded() == []
    with ThreadPoolExecutor(8) as pool:  # good and bad ones share micro-batches
        asked = [{NUMBER: HIGH if place % 2 else LOW} for place in range(16)]
        answers = list(pool.map(service.ask, asked))
    assert [status for status, _ in answers] == [200, 422] * 8
    assert len(service.recorded()) == 8


@pytest.mark.parametrize(
    "checks",
    [
        pa.Check.gt(LOW),
        pa.Check.in_range(LOW, HIGH, include_min=False),
        pa.Check.ne(LOW),
        pa.Check.eq(HIGH),
        pa.Check.isin([HIGH]),
        [pa.Check.isin([LOW, HIGH]), pa.Check.isin([HIGH])],
        pa.Check.notin([LOW]),
        [pa.Check.ge(LOW), pa.Check.ge(HIGH)],
        pa.Check.ge(HIGH, name="high"),
        pa.Check(lambda number: number != LOW, element_wise=True, name="own"),
        pa.Check(lambda data: data.lazyframe.select(pl.col(data.key) != LOW), name="own"),
    ],
    ids=lambda checks: ", ".join(
        check.name for check in ([*checks] if isinstance(checks, list) else [checks])
    ),
)
def test_a_rule_of_a_column_holds_as_in_a_batch_whatever_its_kind(checks, start, monkeypatch):
    kind = PROJECT.row.columns[NUMBER].dtype.type
    monkeypatch.setitem(PROJECT.row.columns, NUMBER, pa.Column(kind, checks))
    monkeypatch.setitem(PROJECT.row.example, NUMBER, HIGH)  # the service warms up with it
    rows = pl.DataFrame([EXAMPLE | {NUMBER: LOW}, EXAMPLE | {NUMBER: HIGH}])
    good, _ = separate(convert(rows, PROJECT.row)[0], PROJECT.row)
    assert good[NUMBER].to_list() == [HIGH]
    service = start()
    assert [service.ask({NUMBER: value})[0] for value in (LOW, HIGH)] == [422, 200]


def test_a_token_is_needed_where_there_is_one(start, project):
    (project / "tokens").write_text("# old and new\n" + "a" * 32 + "\n" + "b" * 32 + "\n")
    service = start(tokens=read_tokens(project / "tokens"))
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "a" * 32}):
        status, problem = service.ask(headers=given)
        assert (status, problem["title"]) == (401, "Unauthorized")
    for token in ("a" * 32, "b" * 32):
        assert service.ask(headers={"Authorization": f"Bearer {token}"})[0] == 200
    assert service.get("/models")[0] == 401
    assert service.get("/health/ready")[0] == 200


def test_a_request_is_refused_while_too_many_rows_wait(start, monkeypatch):
    service = start()
    monkeypatch.setattr(service.service.answering, "_max_waiting", 0)
    monkeypatch.setattr(service.service.answering, "_queued", 1)
    status, headers, said = service.send("POST", "/predict", GOOD, JSON)
    assert (status, headers["Retry-After"]) == (503, "1")
    problem(status, headers, said)


def test_an_answer_that_cannot_be_recorded_is_not_given(start, monkeypatch):
    service = start()
    monkeypatch.setattr(service.service.log, "write", unrecorded)
    status, headers, said = service.send("POST", "/predict", GOOD, JSON)
    assert (status, headers["Retry-After"]) == (503, "1")
    assert "could not be recorded" in problem(status, headers, said)["detail"]


def unrecorded(_):
    raise NotRecordedError
