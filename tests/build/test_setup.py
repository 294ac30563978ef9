"""Setup changes only the project's own environment, and repairs it after the project moved."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from project import make, render, run, venv
from shell import IDENTITY

LIBRARY = "print(__import__('sysconfig').get_path('purelib'))"
# Variables that lead pip, uv and Python elsewhere; VICTIM is an environment, LIBRARY its site-packages.
VARIABLES = {
    "uv": {
        "UV_PYTHON": "VICTIM/bin/python",
        "UV_PROJECT_ENVIRONMENT": "VICTIM",
        "UV_WORKING_DIR": "VICTIM",
    },
    "another environment is active": {
        "CONDA_PREFIX": "VICTIM",
        "PATH": "VICTIM/bin:PATH",
        "PIP_PREFIX": "VICTIM",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPATH": "LIBRARY",
        "UV_SYSTEM_PYTHON": "1",
        "VIRTUAL_ENV": "VICTIM",
    },
    "PIP_USER": {"PIP_USER": "1", "PYTHONUSERBASE": "VICTIM"},
    "PIP_TARGET": {"PIP_TARGET": "LIBRARY"},
    "PIP_PYTHON": {"PIP_PYTHON": "VICTIM/bin/python"},
    "PYTHONHOME": {"PYTHONHOME": "VICTIM"},
    "pip.conf": {"PIP_CONFIG_FILE": "CONFIG", "PYTHONUSERBASE": "VICTIM"},
    "Git": {"GIT_DIR": "VICTIM/.git", "GIT_WORK_TREE": "VICTIM"},
}


@pytest.fixture(scope="module")
def small(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project and give it a lock of one package, which is installed in a second."""
    assert project  # it makes the shared environment
    path = render(tmp_path_factory.mktemp("small"))
    lock = (path / "requirements/dev.txt").read_text()
    (pin,) = re.findall(r"(?m)^idna==.*\n(?: +--hash=.*\n)+", lock)
    (path / "requirements/small.txt").write_text(pin)
    return path


@pytest.fixture(scope="module")
def victim(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of another user, with packages and a repository in it."""
    path = tmp_path_factory.mktemp("others") / "victim"
    run([str(venv() / "bin/python"), "-m", "venv", str(path)], project)
    install = [str(venv() / "bin/uv"), "pip", "install", "--quiet", "--python"]
    run([*install, str(path / "bin/python"), "idna", "click"], project)
    run(["git", "init", "--quiet"], path)
    return path


def hashes(folder: Path) -> dict[str, str]:
    """List every file with the hash of its content, and every folder and link."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in folder.rglob("*")
    }


