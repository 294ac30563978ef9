"""Limits that hold for everybody, with a token or without: health checks are answered throughout."""

import asyncio
import json
import socket
import time
from contextlib import ExitStack

import pytest

from machinery.prediction.service import connection, metrics, request

from ..conftest import EXAMPLE
from .conftest import wait
from .test_refusals import GOOD, JSON, problem

HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture
def opened():
    """Open connections to a service, send some bytes each, and close them in the end."""
    with ExitStack() as stack:

        def connect(service, *parts):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 5))
            for part in parts:
                client.sendall(part)
            return client

        yield connect


def said(client):
    """Return all that a service says until it closes the connection."""
    parts = []
    try:
        while part := client.recv(2**16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def refusal(answer):
    """Return the status of an answer, which is a problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == int(head.split()[1])
    return int(head.split()[1])


def refused(reason):
    return metrics.CONNECTIONS.labels(reason)._value.get()


def alive(service):
    """Return whether the service answers its health check within a second."""
    started = time.monotonic()
    return service.get("/health/live")[0] == 200 and time.monotonic() - started < 1


def test_idle_connections_make_room_for_new_ones(start, opened, monkeypatch):
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 10)
    before, service = refused("too many"), start()
    clients = [opened(service, *parts) for parts in ([], [b"GET /"], [HEAD]) for _ in range(10)]
    assert alive(service)
    assert service.ask()[0] == 200
    assert refused("too many") - before >= 20
    assert said(clients[0]) == b""


@pytest.mark.parametrize(
    "parts",
    [
        [b"GET /health/live HTTP/1.1\r\nA: " + b"a" * 20_000],
        [b"GET /health/live HTTP/1.1\r\n", *[b"A: " + b"a" * 1000 + b"\r\n"] * 17],
        [b"GET /health/live HTTP/1.1\r\n" + b"A: a\r\n" * 9000 + b"\r\n"],
        [b"GET /" + b"a" * 20_000],
    ],
    ids=["one header", "many packets", "many headers", "address"],
)
def test_headers_have_a_limit(parts, start, opened):
    service = start()
    assert refusal(said(opened(service, *parts))) == 431
    assert alive(service)


def test_headers_before_a_long_body_are_not_mistaken_for_long_headers(start, opened):
    body = json.dumps({"instances": [EXAMPLE] * 200}).encode()
    rest = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    service = start()
    for place in (0, 10, 40):
        client = opened(service, HEAD + rest[:place])
        time.sleep(0.05)
        client.sendall(rest[place:])
        assert said(client).startswith(b"HTTP/1.1 200 ")


def test_headers_have_a_time(start, opened, monkeypatch):
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.3)
    service = start()
    clients = [opened(service), opened(service, b"G"), opened(service, HEAD)]
    assert [said(client) for client in clients] == [b"", b"", b""]


def test_a_body_has_a_time(start, opened, monkeypatch):
    monkeypatch.setattr(request, "BODY_SECONDS", 0.3)
    client = opened(start(), HEAD, b"Content-Length: 100\r\n\r\n{")
    assert refusal(said(client)) == 408


def test_the_service_may_take_longer_than_a_client(start, opened, monkeypatch):
    for limit in ("HEADER_SECONDS", "REQUEST_SECONDS"):
        monkeypatch.setattr(connection, limit, 0.3)
    service = start()
    predict = service.service.predict

    async def slow(given):
        await asyncio.sleep(0.6)
        return await predict(given)

    monkeypatch.setattr(service.service, "predict", slow)
    asked = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD.encode()
    client = opened(service, asked)
    assert client.recv(2**16).startswith(b"HTTP/1.1 200 ")
    client.sendall(asked)
    assert said(client).startswith(b"HTTP/1.1 200 ")  # to its end: an idle client is closed


def test_a_body_that_nobody_reads_has_a_time(start, opened, monkeypatch):
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.3)
    client = opened(start(tokens=[b"known"]), HEAD, b"Content-Length: 100\r\n\r\n{")
    assert said(client).startswith(b"HTTP/1.1 401 ")


def test_the_bodies_that_are_being_read_have_a_limit_together(start, opened, monkeypatch):
    monkeypatch.setattr(request, "MAX_READING", 100_000)
    service = start()
    half = b"Content-Length: 100000\r\n\r\n" + b" " * 30_000
    clients = [opened(service, HEAD, half) for _ in range(4)]
    wait(lambda: request._reading > 80_000)
    assert service.ask()[0] == 200
    assert request._reading <= 100_000
    for client in clients:
        client.close()
    wait(lambda: request._reading == 0)


def test_rows_that_are_explained_have_a_limit_of_their_own(start):
    service = start()
    assert service.ask(*[{}] * 50, contributions=1)[0] == 200
    status, answer = service.ask(*[{}] * 51, contributions=1)
    assert (status, answer["detail"][:36]) == (422, "51 instances are too many with contr")
    assert request.PredictRequest("", [{}] * 3, 1).size == 3 * request.EXPLAINED


@pytest.mark.parametrize("text", [b"\x16\x03\x01\0\0", b"GET / HTTP/9.9\r\n\r\n", b"hello\r\n\r\n"])
def test_what_is_not_http_is_refused_with_a_problem_document(text, start, opened):
    assert refusal(said(opened(start(), text))) == 400


def test_health_can_be_asked_without_a_body_and_no_address_redirects(start):
    service = start()
    for path in ("/health/live", "/health/ready"):
        status, _, body = service.send("HEAD", path)
        assert (status, body) == (200, b"")
    status, headers, body = service.send("GET", "/health/live/", headers={"Host": "evil"})
    assert (status, headers["Location"]) == (404, None)
    problem(status, headers, body)


@pytest.mark.parametrize(
    "kind", ['application/json; charset="utf-8"', "Application/JSON;charset=UTF-8"]
)
def test_a_charset_may_be_quoted(kind, start):
    assert start().send("POST", "/predict", GOOD, JSON | {"Content-Type": kind})[0] == 200
