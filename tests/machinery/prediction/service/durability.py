"""Attacks on the service, its database and its disk under load; each returns what it counted."""

import signal
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from machinery.model import artifact

from .proxy import Proxy
from .under_load import Load, Service, count, finish, postgres, until

FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
VERSIONS = ("v1.0.0", "v1.1.0")
HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def kills(folder, *, times):
    """Kill the service under load, again and again; its database is SQLite."""
    service = Service(folder, folder, f"sqlite:///{folder}/log.sqlite")
    service.start()
    load = Load(service.port)
    for _ in range(times):
        known = len(load.answered)
        until(lambda known=known: len(load.answered) > known + 20, 60)
        service.stop(signal.SIGKILL)
        service.start()
    return finish(service, load)


def outage(folder, *, seconds, kill):
    """Stop Postgres under load, kill the service meanwhile, and start Postgres again."""
    with postgres(folder / "postgres") as (url, control):
        service = Service(folder, folder, url)
        service.start()
        load = Load(service.port)
        until(lambda: len(load.answered) > 50, 60)
        control("stop", "-m", "immediate")
        time.sleep(seconds / 2)
        if kill:
            service.stop(signal.SIGKILL)
            service.start()
        time.sleep(seconds / 2)
        backlog = service.metric("model_service_spool_size_bytes")
        control("start")
        until(lambda: service.metric("model_service_database_up") == 1, 60)
        return finish(service, load) | {"backlog_bytes": int(backlog)}


def silence(folder, *, kills, cuts, stalls, seconds):
    """Kill the service, cut its connections to Postgres and let these go silent, under load."""
    with ExitStack() as stack:
        url, _ = stack.enter_context(postgres(folder / "postgres"))
        proxy = stack.enter_context(closing(Proxy(make_url(url).port)))
        through = make_url(url).set(port=proxy.port).render_as_string(hide_password=False)
        service = stack.enter_context(closing(Service(folder, folder, through)))
        service.start()
        load = Load(service.port, pause=0.05)  # a machine that is busy is not what is tested
        rounds = max(kills, stalls, 1)
        for number in range(rounds):
            known = len(load.answered)
            until(lambda known=known: len(load.answered) > known + 20, 120)
            if number < stalls:
                proxy.stall()
                time.sleep(seconds / 2)
            if number < kills:  # in the middle of a silence, as long as there are silences
                service.stop(signal.SIGKILL)
                service.start()
            if number < stalls:
                time.sleep(seconds / 2)
                proxy.flow()
            until(lambda: service.metric("model_service_database_up") == 1, 60)
            wanted = cuts * (number + 1) // rounds
            # The service connects again once a second, so that many cuts take as many seconds.
            what = f"cut number {wanted}, of {proxy.cuts} so far,"
            until(lambda wanted=wanted: proxy.cut() >= wanted, 60 + 5 * cuts, what)
        load.stop()
        empty = "emptying the spool"
        until(lambda: service.metric("model_service_spool_size_bytes") == 0, 120, empty)
        service.stop()
        done = {"kills": kills, "cuts": proxy.cuts, "stalls": stalls, "seconds": seconds}
        return count(url, load.answered) | done | {"statuses": load.statuses}


def reloads(folder, *, seconds, times, clients):
    """Promote one version after the other under load, and compare each answer with its version."""
    service = Service(folder, folder, f"sqlite:///{folder}/log.sqlite")
    service.start()
    versions = {name: artifact.load(folder / "models" / name, 1).version for name in VERSIONS}
    before, load = service.memory(), Load(service.port, clients)
    for number in range(times):
        time.sleep(seconds / times)
        part = folder / "models/part"
        part.symlink_to(VERSIONS[(number + 1) % 2])
        part.replace(folder / "models/champion")
    memory = service.memory()
    found = finish(service, load)
    strange = {name: number for name, number in load.versions.items()
               if name not in versions.values()}  # fmt: skip
    scores = {name: len(each) for name, each in load.scores.items()}
    return found | {
        "reloads": times, "strange_versions": strange, "scores_by_version": scores,
        "memory_mib": (before, memory),
    }  # fmt: skip


def crowd(folder, *, idle, halves):
    """Open idle connections, endless headers and half bodies; time the health check meanwhile."""
    service = Service(folder, folder, f"sqlite:///{folder}/log.sqlite")
    service.start()
    half = HEAD + b"Content-Length: 1000000\r\n\r\n" + b" " * 500_000
    parts = [*[b""] * idle, *[half] * halves]
    before, slowest, highest, opened, stopped = service.memory(), 0, 0, [], threading.Event()
    endless = threading.Thread(target=endless_header, args=(service.port, stopped))
    endless.start()
    try:
        for number, part in enumerate(parts):
            client = socket.create_connection(("127.0.0.1", service.port), 5)
            client.setblocking(False)
            with suppress(OSError):
                client.send(part)
            opened.append(client)
            if number % 20 == 0:
                started = time.monotonic()
                assert service.get("/health/live") is not None
                slowest = max(slowest, time.monotonic() - started)
                highest = max(highest, service.memory())
    finally:
        stopped.set()
        endless.join()
        for client in opened:
            client.close()
    refused = service.metric('model_service_refused_connections_total{reason="too large"}')
    service.stop()
    return {"connections": len(parts), "endless_headers": int(refused),
            "slowest_health": round(slowest, 3), "memory_mib": (before, highest)}  # fmt: skip


def endless_header(port, stopped):
    """Send a header without an end, on a new connection each time that one is closed."""
    while not stopped.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(HEAD + b"A: ")
            while not stopped.is_set():
                client.sendall(b"a" * 1000)
                time.sleep(0.001)


def full_disk(folder):
    """Fill the disk that holds database and spool, and make room again."""
    state = folder / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", state], check=True)
    try:
        service = Service(folder, state, f"sqlite:///{state}/log.sqlite")
        service.start()
        load = Load(service.port, rows=20)
        until(lambda: load.statuses.get(503, 0) > 20, 60)
        known = len(load.answered)
        subprocess.run(["mount", "-o", "remount,size=200m", state], check=True)
        until(lambda: len(load.answered) > known + 50, 60)
        return finish(service, load)
    finally:
        subprocess.run(["umount", state], check=True)


def clock_back(folder):
    """Set the clock of the service back by a day, under load."""
    clock = folder / "clock"
    clock.write_text("+0")
    variables = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock)}
    variables |= {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    service = Service(folder, folder, f"sqlite:///{folder}/log.sqlite", **variables)
    service.start()
    load = Load(service.port)
    until(lambda: len(load.answered) > 50, 60)
    clock.write_text("-1d")
    known = len(load.answered)
    until(lambda: len(load.answered) > known + 50, 60)
    return finish(service, load)
