"""The template uses an interpreter on the PATH that runs, and says when it is missing or broken."""

import subprocess
import sys
from pathlib import Path

import pytest
from project import SOURCE

SCRIPT = SOURCE / "scripts/setup/venv.sh"
SHIM = "#!/bin/sh\necho 'shim: version not installed' >&2\nexit 127\n"
OLD = "#!/bin/sh\nexit 1\n"  # it says that it is older than 3.11
BARE = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n'
FINE = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
NEEDED = "awk cat cmp cp df env grep ls mkdir rm sed sh tail"
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def ask(folder: Path, version: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """Make an environment with nothing but these programs, and a few of the system's, on the PATH."""
    programs_folder = folder / "bin"
    programs_folder.mkdir()
    for name in NEEDED.split():
        (programs_folder / name).symlink_to(f"/bin/{name}")
    for name, text in programs.items():
        program = programs_folder / name.replace("_", ".")
        program.write_text(text)
        program.chmod(0o755)
    lock = folder / "tools.txt"
    lock.touch()  # pip is enough here
    command = ["/bin/sh", str(SCRIPT), version, str(folder / "venv"), str(lock)]
    path = {"PATH": str(programs_folder)}
    return subprocess.run(command, env=path, capture_output=True, text=True, check=False)


def test_a_shim_that_does_not_run_is_passed_over_and_the_other_version_is_said(
    tmp_path: Path,
) -> None:
    done = ask(tmp_path, "3.99", python3_99=SHIM, python3=FINE)
    assert done.returncode == 0, done.stderr
    assert (
        f"no Python 3.99 was found that runs, so {tmp_path}/venv is made of Python {RUNNING}"
        in (done.stderr)
    )
    assert (tmp_path / "venv/bin/python").exists()


@pytest.mark.parametrize(
    ("programs", "sentence"),
    [
        ({}, "no Python from 3.11 on was found that runs"),
        ({"python3_13": SHIM, "python3": OLD}, "no Python from 3.11 on was found that runs"),
        ({"python3": BARE}, "python3 came without the modules venv and ensurepip"),
    ],
)
def test_without_a_python_that_can_do_it_one_sentence_says_what_to_install(
    programs: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = ask(tmp_path, "3.13", **programs)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "install" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "venv").exists()
