"""The commit hooks refuse what must not be committed, with the tools of the environment alone."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from project import make, render, run, venv

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nplanted\n"  # pragma: allowlist secret
AWS = "aws_key = 'AKIA" + "Q3EGRIZ7W4SN6TBD'\n"  # in parts, for this file is scanned as well
URL = "LOG_URL=postgresql://ada:" + "tulip77@db.example.com/log\n"
TOKEN = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"  # pragma: allowlist secret
OUTPUT = {"name": "stdout", "output_type": "stream", "text": ["planted"]}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commit all of a project, by way of its hooks."""
    project = render(tmp_path_factory.mktemp("hooks"))
    (project / ".venv").symlink_to(venv())
    make(project, "setup", env=Path(".venv"))
    run(["git", "add", "."], project)
    assert commit(project).returncode == 0
    return project


def commit(project: Path) -> subprocess.CompletedProcess[str]:
    """Commit from a shell that knows nothing of the environment, and without a network."""
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    command = ["git", *author, "commit", "--message", "one more"]
    clean = {
        "PATH": "/usr/bin:/bin",
        "HOME": os.environ["HOME"],
        "https_proxy": "http://127.0.0.1:9",
    }
    return subprocess.run(
        command, cwd=project, env=clean, capture_output=True, text=True, check=False
    )


def with_output(project: Path) -> None:
    """Leave the output of a cell in the notebook."""
    path = project / "notebooks/explore.ipynb"
    notebook = json.loads(path.read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cells[0]["outputs"] = [OUTPUT]
    path.write_text(json.dumps(notebook, indent=1))


def with_token(project: Path) -> None:
    """Leave a token in a cell of the notebook."""
    path = project / "notebooks/explore.ipynb"
    notebook = json.loads(path.read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cells[0]["source"] += [f'\ntoken = "{TOKEN}"']
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def append(path: Path, text: str) -> None:
    """Write a line at the end of a file."""
    path.write_text(path.read_text() + text)


SECRETS: dict[str, Callable[[Path], object]] = {
    "key": lambda project: (project / "id").write_text(KEY),
    "cloud key": lambda project: (project / "settings.ini").write_text(AWS),
    "token": with_token,
    "password in a URL": lambda project: (project / "service.env").write_text(URL),
    "password in a lock": lambda project: append(
        project / "requirements/dev.txt", f"--index-url {URL.partition('=')[2]}"
    ),
}


def without_license(project: Path) -> None:
    """Take the license out of a pointer."""
    path = project / "data/external/planes.parquet.dvc"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "license:" not in line))


@pytest.mark.parametrize(
    ("plant", "hook"),
    [
        (lambda project: (project / "model.pkl").write_bytes(b"x"), "pickle"),
        (lambda project: (project / "model.joblib").write_bytes(b"x"), "pickle"),
        *((plant, "no private key, token or password") for plant in SECRETS.values()),
        (lambda project: (project / "big.csv").write_text("1,2\n" * 200_000), "500 kB"),
        (lambda project: (project / "src/lint.py").write_text("import os\n"), "lint"),
        (with_output, "notebooks without output"),
        (without_license, "source, license and hash"),
    ],
    ids=["pkl", "joblib", *SECRETS, "large", "lint", "output", "provenance"],
)
def test_a_commit_of_what_must_not_be_committed_is_refused(
    repository: Path, plant: Callable[[Path], object], hook: str
) -> None:
    plant(repository)
    run(["git", "add", "--all", "."], repository)
    try:
        refused = commit(repository)
    finally:
        run(["git", "reset", "--quiet", "--hard"], repository)
    assert refused.returncode != 0
    failed = [line for line in refused.stderr.splitlines() if line.endswith("Failed")]
    assert [line for line in failed if hook in line], refused.stderr


def test_no_line_of_a_new_project_looks_like_a_secret(repository: Path) -> None:
    assert secrets(repository) == (0, "")


def test_secrets_that_came_past_the_hooks_fail_the_checks(repository: Path) -> None:
    for plant in SECRETS.values():
        plant(repository)
    # It is the template's no longer.
    edited = repository / "src/flight_delays/machinery/files.py"
    edited.write_text(edited.read_text() + AWS)
    run(["git", "add", "--all", "."], repository)
    last = len((repository / "requirements/dev.txt").read_text().splitlines())
    try:
        status, said = secrets(repository)
    finally:
        run(["git", "reset", "--quiet", "--hard"], repository)
    assert status != 0
    found = dict(
        line.split()[1].split(":") for line in said.splitlines() if "looks like a secret" in line
    )
    changed = ["id", "settings.ini", "notebooks/explore.ipynb", "service.env"]
    changed += ["requirements/dev.txt", "src/flight_delays/machinery/files.py"]
    assert found.keys() == set(changed)
    assert found["requirements/dev.txt"] == str(last)
    assert "replace it where it is valid" in said
    assert not [text for text in ("AKIA", "ghp_", "tulip77") if text in said]


def test_a_secret_that_only_the_history_holds_fails_the_checks_until_it_is_allowed(
    repository: Path,
) -> None:
    begun = run(["git", "rev-parse", "HEAD"], repository).strip()
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    command = ["git", *author, "commit", "--quiet", "--no-verify", "--message", "keys"]
    try:
        for content in (AWS, "aws_key = None\n"):
            (repository / "keys.py").write_text(content)
            run(["git", "add", "keys.py"], repository)
            run(command, repository)
        assert secrets(repository)[0] == 0  # no file has it
        status, said = secrets(repository, "history")
        assert status == 1
        assert re.search(
            r"the version \w{40} of keys\.py:1 looks like a secret .* commit \w+", said
        )
        version = run(["git", "rev-parse", "HEAD~1:keys.py"], repository).strip()
        (repository / ".secretsignore").write_text(f"{version} revoked on the day it was pushed\n")
        assert secrets(repository, "history") == (0, "")
    finally:
        (repository / ".secretsignore").unlink(missing_ok=True)
        run(["git", "reset", "--quiet", "--hard", begun], repository)


def secrets(project: Path, script: str = "secrets") -> tuple[int, str]:
    """Run a check for secrets from a shell without the environment, and without a network."""
    command = ["sh", f"scripts/checks/{script}.sh"]
    clean = {"PATH": "/usr/bin:/bin", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        command, cwd=project, env=clean, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr
