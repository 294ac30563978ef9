"""What keeps a project from its setup is caused for real, and said in one line with its cure."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from project import make, render, run, venv

CLOSED = "http://127.0.0.1:9"
# Neither this machine's own index nor what it downloaded before may help.
BARE = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
BARE |= {"UV_NO_CONFIG": "1", "UV_NO_CACHE": "1", "PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0"}
UNREACHED = "error: no package index is reached: check the network; behind a proxy set HTTPS_PROXY"
FULL = "error: the disk is full: df -h . ~ /tmp says which"
NEEDED = "awk cut expand find grep head make python3 readlink rm sed sh sha256sum sort tail test tr"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Render a project that is not set up."""
    return render(tmp_path, project_slug="flight-delays")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Give small disks; only who may mount one can fill it without harm."""
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
    """Run a make target whatever comes of it, in the shared environment unless another is given."""
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
    """Return the one line of a make that failed; notes beside it, such as pip's, are no reason."""
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


def test_without_a_network_for_pip(fresh: Path, tmp_path: Path) -> None:
    done = attempt(fresh, env=tmp_path / "venv", HTTPS_PROXY=CLOSED, **BARE)
    assert refusal(done).startswith(UNREACHED)


def test_without_a_network_for_uv(fresh: Path, tmp_path: Path) -> None:
    done = attempt(fresh, env=with_tools(tmp_path / "venv"), HTTPS_PROXY=CLOSED, **BARE)
    assert refusal(done).startswith(UNREACHED)


def test_an_index_that_is_not_there(fresh: Path, tmp_path: Path) -> None:
    index = {"PIP_INDEX_URL": f"{CLOSED}/simple"}
    done = attempt(fresh, env=tmp_path / "venv", **(BARE | index))
    assert refusal(done).endswith("for an index of your own PIP_INDEX_URL and UV_DEFAULT_INDEX")


def test_a_package_that_is_not_the_locked_one(fresh: Path, tmp_path: Path) -> None:
    lock = fresh / "requirements/tools.txt"
    lines = [line for line in lock.read_text().splitlines() if "sha256" not in line]
    other = [line.replace(" \\", " --hash=sha256:" + 64 * "0") for line in lines]
    lock.write_text("\n".join(other) + "\n")
    done = attempt(fresh, env=tmp_path / "venv")
    assert "error: a package is not the one whose hash is in the lock" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("megabytes", [5, 30], ids=["for venv", "for pip"])
def test_a_full_disk(megabytes: int, fresh: Path, disk: Callable[[str], Path]) -> None:
    environment = disk(f"size={megabytes}m") / "venv"
    assert refusal(attempt(fresh, env=environment)).startswith(FULL)


def test_a_full_disk_for_uv(fresh: Path, disk: Callable[[str], Path]) -> None:
    environment = with_tools(disk("size=150m") / "venv")
    assert refusal(attempt(fresh, env=environment)).startswith(FULL)


def test_after_a_failure_setup_begins_where_it_can(
    fresh: Path, disk: Callable[[str], Path]
) -> None:
    environment = disk("size=5m") / "venv"
    assert attempt(fresh, env=environment).returncode
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
    assert refusal(done).startswith("error: this cannot be written: ")


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
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("warning: commits")]
    assert line.endswith("hint: `git config --unset-all core.hooksPath`")


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
    line = done.stderr.splitlines()[-2]
    assert line.startswith("error: dvc push failed, its reason is above; the remote is storage s3:")
    assert "did make setup run since it is of this kind" in line
    assert "s3: AWS_PROFILE" in line


def with_tools(environment: Path) -> Path:
    """Make an environment as far as uv, which needs no network then."""
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)], environment.parent)
    shutil.copy(venv() / "bin/uv", environment / "bin/uv")
    return environment


def nobody(folder: Path) -> dict[str, str]:
    """Return the variables of a person whom Git does not know."""
    (folder / "config").write_text("[user]\nuseConfigOnly = true\n")
    own = {"GIT_CONFIG_GLOBAL": str(folder / "config"), "GIT_CONFIG_SYSTEM": os.devnull}
    return own | {"EMAIL": "", "GIT_COMMITTER_NAME": "", "GIT_COMMITTER_EMAIL": ""}


def set_remote(project: Path, url: str) -> None:
    """Name another remote, as one does by hand."""
    config = project / ".dvc/config"
    lines = config.read_text().splitlines()
    config.write_text(
        "\n".join(f'    url = "{url}"' if "url =" in line else line for line in lines) + "\n"
    )
