"""What a task is called and does, in a repository whose DVC and commands only say what they get."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import machinery
from machinery.scheduler import tasks

PACKAGE = Path(machinery.__file__).resolve().parent
SCRIPT = PACKAGE.parents[2] / "scripts/airflow/task.sh"
PIPELINE = """\
stages:
  some rows:
    matrix: {of: ["a 'b'", c]}
    cmd: x
    deps: [src]
    outs: ["data/rows ${item.of}.txt"]
  last: {cmd: x, deps: ["data/rows c.txt", "data/rows a 'b'.txt"], outs: [data/last.txt]}
"""
SAYS = """\
#!/bin/sh
echo "$(basename "$0")" >> {said}
for each in "$@"; do echo "  $each" >> {said}; done
"""


def test_airflow_gets_names_that_it_takes() -> None:
    odd = ["clean@flights", "some rows", "größe@1/2-a 'b'"]
    assert tasks.names(odd) == dict(
        zip(odd, ["clean.flights", "some.rows", "größe.1.2-a..b."], strict=True)
    )


@pytest.mark.parametrize(
    ("stages", "other"),
    [(["a b", "a@b"], "the stage a b"), (["promote"], "the task promote")],
)
def test_two_tasks_of_one_name_are_refused(stages: list[str], other: str) -> None:
    with pytest.raises(ValueError, match=f"the stage {stages[-1]} like {other}: rename it"):
        tasks.names(stages)


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def save(folder: Path, message: str = "work") -> None:
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--message", message)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an origin, in a folder with odd characters."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    programs, said = tmp_path / "venv/bin", tmp_path / "said"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "dvc").write_text(SAYS.format(said=said))
    for program in programs.iterdir():
        program.chmod(0o755)
    said.touch()
    folder = tmp_path / "Ada's project"
    for name in ("data/external", "reports", "requirements", "src/own/machinery"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(PACKAGE / "scheduler", folder / "src/own/machinery/scheduler")
    shutil.copytree(SCRIPT.parent, folder / "scripts/airflow")
    for name in ("data/external/a.dvc", "requirements/kept.txt", "src/own/machinery/__init__.py"):
        (folder / name).touch()
    own = f"import sys\nopen({str(said)!r}, 'a').write(' '.join(['project', *sys.argv[1:]]) + '\\n')\n"
    (folder / "src/own/project.py").write_text(own)
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "params.yaml").write_text("seed: 1\n")
    (folder / "reports/gate.md").write_text("**good**\n")
    (folder / ".gitignore").write_text("__pycache__/\nrequirements/python.txt\n")
    (folder / "requirements/python.txt").touch()
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "remote", "add", "origin", "../origin.git")
    save(folder)
    git(folder, "push", "--quiet", "origin", "main")
    return folder


def run(
    project: Path, *words: str, clones: bool = False, **variables: str
) -> tuple[int, str, list[str]]:
    """Run a task as Airflow does; return its exit code, its output, and what it called."""
    said = project.parent / "said"
    said.write_text("")
    done = subprocess.run(
        ["bash", "-c", tasks.command(project, *words, clones=clones)],
        env=os.environ | {"VENV": str(project.parent / "venv")} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, said.read_text().splitlines()


def other_commit(project: Path, name: str) -> None:
    """Push a commit of somebody else."""
    other = project.parent / f"other-{Path(name).name}"
    git(project.parent, "clone", "--quiet", "origin.git", str(other))
    (other / name).write_text("# new\n")
    save(other)
    git(other, "push", "--quiet", "origin", "main")


def test_a_stage_of_an_odd_name_runs(project: Path) -> None:
    assert run(project, "stage", "some rows@a 'b'") == (
        0,
        "",
        ["dvc", "  repro", "  --single-item", "  some rows@a 'b'"],
    )


def test_refresh_pulls_new_commits(project: Path) -> None:
    other_commit(project, "src/own/new.py")
    code, said, called = run(project, "refresh")
    assert (code, said, called[-1]) == (0, "", "project data refresh")
    assert "  data/external/a.dvc" in called  # its table may be another now
    assert (project / "src/own/new.py").exists()


@pytest.mark.parametrize("name", ["params.yaml", "src/own/project.py", "notes.txt"])
def test_changes_that_nobody_committed_are_not_released(name: str, project: Path) -> None:
    with (project / name).open("a") as file:
        file.write("# mine\n")
    code, said, called = run(project, "refresh")
    assert (code, called) == (1, [])
    assert said.startswith("error: nobody has committed these changes")
    assert name in said


def test_what_a_failed_run_left_behind_is_no_obstacle(project: Path) -> None:
    for name in ("data/last.txt", "data/rows c.txt", "dvc.lock", "data/external/a.dvc"):
        (project / name).write_text("made\n")
    assert run(project, "refresh") == (0, "", ["project data refresh"])


def test_without_a_change_nobody_is_asked(project: Path) -> None:
    code, said, _ = run(project, "changed")
    assert (code, said) == (99, "nothing changed: there is no model to release\n")


def test_with_a_change_the_last_line_is_the_verdict(project: Path) -> None:
    (project / "dvc.lock").write_text("made\n")
    code, said, _ = run(project, "changed")
    assert (code, said.splitlines()[-1]) == (0, "**good**")


def test_promote_commits_pushes_releases_and_promotes(project: Path) -> None:
    (project / "dvc.lock").write_text("made\n")
    code, said, called = run(project, "promote", "patch")
    assert (code, said) == (0, "")
    assert called[0] == "project model release --bump=patch"
    assert called[1].startswith("project model promote")
    git(project, "fetch", "--quiet")
    assert git(project, "show", "--name-only", "--format=", "origin/main") == "dvc.lock\n"


def test_a_run_that_began_before_somebody_elses_commit_is_not_released(project: Path) -> None:
    (project / "dvc.lock").write_text("made\n")
    other_commit(project, "new.txt")
    code, said, called = run(project, "promote", "minor")
    assert (code, called) == (1, [])
    assert said == "error: main of origin has new commits since this run began: start another run\n"
    assert git(project, "log", "--format=%s") == "work\n"


def test_a_clone_pulls_what_the_stages_before_made_and_shares_what_it_makes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dvc = project.parent / "venv/bin/dvc"
    made = 'case $1 in repro) echo "stages: {}" > dvc.lock; touch ../here ;; esac\n'
    dvc.write_text(dvc.read_text() + made)
    (project.parent / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(project.parent / "temporary"))
    code, said, _ = run(project, "refresh", clones=True)
    assert code == 0
    branch = said.strip()
    code, said, called = run(project, "stage", "last", clones=True, RUN=branch)
    assert (code, said) == (0, "")
    pulled = called[called.index("  pull") : called.index("  repro")]
    assert {"  some rows@a 'b'", "  some rows@c", "  data/external/a.dvc"} < {*pulled}
    assert called[-3:] == ["  push", "  --quiet", "  last"]
    git(project, "fetch", "--quiet")
    assert git(project, "show", f"origin/{branch}:dvc.lock") == "stages: {}\n"
    assert git(project, "status", "--porcelain") == ""  # the working copy stays as it was
    (project.parent / "here").unlink()  # where a remote is that has a relative path
    assert [*(project.parent / "temporary").iterdir()] == []
    found = {path.name for path in project.parent.iterdir()}
    assert found == {project.name, "origin.git", "said", "temporary", "venv"}
    code, said, called = run(project, "promote", "minor", clones=True, RUN=branch)
    assert (code, said, called[-1]) == (0, "", "project model promote  champion")
    git(project, "fetch", "--quiet", "--prune")
    assert git(project, "branch", "--remotes").split() == ["origin/main"]
