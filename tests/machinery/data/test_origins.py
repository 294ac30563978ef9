"""Tables from servers and databases, as they are given and as they fail."""

import socket
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from click.testing import Result
from ruamel.yaml import YAML

from machinery.data import sql_query, watch
from machinery.data.address import refuse_secrets
from machinery.database import open_engine, parse
from machinery.errors import InputError
from tiny.command import invoke
from tiny.postgresql import PASSWORD

GIVEN = ("--name", "sales", "--license", "CC0-1.0", "--owner", "Ada")
CSV = "Straße Nr;Preis €;am\nA;1,5;31.12.2025\nB;2,5;01.01.2026\n"
NEXT = 'Straße Nr;Preis €;am\n"A";"3,0";"02.01.2026"\n'


def data(*arguments: object) -> Result:
    return invoke("data", *map(str, arguments))


def everything() -> dict[Path, bytes]:
    """Return what Git and DVC see of the tables."""
    files = [*Path("data").rglob("*"), *Path(".dvc/tmp").glob("tmp*")]
    return {path: path.read_bytes() for path in files if path.is_file()}


def refused(result: Result, reason: str) -> bool:
    return result.exit_code == 1 and reason in result.stderr and result.stderr.count("\n") == 1


def pointer() -> dict[str, object]:
    return YAML(typ="safe").load(Path("data/external/sales.parquet.dvc"))


def sales() -> pl.DataFrame:
    return pl.read_parquet("data/external/sales.parquet")


@pytest.mark.usefixtures("external")
def test_an_update_from_a_file_reads_it_as_the_first_one(tmp_path: Path) -> None:
    first, second = tmp_path / "sales.csv", tmp_path / "january.csv"
    first.write_text(CSV)
    assert data("add", first, *GIVEN, "--source", "the shop").exit_code == 0
    assert refused(data("update", "sales"), "sales came from a file: give the next one")
    before = everything()
    second.write_text("Straße Nr;am\nA;02.01.2026\n")
    assert refused(data("update", "sales", second), "of sales lacks Preis €; it has Straße Nr, am")
    second.write_text(NEXT.replace("3,0", "unbekannt"))
    assert refused(data("update", "sales", second), "was Float64 and is now text, such as 'unbek")
    second.write_text("<html>")
    assert refused(data("update", "sales", second), "january.csv is a web page")
    assert everything() == before
    second.write_text(NEXT)
    assert data("update", "sales", second).output == "sales changed: commit its pointer\n"
    assert sales().rows() == [("A", 3.0, date(2026, 1, 2))]
    assert pointer()["meta"]["read"] == {
        "separator": ";",
        "decimal": ",",
        "date_formats": ["%d.%m.%Y"],
    }
    assert data("update", "sales", second).output == "sales did not change\n"
    assert data("check").exit_code == 0


class Handler(BaseHTTPRequestHandler):
    """Answers as its path says."""

    stop = threading.Event()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        what = self.path.partition("?")[0].strip("/")
        if what == "hang":
            self.stop.wait(60)
            return
        self.send_response(403 if what == "forbidden" else 200)
        body = {"login": b"<!doctype html>", "empty": b""}.get(what, CSV.encode())
        self.send_header("Content-Length", str(len(body) + 10 * (what in ("stall", "short"))))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
            if what == "stall":
                self.wfile.flush()
                self.stop.wait(60)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def website() -> Iterator[str]:
    Handler.stop.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Handler.stop.set()
        server.shutdown()


@pytest.mark.usefixtures("external")
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (
            "login",
            "login is a web page, such as a login, and not a table: give the URL of the file",
        ),
        ("empty", "empty is empty: give a table with rows"),
        ("forbidden", "forbidden: the server answered 403 Forbidden; check the address, the net"),
        ("short", "short: the server sent 58 of 68 bytes"),
        ("hang", "the server has sent nothing for 2 seconds"),
        ("stall", "the server has sent nothing for 2 seconds"),
    ],
)
def test_a_server_that_gives_no_table_changes_nothing(
    website: str, path: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 2)
    before = everything()
    assert refused(data("add", f"{website}/{path}", *GIVEN), sentence)
    assert everything() == before


def test_patience_ends_within_a_minute() -> None:
    assert 2 * watch.PATIENCE < 60
    assert sql_query.QueryConnection.patience < 60


