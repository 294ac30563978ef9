"""An existing repository adopts the template as the page says, and loses none of its files."""

from pathlib import Path

import pytest
from project import make, run
from updates import do, edit, files, first_version, marked, page, sh

GENERATE, IGNORED, MERGE, TABLES = page("Add the template to an existing repository")
README = "# Ours\n\nWhat we found out so far.\n"
THEIRS = {
    "README.md": README,
    ".gitignore": "*.log\n/scratch/\n",
    "analysis/model.py": "print('ours')\n",
    "docs/decisions.md": "# What we decided\n",
}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return a template with a first version."""
    return first_version(tmp_path / "template")


@pytest.fixture
def ours(template: Path, tmp_path: Path) -> Path:
    """Make a repository with a history, and generate a project next to it."""
    folder = tmp_path / "ours"
    for name, text in THEIRS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    do("git init --quiet\ngit add .\ngit commit --quiet --message ours\n", folder, template)
    (folder / "scratch").mkdir()
    (folder / "scratch/notes.txt").write_text("ignored, and ours\n")
    (folder / "todo.txt").write_text("not tracked, and ours\n")
    do(GENERATE, folder, template)
    return folder


def test_what_both_have_waits_for_a_choice_and_the_rest_is_brought(
    ours: Path, template: Path
) -> None:
    aside = files(ours.parent / "aside/flight-delays")
    do(IGNORED, ours, template)
    assert sh(MERGE, ours, template).returncode != 0
    both = set(THEIRS) & set(aside)
    assert both == {"README.md", ".gitignore", "docs/decisions.md"}
    assert marked(ours) == both
    for name in both:
        text = (ours / name).read_text()
        assert set(THEIRS[name].splitlines()) <= set(text.splitlines()), name
    assert (ours / "analysis/model.py").read_text() == THEIRS["analysis/model.py"]
    assert (ours / "scratch/notes.txt").read_text() == "ignored, and ours\n"
    assert (ours / "todo.txt").read_text() == "not tracked, and ours\n"
    here = files(ours)
    tables = {name for name in aside if name.endswith(".parquet") and "external" in name}
    assert {name for name in set(aside) - both - tables if here[name] != aside[name]} == set()


def test_after_the_choice_it_is_a_project_with_both_histories(
    project: Path, ours: Path, template: Path
) -> None:
    assert project  # it makes the shared environment
    planes = ours / "data/external/planes.parquet"
    planes.parent.mkdir(parents=True)
    planes.write_bytes(b"ours")
    do(IGNORED, ours, template)
    sh(MERGE, ours, template)
    do("git checkout --ours README.md docs/decisions.md", ours, template)
    do("git checkout --theirs .gitignore", ours, template)
    edit(ours / ".gitignore", r"\Z", THEIRS[".gitignore"])
    edit(ours / "pyproject.toml", '"notebooks/explorations"', '"analysis", \\g<0>')
    do("git add --update\ngit commit --quiet --message both\n", ours, template)
    do(TABLES, ours, template)
    assert (ours / "README.md").read_text() == README
    assert planes.read_bytes() == b"ours"
    assert run(["git", "log", "--oneline"], ours).count("\n") == 3
    assert "up to date" in do("cruft check --checkout v0.1.0\n", ours, template)
    planes.unlink()
    do(TABLES, ours, template)
    make(ours, "setup", "check")


def test_an_ignored_file_that_would_be_overwritten_is_named_before(
    ours: Path, template: Path
) -> None:
    (ours / ".git/info/exclude").write_text("/params.yaml\n")
    (ours / "params.yaml").write_text("ours: true\n")
    refused = sh(IGNORED, ours, template)
    assert refused.returncode != 0
    assert refused.stdout == "params.yaml\n"


def test_a_file_that_was_never_committed_stops_the_merge(ours: Path, template: Path) -> None:
    (ours / "params.yaml").write_text("ours: true\n")
    do(IGNORED, ours, template)
    stopped = sh(MERGE, ours, template)
    assert stopped.returncode != 0
    assert "untracked working tree files would be overwritten" in stopped.stdout
    assert (ours / "params.yaml").read_text() == "ours: true\n"
    assert not (ours / "dvc.yaml").exists()
