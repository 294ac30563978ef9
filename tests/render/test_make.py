"""A short Makefile lists every command and hides the files that the user does not own."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from project import render, run, texts

TARGETS = {
    *("help", "setup", "lock", "repro", "pull", "push", "notebook", "experiment", "compare"),
    *("strip-example", "check", "fix", "test", "audit", "docs"),
    *("release", "promote", "rollback", "predict", "serve", "image", "monitor"),
}


def scripts(project: Path) -> list[Path]:
    """List the files that make and the shell read."""
    found = [
        project / "Makefile",
        *project.glob("scripts/**/*.mk"),
        *project.glob("scripts/**/*.sh"),
    ]
    assert len(found) > 20
    return found


def test_make_alone_lists_every_target_with_one_line_of_help(default: Path) -> None:
    said = run(["make"], default)
    listed = re.findall(r"(?m)^  make ([a-z-]+) +\S.*$", said)
    assert sorted(listed) == sorted(TARGETS)
    assert [line for line in said.splitlines() if len(line) > 100] == []


@pytest.mark.parametrize(
    ("removed", "target", "said"),
    [
        ("scripts/make/example.mk", "tset", "there is no command make tset: `make` lists them"),
        ("pyproject.toml", ".venv/.ready", "there is no file pyproject.toml: git checkout it"),
    ],
)
def test_what_make_does_not_know_is_answered_in_a_sentence(
    default: Path, tmp_path: Path, removed: str, target: str, said: str
) -> None:
    project = Path(shutil.copytree(default, tmp_path / "project"))
    (project / removed).unlink()
    done = subprocess.run(
        ["make", target], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"error: {said}"


def test_the_makefile_is_short_and_no_line_is_long(default: Path) -> None:
    assert len((default / "Makefile").read_text().splitlines()) <= 60
    lines = [(path, line) for path in scripts(default) for line in path.read_text().splitlines()]
    assert [(path.name, line) for path, line in lines if len(line) > 120] == []


def test_a_new_project_shows_few_entries(default: Path) -> None:
    assert len([path for path in default.iterdir() if not path.name.startswith(".")]) <= 16


def test_the_shell_reads_every_script(default: Path) -> None:
    for path in scripts(default):
        if path.suffix == ".sh":
            subprocess.run(["sh", "-n", str(path)], check=True)


def test_no_path_that_has_moved_is_named(default: Path) -> None:
    old = re.compile(
        r"(?<![\w/])(?:ci|docker|strip)/\w+\.(?:sh|py|yaml)|requirements/\w+\.(?:sh|py)"
    )
    named = {name: old.findall(text) for name, text in texts(default).items()}
    del named["scripts/CHECKSUMS"]  # relative to its folder
    assert {name: paths for name, paths in named.items() if paths} == {}


@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
def test_targets_of_the_user_are_listed_and_run_in_their_order(jobs: str, tmp_path: Path) -> None:
    project = render(tmp_path)
    with (project / "Makefile").open("a") as makefile:
        makefile.write(
            "\nslow: ## mine\n\t@sleep 0.3; echo slow\nquick: ## mine, too\n\t@echo quick\n"
        )
    assert run(["make", jobs, "slow", "quick"], project) == "slow\nquick\n"
    assert re.search(r"(?m)^  make slow +mine$", run(["make"], project))
