"""Failures of the setup and of the data are caused for real; each message names its cure."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from project import make, render, run, venv

NEEDED = "awk cat env find grep make python3 rm sed sh tail test"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Render a project that is not set up."""
    return render(tmp_path, project_slug="flight-delays")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Give small disks that a test can fill; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "disk", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("needs the right to mount a small disk, which root has")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def attempt(
    project: Path, *arguments: str, env: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a make target, which may fail, by default in the shared environment."""
    own = {"PYTHONPATH": str(project / "src")}
    return subprocess.run(
        ["make", *(arguments or ["setup"]), f"VENV={env or venv()}"],
        cwd=project,
        env=os.environ | own | variables,
        check=False,
        capture_output=True,
        text=True,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a make that failed; other notes, such as pip's, do not count."""
    assert done.returncode, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("note:", "WARN"))]
    assert len(lines) == 2, done.stderr
    assert lines[1].startswith("make: *** ")
    return lines[0]


def test_without_git(fresh: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED.split():
        (programs / name).symlink_to(shutil.which(name) or name)
    done = attempt(fresh, PATH=str(programs))
    assert refusal(done) == "error: git does not run: install it (Debian: git)"


def test_a_step_that_fails_shows_its_last_lines_and_can_be_repeated(
    fresh: Path, tmp_path: Path
) -> None:
    lock = fresh / "requirements/tools.txt"
    text = lock.read_text()
    lines = [line for line in text.splitlines() if "sha256" not in line]
    other = [line.replace(" \\", " --hash=sha256:" + 64 * "0") for line in lines]
    lock.write_text("\n".join(other) + "\n")
    done = attempt(fresh, env=tmp_path / "venv")
    assert done.returncode
    *log, line, _ = done.stderr.splitlines()
    assert "DO NOT MATCH THE HASHES" in "".join(log)
    assert len(log) <= 21  # with the note on another Python
    assert re.fullmatch("error: .* -m pip install .* failed, its last lines are above", line)
    lock.write_text(text)
    run(["sh", "scripts/setup/venv.sh", "3.11", str(tmp_path / "venv"), str(lock)], fresh)
    assert (tmp_path / "venv/bin/uv").exists()


def test_a_disk_without_room_is_noticed_before_anything_is_installed(
    fresh: Path, disk: Callable[[str], Path]
) -> None:
    environment = disk("size=100m") / "venv"
    line = refusal(attempt(fresh, env=environment))
    assert re.fullmatch(rf"error: only \d+ MB are free for {environment}, which takes .*", line)
    assert not environment.exists()


def test_a_folder_that_cannot_be_written(fresh: Path, disk: Callable[[str], Path]) -> None:
    project = disk("size=50m") / "project"
    shutil.copytree(fresh, project)
    run(["mount", "-o", "remount,ro", str(project.parent)], fresh)
    done = attempt(project, env=venv())
    assert refusal(done) == (
        f"error: {project} cannot be written: become its owner, or work in a copy that is yours"
    )


def test_an_environment_that_cannot_be_written(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = attempt(fresh, env=tmp_path / "file/venv")
    assert refusal(done).startswith(f"error: {tmp_path}/file/venv cannot be made: become the owner")


def test_without_an_identity_setup_says_what_commits_need(fresh: Path, tmp_path: Path) -> None:
    done = attempt(fresh, env=venv(), **nobody(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "note: Git does not know who you are" in done.stderr
    assert "git config --global user.name" in done.stderr


def test_without_a_repository_setup_makes_one(fresh: Path) -> None:
    make(fresh, "setup")
    assert (fresh / ".git/hooks/pre-commit").exists()


def test_hooks_that_git_looks_for_elsewhere(fresh: Path) -> None:
    run(["git", "init", "--quiet"], fresh)
    run(["git", "config", "core.hooksPath", "/nowhere"], fresh)
    done = attempt(fresh)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("note: commits")]
    assert "Git looks for hooks in /nowhere" in line
    assert line.endswith("`git config --unset-all core.hooksPath` ends that")


def test_a_remote_that_is_a_file(fresh: Path) -> None:
    remote = fresh.parent / "flight-delays-storage"
    remote.touch()
    done = attempt(fresh)
    assert f"the remote folder {remote} cannot be made (File exists)" in done.stdout
    assert "name another with `dvc remote modify storage url`" in done.stdout


def test_a_remote_that_cannot_be_written(fresh: Path, disk: Callable[[str], Path]) -> None:
    folder = disk("size=1m,ro")
    set_remote(fresh, str(folder / "storage"))
    done = attempt(fresh)
    assert f"{folder}/storage cannot be made (Read-only file system): mount it" in done.stdout


def test_a_remote_of_an_unknown_kind(fresh: Path) -> None:
    set_remote(fresh, "s4://bucket/storage")
    line = refusal(attempt(fresh))
    assert "Unsupported URL type s4://" in line
    assert line.endswith("correct .dvc/config or .dvc/config.local")


def test_a_remote_without_credentials_or_network(fresh: Path) -> None:
    make(fresh, "setup")
    set_remote(fresh, "s3://bucket/storage")
    done = attempt(fresh, "push")
    first, second = done.stderr.splitlines()[-3:-1]
    assert first.startswith(
        "error: dvc push failed, its reason is above; the remote is s3://bucket"
    )
    assert "did make setup run since it is of this kind" in second
    assert "s3: AWS_PROFILE" in second


def test_a_remote_folder_that_is_gone_is_not_made_again_by_a_push(fresh: Path) -> None:
    make(fresh, "setup")
    remote = fresh.parent / "flight-delays-storage"
    remote.rmdir()
    for command in ("push", "pull"):
        line = refusal(attempt(fresh, command))
        assert line.startswith(f"error: the remote folder {remote} is not there: mount it, make it")
    assert not remote.exists()
    remote.mkdir()
    make(fresh, "push")
    assert any(remote.iterdir())


def test_a_clone_that_finds_no_data_says_who_has_them(fresh: Path) -> None:
    make(fresh, "setup")
    for path in fresh.glob("data/external/*.parquet"):
        path.unlink()
    shutil.rmtree(fresh / ".dvc/cache")
    done = attempt(fresh, "pull")
    assert done.returncode
    assert "whoever made this commit has to make push" in done.stderr


@pytest.mark.parametrize("given", [[], ["README.md"]], ids=["all files", "as a commit hook"])
def test_the_secrets_check_fails_where_git_or_the_scanner_gives_no_answer(
    given: list[str], fresh: Path, tmp_path: Path
) -> None:
    run(["git", "init", "--quiet"], fresh)
    command = ["sh", "scripts/checks/secrets.sh", *given]
    assert run(command, fresh, {"VENV": str(venv())}) == ""
    foreign = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "VENV": str(venv())}
    missing = {"VENV": str(tmp_path)}
    (tmp_path / "sha256sum").symlink_to("/bin/false")
    unread = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VENV": str(venv())}
    for variables in [missing, unread, *([] if given else [foreign])]:
        done = subprocess.run(
            command,
            cwd=fresh,
            env=os.environ | variables,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode
        assert ("not found" if variables == missing else "so none was checked") in done.stderr


def nobody(folder: Path) -> dict[str, str]:
    """Return the variables of a user without a name in Git."""
    (folder / "config").write_text("[user]\nuseConfigOnly = true\n")
    own = {"GIT_CONFIG_GLOBAL": str(folder / "config"), "GIT_CONFIG_SYSTEM": os.devnull}
    return own | {"EMAIL": "", "GIT_COMMITTER_NAME": "", "GIT_COMMITTER_EMAIL": ""}


def set_remote(project: Path, url: str) -> None:
    """Set another remote in the configuration file, as a user does by hand."""
    config = project / ".dvc/config"
    lines = config.read_text().splitlines()
    config.write_text(
        "\n".join(f'    url = "{url}"' if "url =" in line else line for line in lines) + "\n"
    )
