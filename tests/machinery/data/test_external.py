import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import md5, sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from ruamel.yaml import YAML

from machinery.data.commands import today
from machinery.data.sources import write_sources
from tiny.command import invoke

EXTERNAL = "machinery.data.external"
ROWS, NEW_ROWS = "faa,alt\nJFK,13\n", "faa,alt\nJFK,14\n"  # of equal size


def parquet(text: str) -> bytes:
    """Return the Parquet file of these rows."""
    file = BytesIO()
    pl.read_csv(text.encode()).write_parquet(file)
    return file.getvalue()


POINTER = """\
outs:
- md5: MD5
  size: 15
  hash: md5
  path: airports.parquet
desc: A row is an airport.
meta:
  source: a colleague # by e-mail
  license: CC0-1.0
  method: by hand
  obtained: 2026-01-31
  owner: Ada
  refresh: never
  personal_data: none
  sha256: SHA256
"""
POINTER = POINTER.replace("SHA256", sha256(parquet(ROWS)).hexdigest())
POINTER = POINTER.replace("MD5", md5(parquet(ROWS)).hexdigest())


def data(*arguments: str) -> Result:
    return invoke("data", *arguments)


def add(url: str, **changed: str) -> Result:
    options = {"name": "airports", "license": "CC0-1.0", "owner": "Ada", **changed}
    return data("add", url, *(f"--{option}={value}" for option, value in options.items()))


def rows(external: Path) -> str:
    return pl.read_parquet(external / "airports.parquet").write_csv()


def everything(external: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in external.glob("[!.]*")}


def dvc(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], check=True)


def refused(result: Result, reason: str) -> bool:
    return result.exit_code == 1 and reason in result.stderr and result.stderr.count("\n") == 1


class Dated(SimpleHTTPRequestHandler):
    """A server that sends Last-Modified, in whole seconds."""

    def log_message(self, *_: object) -> None:
        pass


class Bare(Dated):
    """A server that sends nothing to recognise a change by."""

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Last-Modified":
            super().send_header(keyword, value)