def set_up(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Make the environment of the small lock and the hooks, which may fail."""
    command = "sh scripts/setup/setup.sh 3.11 .venv small && sh scripts/setup/hooks.sh dev"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=project,
        env=os.environ | variables,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("variables", VARIABLES.values(), ids=VARIABLES)
def test_setup_leaves_another_environment_alone(
    variables: dict[str, str], small: Path, victim: Path, tmp_path: Path
) -> None:
    (tmp_path / "pip.conf").write_text("[install]\nuser = true\n")
    library = run([str(victim / "bin/python"), "-c", LIBRARY], tmp_path).strip()
    words = {"VICTIM": str(victim), "LIBRARY": library, "PATH": os.environ["PATH"]}
    words["CONFIG"] = str(tmp_path / "pip.conf")
    own = {
        name: re.sub("|".join(words), lambda word: words[word[0]], value)
        for name, value in variables.items()
    }
    (small / ".venv/.tools").unlink(missing_ok=True)  # pip has to run again as well
    before = hashes(victim)
    done = set_up(small, **own)
    assert done.returncode == 0, done.stderr
    assert hashes(victim) == before
    assert [path.name for path in small.glob(".venv/lib/*/site-packages/idna")] == ["idna"]
    assert (small / ".venv/bin/uv").exists()
    assert (small / ".venv/bin/flight-delays").exists()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "PIP_CONFIG_FILE",
            "[install]\ntarget = ELSEWHERE\n",
            "pip's configuration sends packages",
        ),
        ("UV_CONFIG_FILE", '[pip]\ntarget = "ELSEWHERE"\n', "uv's configuration sets pip.target"),
    ],
)
def test_a_file_that_sends_packages_elsewhere_is_refused_before_one_is_installed(
    name: str, text: str, sentence: str, small: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "file").write_text(text.replace("ELSEWHERE", str(elsewhere)))
    assert set_up(small).returncode == 0
    (small / ".venv/.tools").unlink()
    done = set_up(small, **{name: str(tmp_path / "file")})
    assert done.returncode
    assert sentence in done.stderr
    assert not elsewhere.exists()


def test_an_environment_that_setup_did_not_make_is_refused(small: Path, victim: Path) -> None:
    before = hashes(victim)
    done = subprocess.run(
        ["make", "setup", f"VENV={victim}"],
        cwd=small,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode
    assert f"error: {victim} holds something that make setup did not make" in done.stderr
    assert hashes(victim) == before


def test_a_link_to_an_environment_of_others_is_replaced_and_not_followed(
    small: Path, victim: Path
) -> None:
    shutil.rmtree(small / ".venv", ignore_errors=True)
    (small / ".venv").symlink_to(victim)
    before = hashes(victim)
    assert set_up(small).returncode == 0
    assert hashes(victim) == before
    assert not (small / ".venv").is_symlink()


@pytest.fixture(scope="module")
def moved(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set a project up in an environment of its own, commit it by way of its hooks, rename it."""
    assert project
    path = render(tmp_path_factory.mktemp("moved"))
    run(["make", "setup"], path)
    commit(path)
    return path.rename(path.with_name("renamed"))


def commit(project: Path) -> None:
    """Commit all of a project, by way of its hooks, from a shell that knows no environment."""
    clean = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]}
    command = "git add --all && git commit --quiet --allow-empty --message more"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=project,
        env=clean | IDENTITY,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_renamed_project_sets_itself_up_again_and_works(moved: Path) -> None:
    refused = subprocess.run(
        ["git", "commit"], cwd=moved, check=False, capture_output=True, text=True
    )
    assert f"no environment is set up in {moved}, so the commit cannot be checked" in refused.stderr
    said = run(["make", "fix"], moved)
    assert "making .venv from" in said
    assert str(moved / "src") in run(
        [".venv/bin/python", "-c", "import flight_delays; print(flight_delays.__file__)"], moved
    )
    commit(moved)
    assert "making .venv from" not in run(["make", "fix"], moved)


def test_the_hooks_of_a_worktree_leave_those_of_the_main_clone_alone(
    moved: Path, tmp_path: Path
) -> None:
    run(["make", "dev"], moved)
    tree = tmp_path / "tree"
    run(["git", "worktree", "add", "--quiet", str(tree)], moved)
    (tree / ".venv").symlink_to(venv())
    make(tree, "setup")
    commit(tree)
    commit(moved)
    run(["git", "worktree", "remove", "--force", str(tree)], moved)
    commit(moved)
    assert "pre_commit" in (moved / ".git/hooks/pre-commit").read_text()


def test_inside_another_repository_no_second_one_is_made(project: Path, tmp_path: Path) -> None:
    assert project
    run(["git", "init", "--quiet"], tmp_path)
    inner = render(tmp_path)
    done = subprocess.run(
        ["make", "setup", f"VENV={venv()}"], cwd=inner, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not (inner / ".git").exists()
    assert not (tmp_path / ".git/hooks/pre-commit").exists()
    assert "let them call `make -C flight-delays check`" in done.stderr
    assert "?? flight-delays/" in run(["git", "status", "--short"], tmp_path)


def test_where_the_other_repository_ignores_the_project_it_gets_its_own(
    project: Path, tmp_path: Path
) -> None:
    assert project
    run(["git", "init", "--quiet"], tmp_path)
    (tmp_path / ".gitignore").write_text("/flight-delays/\n")
    inner = render(tmp_path)
    make(inner, "setup")
    assert (inner / ".git/hooks/pre-commit").exists()


def test_a_hook_of_the_user_is_left_as_it_is(project: Path, tmp_path: Path) -> None:
    assert project
    path = render(tmp_path)
    run(["git", "init", "--quiet"], path)
    hook = path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho mine\n")
    said = make(path, "setup")
    assert "is your own: let it call `.venv/bin/python -m pre_commit run`" in said
    assert hook.read_text() == "#!/bin/sh\necho mine\n"
