"""Each failure of the runbook is caused, seen in the page's words, and cured by its blocks alone."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from project import SOURCE, dvc, make, run, venv
from releases import commit, record

PARTS = ["You see", "First", "Decide", "Fix", "Verify", "Tell"]
PAGE = (SOURCE / "docs/runbook.md").read_text()
Variables = dict[str, str]


def entries(page: str) -> dict[str, dict[str, str]]:
    """Return the parts of each entry by their names, the entries by their titles."""
    texts = re.split(r"^## (.*)\n", page, flags=re.MULTILINE)[1:]
    return dict(zip(texts[::2], map(parts, texts[1::2]), strict=True))


def parts(entry: str) -> dict[str, str]:
    """Return the parts of one entry by their names."""
    texts = re.split(rf"^\*\*({'|'.join(PARTS)})\b", entry, flags=re.MULTILINE)[1:]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def block(text: str, kind: str = "sh") -> str:
    """Return what the fenced blocks of one kind hold."""
    return "\n".join(re.findall(rf"```{kind}\n(.*?)```", text, flags=re.DOTALL))


def pattern(symptom: str) -> str:
    """Return a pattern for a symptom's words, in which … stands for what differs."""
    words = [re.escape(word).replace("…", ".*") for word in symptom.split()]
    return r"\s+".join(words)


def sh(command: str, project: Path, variables: Variables) -> subprocess.CompletedProcess[str]:
    """Run a block of the page as its reader does."""
    own = {"PATH": f"{venv()}/bin:{os.environ['PATH']}", "PYTHONPATH": str(project / "src")}
    own["MAKEFLAGS"] = f"VENV={venv()}"
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=project,
        env=os.environ | own | variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def project(released: Path, tmp_path: Path) -> Iterator[Path]:
    """Copy the repository with two releases, its origin and its remote."""
    folder = shutil.copytree(released.parent, tmp_path / "all", symlinks=True)
    project = Path(folder) / released.name
    yield project
    if project.is_mount():
        run(["umount", str(project)], tmp_path)


def bad_data_arrived(project: Path) -> Variables:
    """Let a colleague commit a table in which every tenth row is impossible."""
    table = "data/external/flights.parquet"
    spoil = f"""import polars as pl
rows = pl.read_parquet("{table}").with_row_index()
bad = pl.when(pl.col("index") % 10 == 0).then(pl.lit(-1))
rows.with_columns(bad.otherwise("distance").cast(rows.schema["distance"]).alias("distance"))\
.drop("index").write_parquet("{table}")"""
    run([str(venv() / "bin/python"), "-c", spoil], project)
    record(project, project / table)
    commit(project)
    return {"NAME": "flights"}


def an_external_source_moved(project: Path) -> Variables:
    """Import a table, let it become overdue, and move it at its server."""
    source = project.parent / "source"
    source.mkdir()
    (source / "airlines.csv").write_text("carrier,name\nAA,American\n")
    handler = partial(SimpleHTTPRequestHandler, directory=str(source))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    options = "--name airlines --licence CC0-1.0 --owner Ada --refresh weekly"
    done = sh(f"flight-delays data add {address}/airlines.csv {options}", project, {})
    assert done.returncode == 0, done.stdout
    pointer = project / "data/external/airlines.csv.dvc"
    pointer.write_text(re.sub("obtained: .*", "obtained: '2020-01-01'", pointer.read_text()))
    (source / "new").mkdir()
    (source / "airlines.csv").rename(source / "new/airlines.csv")
    return {"NAME": "airlines", "NEW": f"{address}/new/airlines.csv"}


def the_pipeline_failed(project: Path) -> Variables:
    """Let a colleague commit code that cannot run."""
    (features,) = project.glob("src/*/data/features.py")
    features.write_text(features.read_text() + "\nraise RuntimeError\n")
    commit(project)
    return {}


def the_gate_refused(project: Path) -> Variables:
    """Try a model that says nearly the same of every row."""
    params = project / "params.yaml"
    params.write_text(re.sub(r"learning_rate: .*", "learning_rate: 0.0001", params.read_text()))
    return {}