class Tagged(Bare):
    """A server that sends an ETag."""

    def end_headers(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_header("ETag", f'"{sha256(content).hexdigest()}"')
        super().end_headers()


@contextmanager
def serving(folder: Path, handler: type[SimpleHTTPRequestHandler] = Dated) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def airports(external: Path) -> Path:
    """A table with its pointer, as the template ships them: DVC has not seen them yet."""
    external.joinpath(".gitignore").write_text("/airports.parquet\n")
    external.joinpath("airports.parquet.dvc").write_text(POINTER)
    external.joinpath("airports.parquet").write_bytes(parquet(ROWS))
    return external / "airports.parquet"


@pytest.fixture
def website(tmp_path: Path) -> Path:
    """A folder to be served that holds airports.csv."""
    folder = tmp_path / "website"
    folder.mkdir()
    folder.joinpath("airports.csv").write_text(ROWS)
    return folder


def test_a_file_is_taken_in_with_what_is_said_of_it(external: Path, website: Path) -> None:
    given = str(website / "airports.csv")
    assert refused(add(given), "airports.csv is a file: name its origin with --source")
    result = data(
        *("add", given, "--name", "airports", "--license", "CC0-1.0", "--owner", "Ada"),
        *("--source", "an e-mail"),
    )
    assert result.exit_code == 0, result.output
    pointer = YAML(typ="safe").load(external / "airports.parquet.dvc")
    assert pointer["desc"] == "The table at an e-mail"
    assert (pointer["meta"]["source"], pointer["meta"]["method"]) == ("an e-mail", "file")
    assert rows(external) == ROWS
    assert str(website) not in external.joinpath("airports.parquet.dvc").read_text()
    assert data("check").exit_code == 0


def test_an_imported_table_carries_its_provenance_and_passes_the_check(
    external: Path, website: Path
) -> None:
    with serving(website) as url:
        assert add(f"{url}/airports.csv").exit_code == 0
    pointer = YAML(typ="safe").load(external / "airports.parquet.dvc")
    assert pointer["desc"] == f"The table at {url}/airports.csv"
    assert pointer["meta"] == {
        "source": f"{url}/airports.csv",
        "method": "download",
        "license": "CC0-1.0",
        "owner": "Ada",
        "refresh": "unknown",
        "personal_data": "unknown",
        "obtained": today().isoformat(),
        "sha256": sha256((external / "airports.parquet").read_bytes()).hexdigest(),
        "read": {"url": f"{url}/airports.csv", "separator": ","},
    }
    assert data("check").exit_code == 0


@pytest.mark.parametrize("handler", [Bare, Tagged])
def test_an_update_finds_a_change_of_equal_size_and_keeps_what_people_wrote(
    external: Path, website: Path, handler: type[Dated]
) -> None:
    pointer = external / "airports.parquet.dvc"
    with serving(website, handler) as url:
        add(f"{url}/airports.csv")
        pointer.write_text(pointer.read_text().replace("owner: Ada", "owner: Ada # since May"))
        same = data("update", "airports")
        website.joinpath("airports.csv").write_text(NEW_ROWS)
        changed = data("update", "airports")
    assert same.output == "airports did not change\n"
    assert changed.output == "airports changed: commit its pointer\n"
    assert rows(external) == NEW_ROWS
    assert "owner: Ada # since May" in pointer.read_text()
    assert data("check").exit_code == 0


def test_an_update_that_fails_keeps_the_old_table(external: Path, website: Path) -> None:
    with serving(website) as url:
        add(f"{url}/airports.csv")
    before = everything(external)
    assert refused(
        data("update", "airports"), "the server cannot be reached: [Errno 111] Connection"
    )
    assert everything(external) == before


def test_an_interrupted_fetch_leaves_everything_as_it_was(
    external: Path, website: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with serving(website) as url:
        add(f"{url}/airports.csv")
        before = everything(external)
        website.joinpath("airports.csv").write_text(NEW_ROWS)
        monkeypatch.setattr(f"{EXTERNAL}.stamp", interrupt)
        assert data("update", "airports").exit_code == 1
        assert add(f"{url}/airports.csv", name="others").exit_code == 1
    assert everything(external) == before


def test_an_import_that_fails_leaves_nothing_behind(external: Path, website: Path) -> None:
    with serving(website) as url:
        assert refused(
            add(f"{url}/none.csv"), "none.csv: the server answered 404 File not found; check"
        )
    assert refused(add(f"{url}/airports.csv"), "airports.csv: the server cannot be reached: ")
    assert list(external.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": "taken"}, "taken exists already: take another --name or `data update taken`"),
        ({"name": "../up"}, "'../up' cannot name a table: use letters, digits and underscores"),
        ({"url": "ftp://127.0.0.1/a.csv"}, "a.csv' is neither a file nor a URL to import: begin"),
        (
            {"url": "airports.csv"},
            "'airports.csv' is neither a file nor a URL to import: begin with http://",
        ),
        ({"url": "http://me:secret@127.0.0.1/a.csv"}, "the URL holds"),  # pragma: allowlist secret
        ({"license": "GPL-3.0"}, "pyproject.toml does not allow 'GPL-3.0': CC0-1.0"),
        ({"owner": " "}, "--owner is empty: name who answers for the table"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_before_anything_is_fetched(
    external: Path, given: dict[str, str], reason: str
) -> None:
    external.joinpath("taken.parquet.dvc").touch()
    assert refused(add(**{"url": "http://127.0.0.1:1/a.csv", **given}), reason)
    assert [path.name for path in external.iterdir()] == ["taken.parquet.dvc"]


def test_a_folder_without_dvc_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(add("http://127.0.0.1:1/a.csv"), "there is no .dvc here")
    assert refused(data("check"), "run this in the project's folder")
    assert list(tmp_path.iterdir()) == []


def test_a_table_from_a_file_needs_the_next_file(external: Path) -> None:
    external.joinpath("airports.parquet.dvc").write_text(POINTER)
    assert refused(data("update", "airports"), "airports came from a file: give the next one")
    assert refused(data("update", "planes"), "no external table is named 'planes': airports")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  owner: Ada\n", "", "airports.parquet.dvc lacks owner: fill it in under meta"),
        ("owner: Ada", "owner: ''", "airports.parquet.dvc lacks owner: fill it in under meta"),
        ("desc: A row is an airport.\n", "", "airports.parquet.dvc lacks desc: fill it in"),
        (
            "never",
            "often",
            "airports.parquet.dvc has refresh often: write one of never, daily, weekly",
        ),
        ("2026-01-31", "in May", "has obtained in May, not a date: write it as 2026-01-31"),
        ("CC0-1.0", "GPL-3.0", "license GPL-3.0, which pyproject.toml does not allow: CC0-1.0"),
        (
            "sha256: ",
            "sha256: 0",
            "airports.parquet has another sha256 than airports.parquet.dvc says",
        ),
        (
            "meta:",
            "meta: [",
            "data/external/airports.parquet.dvc is not a DVC pointer: `git checkout`",
        ),
    ],
)
def test_the_check_says_what_is_wrong_with_a_pointer(
    airports: Path, old: str, new: str, fault: str
) -> None:
    Path(f"{airports}.dvc").write_text(POINTER.replace(old, new))
    assert refused(data("check"), fault)


def test_the_check_finds_a_table_that_dvc_does_not_track(external: Path) -> None:
    external.joinpath("stray.csv").write_text(ROWS)
    assert refused(data("check"), "data/external/stray.csv is not tracked by DVC")


def test_the_check_passes_without_the_table_and_says_so(external: Path) -> None:
    external.joinpath("airports.parquet.dvc").write_text(POINTER)
    write_sources()
    result = data("check")
    assert result.exit_code == 0
    assert result.output.startswith("data/external/airports.parquet is missing, so its sha256")


def test_setup_caches_what_is_here_and_leaves_the_pointer_alone(airports: Path) -> None:
    assert "made the remote folder" in data("setup").output
    airports.unlink()
    dvc("checkout", "--quiet")
    assert data("setup").output == "external tables here and in DVC's cache: 1\n"
    assert airports.read_bytes() == parquet(ROWS)
    assert Path(f"{airports}.dvc").read_text() == POINTER


def test_setup_refuses_a_table_that_is_not_what_its_pointer_says(airports: Path) -> None:
    airports.write_bytes(parquet(NEW_ROWS))
    assert refused(data("setup"), "not what the pointer says: data/external/airports.parquet")
    Path(f"{airports}.dvc").write_text(POINTER.partition("desc:")[0])
    assert refused(data("setup"), "dvc commit failed: unable to commit changed stage")


def test_setup_passes_in_a_clone_without_data_and_without_the_share(external: Path) -> None:
    external.joinpath("airports.parquet.dvc").write_text(POINTER)
    Path(".dvc/config.local").write_text("['remote \"storage\"']\nurl = ../../no/share\n")
    result = data("setup")
    assert result.exit_code == 0
    assert "cannot be made (No such file or directory): mount it" in result.output


def push_lose_and_pull(table: Path) -> None:
    """Push a table, lose every copy of it here, pull it back."""
    data("setup")
    dvc("push", "--quiet")
    table.unlink()
    shutil.rmtree(".dvc/cache")
    dvc("pull", "--quiet")


def stored(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_a_table_travels_through_a_folder(airports: Path, tmp_path: Path) -> None:
    push_lose_and_pull(airports)
    assert airports.read_bytes() == parquet(ROWS)
    assert stored(tmp_path / "storage, #1") == [parquet(ROWS)]