@pytest.mark.usefixtures("external")
def test_a_secret_of_a_url_stays_in_the_environment(
    website: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{website}/sales.csv?token=${{SALES_TOKEN}}"
    assert refused(data("add", url, *GIVEN), "names SALES_TOKEN, which is not set: export")
    monkeypatch.setenv("SALES_TOKEN", "s3cr&t")
    result = data("add", url, *GIVEN)
    assert result.exit_code == 0, result.output
    assert pointer()["meta"]["source"] == url
    assert refused(data("update", "sales", url.replace("sales.csv", "forbidden")), "SALES_TOKEN}")
    moved = url.replace("sales.csv", "moved/sales.csv")
    assert data("update", "sales", moved).output == "sales did not change\n"
    assert pointer()["meta"]["source"] == pointer()["meta"]["read"]["url"] == moved
    assert not [path for path, text in everything().items() if b"s3cr" in text]


@pytest.mark.parametrize(
    "url",
    [
        "https://me@host/a.csv",
        "https://me:secret@host/a.csv",  # pragma: allowlist secret
        "https://:secret@host/a.csv",  # pragma: allowlist secret
        "https://host/a.csv?token=secret",
        "https://host/a.csv?api_key=secret",
        "https://host/a.csv?accessToken=secret",
        "https://host/a.csv?X-Amz-Signature=secret",
        "https://host/a.csv?sig=secret&sv=1",
        "https://host/a.csv#access_token=secret",
        "postgresql://me:${PW}@host/base",
        "postgresql://host/base?password=secret",  # pragma: allowlist secret
    ],
)
def test_a_secret_that_is_written_out_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="the URL holds a ") as error:
        refuse_secrets(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a.csv?month=5&keyword=x&monkey=y",
        "postgresql://${USER}:${PW}@host/base",
        "https://host/a.csv?token=${TOKEN}",
        "the shop, by e-mail to ada@example.org",
    ],
)
def test_what_holds_no_secret_passes(url: str) -> None:
    refuse_secrets(url)


QUERY = """SELECT * FROM sales WHERE "Name" LIKE '%:a%'"""
TABLE = """
CREATE TABLE sales (id int, "Name" text, price numeric(8, 2), sold timestamptz, day date,
    weight real, big bigint, yes boolean, unit uuid, never text);
INSERT INTO sales SELECT n, 'x:a' || n, n + 0.25, '2026-01-01 10:00+01'::timestamptz + n * '1 day'
    ::interval, '2026-01-01'::date + n, n / 4.0, 9007199254740993 + n, n % 2 = 0,
    '00000000-0000-0000-0000-000000000000', NULL FROM generate_series(1, 3) AS n;
"""


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A database with sales, which the environment may enter."""
    engine = open_engine(parse(f"{server}/postgres"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS sales")
        connection.execute(sa.text(TABLE.replace(":a", "\\:a").replace("::", "\\:\\:")))
    monkeypatch.setenv("PGUSER", "owner")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return engine


@pytest.mark.usefixtures("external")
def test_a_query_gives_a_table_and_later_its_next_version(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://127.0.0.1:{database.url.port}/postgres"
    before = everything()
    assert refused(data("add", url, *GIVEN), "or give --query to the URL of a database")
    assert refused(data("add", url, *GIVEN, "--query", "SELEC 1"), "syntax error")
    assert refused(data("add", url, *GIVEN, "--query", "SELECT 1 AS a, 2 AS a"), "returns a twice")
    assert refused(data("add", url, *GIVEN, "--query", "SELECT ARRAY[1] AS a"), "column a of the q")
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSWORD", "wrong")
        assert refused(data("add", url, *GIVEN, "--query", QUERY), "authentication failed")
    assert everything() == before
    result = data("add", url, *GIVEN, "--query", QUERY)
    assert result.exit_code == 0, result.output
    assert sales().schema == {
        "id": pl.Int64,
        "Name": pl.String,
        "price": pl.Decimal(38, 2),
        "sold": pl.Datetime("us", "UTC"),
        "day": pl.Date,
        "weight": pl.Float64,
        "big": pl.Int64,
        "yes": pl.Boolean,
        "unit": pl.String,
        "never": pl.Null,
    }
    assert sales()["big"].to_list() == [9007199254740994, 9007199254740995, 9007199254740996]
    assert data("update", "sales").output == "sales did not change\n"
    with database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO sales (id, \"Name\") VALUES (0, ':a')")
    assert data("update", "sales").output == "sales changed: commit its pointer\n"
    assert sales()["id"].to_list() == [0, 1, 2, 3]
    kept = pointer()["meta"]
    assert (kept["source"], kept["read"]) == (url, {"url": url, "query": QUERY})
    assert not [path for path, text in everything().items() if PASSWORD.encode() in text]


@pytest.mark.usefixtures("external")
def test_a_database_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_query.QueryConnection, "patience", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/base"
        assert refused(data("add", url, *GIVEN, "--query", "SELECT 1"), "timeout")
    assert everything() == {}


IMPORTED = """\
md5: 8324ae163335d5e704a9c34221087393
frozen: true
deps:
- checksum: '249533928400978750642130763047028177270'
  size: 8
  hash: md5
  path: URL/sales.csv
outs:
- md5: 5bdbb6e3e9f1873bc57aec2932291506
  size: 8
  hash: md5
  path: sales.parquet
desc: A row is a sale.
meta:
  source: URL/sales.csv # the shop
  sha256: abc
  obtained: 2026-01-31
"""


def test_an_import_by_an_older_version_is_updated(external: Path, website: str) -> None:
    external.joinpath("sales.parquet.dvc").write_text(IMPORTED.replace("URL", website))
    assert data("update", "sales").output == "sales changed: commit its pointer\n"
    assert set(pointer()) == {"outs", "desc", "meta"}
    assert pointer()["meta"]["read"]["url"] == f"{website}/sales.csv"
    assert "# the shop" in external.joinpath("sales.parquet.dvc").read_text()
