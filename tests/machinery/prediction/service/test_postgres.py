"""PostgreSQL that goes silent, or that cannot hold what is recorded."""

import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from machinery.database import PatientConnection, open_engine, parse
from machinery.errors import InputError
from machinery.prediction.log.prediction_log import PredictionLog

from . import under_load
from .conftest import wait
from .proxy import Proxy
from .test_prediction_log import row

pytestmark = pytest.mark.skipif(
    under_load.POSTGRES is None, reason="needs apt-get install postgresql"
)


@pytest.fixture(scope="module")
def postgres():
    """The URL of a PostgreSQL of our own."""
    with tempfile.TemporaryDirectory() as folder:  # where the user postgres may go
        Path(folder).chmod(0o755)
        with under_load.postgres(Path(folder) / "postgres") as (url, _):
            yield url


@pytest.fixture
def proxy(postgres):
    """A proxy in front of it."""
    proxy = Proxy(parse(postgres).port)
    yield proxy
    proxy.close()


def through(proxy, url):
    return parse(url).set(port=proxy.port).render_as_string(hide_password=False)


def make(url, folder):
    return PredictionLog(url, folder / "spool", keep_days=None, required=True)


def recorded(url, *ids):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        query = "SELECT request_id FROM predictions WHERE request_id = ANY(%s) ORDER BY 1"
        return [each[0] for each in connection.execute(query, [list(ids)])]


def test_answers_go_to_the_spool_while_the_database_is_silent(postgres, proxy, tmp_path):
    log = make(through(proxy, postgres), tmp_path)
    log.write([row("before")])
    proxy.stall()
    started = time.monotonic()
    log.write([row("silent")])
    assert time.monotonic() - started < 4
    assert log.where() == "spool"
    log.write([row("later")])
    assert time.monotonic() - started < 5
    proxy.flow()
    ids = ["before", "later", "silent"]
    wait(lambda: log.where() == "database" and recorded(postgres, *ids) == ids)
    log.close()


def test_a_silent_database_is_noticed_without_a_request(postgres, proxy, tmp_path, monkeypatch):
    monkeypatch.setattr("machinery.prediction.log.prediction_log.CHECK", 0)
    log = make(through(proxy, postgres), tmp_path)
    proxy.stall()
    wait(lambda: log.where() == "spool")
    started = time.monotonic()
    log.close()
    assert time.monotonic() - started < 5


def test_a_service_starts_answers_and_ends_while_the_database_is_silent(postgres, proxy, project):
    proxy.stall()
    service = under_load.Service(project, project, through(proxy, postgres))
    service.start()
    assert service.metric("model_service_database_up") == 0
    load = under_load.Load(service.port, clients=2)
    wait(lambda: len(load.answered) > 20)
    started = time.monotonic()
    load.stop()
    service.stop()
    assert time.monotonic() - started < 10
    proxy.flow()
    log = make(postgres, project)
    wait(lambda: len(recorded(postgres, *load.answered)) == sum(load.answered.values()))
    log.close()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_another_encoding_is_refused_at_the_start(encoding, postgres, tmp_path):
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {encoding} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        )
    with pytest.raises(InputError, match=f"stores text as {encoding}.*WITH ENCODING 'UTF8'"):
        make(str(parse(postgres).set(database=encoding.lower())), tmp_path)


def test_options_in_the_url_stay_next_to_the_limit(postgres):
    url = parse(f"{postgres}?options=-csearch_path%3Dmine%20-cwork_mem%3D8MB")
    with open_engine(url, patience=PatientConnection).connect() as connection:
        shown = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("search_path", "work_mem", "statement_timeout", "client_encoding")
        ]
    assert shown == ["mine", "8MB", "2s", "UTF8"]


def test_a_number_that_postgres_cannot_hold_is_set_aside(postgres, tmp_path):
    log = make(postgres, tmp_path)
    log.write([row("nul", unit="a\0b"), row("neighbour")])
    wait(lambda: recorded(postgres, "nul", "neighbour") == ["neighbour"])
    wait(lambda: [*(tmp_path / "spool").glob("*.refused")])
    log.close()
