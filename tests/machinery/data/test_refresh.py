import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from ruamel.yaml import YAML

from machinery.data import commands
from machinery.data.external import add
from machinery.data.reading import Reading
from machinery.data.refresh import day_due, refresh
from machinery.errors import InputError
from tiny.command import invoke

PARAMS = Path(__file__).parents[1] / "tiny/params.yaml"
ROWS, NEW_ROWS = "faa,alt\nJFK,13\n", "faa,alt\nJFK,14\n"
META = {"license": "CC0-1.0", "owner": "Ada", "refresh": "weekly", "personal_data": "none"}
ADDED, DUE, OVERDUE = date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 10)


class Website:
    """A folder that is served on loopback, and the requested paths."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "airports.csv"
        self.requested: list[str] = []
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Handler, self.requested, directory=folder)
        )

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/airports.csv"


class Handler(SimpleHTTPRequestHandler):
    """Notes each request instead of printing it."""

    def __init__(self, requested: list[str], *arguments, **options) -> None:
        self.requested = requested
        super().__init__(*arguments, **options)

    def log_message(self, *_: object) -> None:
        self.requested.append(self.path)


@pytest.fixture
def website(external: Path) -> Iterator[Website]:
    """Airports, imported from here on the 2nd of November to be fetched weekly."""
    folder = external.parents[2] / "website"
    folder.mkdir()
    site = Website(folder)
    site.table.write_text(ROWS)
    threading.Thread(target=site.server.serve_forever, args=(0.01,)).start()
    add(
        site.url(),
        name="airports",
        desc="A row is an airport.",
        meta=META,
        reading=Reading(),
        today=ADDED,
    )
    site.requested.clear()
    yield site
    site.server.shutdown()
    site.server.server_close()


def table() -> str:
    return pl.read_parquet("data/external/airports.parquet").write_csv()


def meta() -> dict[str, str]:
    return YAML(typ="safe").load(Path("data/external/airports.parquet.dvc"))["meta"]


def source() -> dict[str, str | None]:
    return json.loads(Path("data/sources.json").read_text())["airports"]


def refreshed(day: date, *, when_overdue: str = "stop") -> list[str]:
    return list(refresh(day, when_overdue=when_overdue))


def command(monkeypatch: pytest.MonkeyPatch, day: date) -> Result:
    monkeypatch.setattr(commands, "today", lambda: day)
    shutil.copy(PARAMS, "params.yaml")
    return invoke("data", "refresh")


def by_hand() -> None:
    """Let the pointer be that of a table that was not imported from a URL."""
    pointer = Path("data/external/airports.parquet.dvc")
    content = YAML().load(pointer)
    del content["meta"]["read"]["url"]
    YAML().dump(content, pointer)


@pytest.mark.parametrize(
    ("word", "last_fresh_day"),
    [
        ("daily", "2026-11-03"),
        ("weekly", "2026-11-09"),
        ("monthly", "2026-12-03"),
        ("quarterly", "2027-02-02"),
        ("yearly", "2027-11-03"),
        ("never", None),
        ("unknown", None),
    ],
)
def test_each_cadence_has_a_last_fresh_day(word: str, last_fresh_day: str | None) -> None:
    due = day_due({"refresh": word, "obtained": ADDED.isoformat()})
    assert (due and due.isoformat()) == last_fresh_day


def test_a_table_that_is_here_and_fresh_asks_no_one(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)  # it would run DVC
    website.table.write_text(NEW_ROWS)
    assert refreshed(DUE) == []
    assert website.requested == []


def test_an_overdue_table_is_fetched_again(website: Website) -> None:
    website.table.write_text(NEW_ROWS)
    (said,) = refreshed(OVERDUE)
    assert said.endswith("fetched again, commit its pointer: it changed")
    assert table() == NEW_ROWS
    assert meta()["obtained"] == source()["obtained"] == "2026-11-10"
    assert refreshed(OVERDUE) == []


@pytest.mark.usefixtures("website")
def test_a_fetch_that_brings_the_same_bytes_leaves_their_version_alone() -> None:
    before = Path("data/sources.json").read_bytes()
    (said,) = refreshed(OVERDUE)
    assert said.endswith("it did not change")
    assert (meta()["obtained"], meta()["checked"]) == ("2026-11-02", "2026-11-10")
    assert Path("data/sources.json").read_bytes() == before  # nothing is trained again
    assert refreshed(date(2026, 11, 17)) == []


def test_stop_ends_in_one_sentence_and_changes_nothing(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    website.table.unlink()
    before = meta()
    result = command(monkeypatch, date(2026, 11, 18))
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "airports is 16 days old, overdue since 2026-11-09: http" in result.stderr
    assert "or let params.yaml say external.when_overdue: last_good" in result.stderr
    assert meta() == before
    assert table() == ROWS


def test_last_good_goes_on_with_a_warning_and_records_since_when(website: Website) -> None:
    website.table.unlink()
    (said,) = refreshed(OVERDUE, when_overdue="last_good")
    assert said.startswith("warning: airports is 8 days old, overdue since 2026-11-09: http")
    assert meta()["overdue_since"] == source()["overdue_since"] == "2026-11-09"
    assert table() == ROWS
    before = Path("data/sources.json").read_bytes()
    refreshed(date(2026, 12, 24), when_overdue="last_good")
    assert Path("data/sources.json").read_bytes() == before  # the same on every later day


@pytest.mark.parametrize("content", [ROWS, NEW_ROWS], ids=["same", "new"])
def test_a_later_fetch_takes_the_mark_away(website: Website, content: str) -> None:
    website.table.unlink()
    refreshed(OVERDUE, when_overdue="last_good")
    website.table.write_text(content)
    refreshed(OVERDUE)
    assert "overdue_since" not in meta()
    assert source()["overdue_since"] is None


def test_a_table_from_no_url_cannot_be_fetched_but_can_be_replaced(website: Website) -> None:
    by_hand()
    with pytest.raises(
        InputError, match="came from a file: give the next one, `data update airports FILE`"
    ):
        refreshed(OVERDUE)
    assert refreshed(OVERDUE, when_overdue="last_good")[0].startswith("warning: airports is 8")
    pointer = Path("data/external/airports.parquet.dvc")
    pointer.write_text(pointer.read_text().replace("2026-11-02", "2026-11-10"))
    assert refreshed(OVERDUE) == []
    assert "overdue_since" not in meta()
    assert website.requested == []


@pytest.mark.usefixtures("website")
def test_a_missing_table_is_brought_from_the_cache() -> None:
    Path("data/external/airports.parquet").unlink()
    assert refreshed(DUE) == ["data/external/airports.parquet was missing, DVC brought it"]
    assert table() == ROWS


def test_a_missing_table_is_brought_from_the_remote_as_it_was(website: Website) -> None:
    website.table.write_text(NEW_ROWS)
    subprocess.run([sys.executable, "-m", "dvc", "push", "--quiet"], check=True)
    Path("data/external/airports.parquet").unlink()
    shutil.rmtree(".dvc/cache")
    refreshed(DUE)
    assert table() == ROWS


@pytest.mark.usefixtures("website")
@pytest.mark.parametrize(
    ("prepare", "advice"),
    [(lambda: None, "`data update airports` fetches it again"), (by_hand, "put it back")],
    ids=["imported", "by hand"],
)
def test_a_table_that_nobody_has_ends_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, prepare: Callable[[], None], advice: str
) -> None:
    prepare()
    Path("data/external/airports.parquet").unlink()
    shutil.rmtree(".dvc/cache")
    result = command(monkeypatch, DUE)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: data/external/airports.parquet is missing and neither DVC's cache nor its remote gives"
        f" it: `dvc pull data/external/airports.parquet.dvc` says why, {advice}\n"
    )


@pytest.mark.usefixtures("website")
def test_a_table_with_other_bytes_than_recorded_stops_the_pipeline() -> None:
    Path("data/external/airports.parquet").write_text(NEW_ROWS)
    with pytest.raises(InputError, match=r"has another sha256 than airports\.parquet\.dvc says"):
        refreshed(DUE)


@pytest.mark.usefixtures("website")
def test_the_check_finds_sources_that_are_not_what_the_pointers_say() -> None:
    Path("data/sources.json").write_text("{}")
    result = invoke("data", "check")
    assert result.exit_code == 1
    assert "data/sources.json is not what the pointers say: `data refresh`" in result.stderr
    refreshed(DUE)
    assert invoke("data", "check").exit_code == 0