def the_wrong_model_was_promoted(project: Path) -> Variables:
    """Promote the version that had been taken back."""
    make(project, "promote", "VERSION=v1.1.0", "STAGE=champion")
    make(project, "models")
    return {"GOOD": "v1.0.0"}


def the_remote_is_lost(project: Path) -> Variables:
    """Remove the folder in which the remote is."""
    shutil.rmtree(project.parent / "flight-delays-storage")
    new = project.parent / "new-storage"
    new.mkdir()
    return {"NEW": str(new)}


def a_secret_leaked(project: Path) -> Variables:
    """Push a commit with a password in it."""
    secret = "correct horse"
    compose = project / "compose.yaml"
    compose.write_text(f"# password: {secret}\n{compose.read_text()}")
    commit(project)
    return {"SECRET": secret}


def the_disk_is_full(project: Path) -> Variables:
    """Put the project on a small disk and fill it, mostly with what is in DVC's cache for nothing."""
    whole = project.rename(project.with_name("whole"))
    project.mkdir()
    megabytes = 60 + sum(path.stat().st_size for path in whole.rglob("*")) // 2**20
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "disk", str(project)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk, which root has")
    shutil.copytree(whole, project, symlinks=True, dirs_exist_ok=True)
    old = project / "old.bin"
    old.write_bytes(os.urandom(20 * 2**20))
    dvc(project, "add", old.name)
    old.unlink()
    old.with_name("old.bin.dvc").unlink()
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("bootstrap_rounds: 200", "bootstrap_rounds: 201"))
    (project / "build").mkdir(exist_ok=True)
    subprocess.run(
        ["dd", "if=/dev/zero", "of=build/old", "bs=64k"],
        cwd=project,
        check=False,
        capture_output=True,
    )
    return {}


# Each failure, and the command that shows it.
FAILURES: dict[Callable[[Path], Variables], str] = {
    bad_data_arrived: "make repro",
    an_external_source_moved: "make repro",
    the_pipeline_failed: "make repro",
    the_gate_refused: "make repro",
    the_wrong_model_was_promoted: "make history",
    the_remote_is_lost: "git clone --quiet ../origin.git ../fresh; cd ../fresh; make pull",
    a_secret_leaked: 'git grep -n "$SECRET" origin/main',
    the_disk_is_full: "make repro",
}


def title(cause: Callable[[Path], Variables]) -> str:
    """Return the title of the entry for a failure."""
    return cause.__name__.capitalize().replace("_", " ")


def test_every_entry_has_all_its_parts_and_a_failure_below() -> None:
    assert {name: list(entry) for name, entry in entries(PAGE).items()} == {
        title(cause): PARTS for cause in FAILURES
    }


def test_the_table_at_the_top_leads_to_every_entry() -> None:
    links = re.findall(r"^\|.*\[(.*)\]\(#(.*)\) \|$", PAGE, flags=re.MULTILINE)
    assert links == [(name, name.lower().replace(" ", "-")) for name in entries(PAGE)]


@pytest.mark.parametrize("cause", FAILURES, ids=title)
def test_a_failure_is_seen_and_cured_by_the_page(
    project: Path, cause: Callable[[Path], Variables]
) -> None:
    entry = entries((project / "docs/runbook.md").read_text())[title(cause)]
    variables = cause(project)
    seen = sh(FAILURES[cause], project, variables).stdout
    assert re.search(pattern(block(entry["You see"], "text")), seen), seen
    first = sh(block(entry["First"]), project, variables)
    assert first.returncode == 0, first.stdout
    assert sh(block(entry["Verify"]), project, variables).returncode != 0  # it is not cured yet
    fixed = sh(block(entry["Fix"]), project, variables)
    assert fixed.returncode == 0, fixed.stdout
    verified = sh(block(entry["Verify"]), project, variables)
    assert verified.returncode == 0, fixed.stdout + verified.stdout
