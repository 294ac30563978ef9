"""The workflows' calls to GitHub, GitLab and a registry, recorded by fake programs and servers."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from failures import sh
from project import render, run, venv
from releases import commit
from ruamel.yaml import YAML

WHO = {f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
DIGEST = f"sha256:{'0' * 64}"
# A docker that needs no registry, and a make that builds nothing: each records its arguments.
DOCKER = f'echo "$@" >> "$TOLD"; case $1 in push) echo "v1: digest: {DIGEST} size: 1";; esac'
MAKE = 'echo "make $@" >> "$TOLD"; echo flight-delays:0.1.0'
# A Git server's handling of push options.
HOOK = "#!/bin/sh\nenv | sed -n 's/^GIT_PUSH_OPTION_[0-9]*=//p' > options\n"


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    """Copy the repository with two releases, its origin and its remote; add a commit."""
    copy = Path(shutil.copytree(released.parent, tmp_path / "all", symlinks=True)) / released.name
    (copy / "CHANGELOG.md").write_text("One more.\n")
    commit(copy)
    return copy


def blocks(path: Path, job: str) -> list[str]:
    """Return the commands of a job of a provider's file."""
    jobs: dict[str, Any] = YAML(typ="safe").load(path)
    found = jobs.get("jobs", jobs)[job]
    return found.get("script") or [step["run"] for step in found["steps"] if "run" in step]


@pytest.fixture(scope="module")
def github(released: Path) -> Path:
    """Return the workflow that releases."""
    return released / ".github/workflows/release.yml"


@pytest.fixture(scope="module")
def gitlab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a project that was made for GitLab."""
    return render(tmp_path_factory.mktemp("gitlab"), ci_provider="gitlab") / ".gitlab-ci.yml"


def run_block(block: str, project: Path, **variables: str) -> str:
    """Run a block as a runner does and return its output."""
    done = sh(block, project, WHO | {"VENV": str(venv())} | variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_workflow_of_github_releases_promotes_and_rolls_back(copy: Path, github: Path) -> None:
    (block,) = blocks(github, "registry")
    version = {"VERSION": "v1.2.0", "STAGE": "champion"}
    for action in ("release", "promote", "rollback"):
        run_block(block, copy, ACTION=action, **version)
    tags = run(["git", "ls-remote", "--tags", "origin"], copy)
    assert "refs/tags/model@v1.2.0" in tags
    made = run(["git", "rev-list", "-1", "model#champion#4"], copy)
    assert made == run(["git", "rev-parse", "HEAD"], copy)
    assert "refs/tags/model#champion#5" in tags  # v1.0.0 again


def test_the_job_of_gitlab_promotes_at_its_own_address(copy: Path, gitlab: Path) -> None:
    address = (
        "https://oauth2:secret@gitlab.example.com/team/flights.git"  # pragma: allowlist secret
    )
    there = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.parent / 'origin.git'}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
    }
    where = {"WRITE_TOKEN": "secret", "CI_SERVER_HOST": "gitlab.example.com"}
    what = {"CI_PROJECT_PATH": "team/flights", "ACTION": "promote", "VERSION": "v1.1.0"}
    script = "\n".join(blocks(gitlab, ".registry"))
    run_block(script, copy, CI_ENVIRONMENT_NAME="challenger", **there, **where, **what)
    tags = run(["git", "ls-remote", "--tags", str(copy.parent / "origin.git")], copy)
    assert "refs/tags/model#challenger#1" in tags


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """Put fakes of docker and make on the path; the variable TOLD names their record."""
    for name, script in (("docker", DOCKER), ("own-make", MAKE)):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path / 'programs'}:{venv()}/bin:{os.environ['PATH']}"
    return {"PATH": path, "TOLD": str(tmp_path / "told"), "MAKE": "own-make"}


def test_a_release_is_pushed_and_its_digest_is_said(copy: Path, told: dict[str, str]) -> None:
    push = {"VERSION": "v1.1.0", "PUSH": "ghcr.io/team/flights", "SUMMARY": "build/summary.md"}
    shutil.rmtree(copy / "models")
    # Tests of their own run these three; here a fake of docker answers.
    (copy / "scripts/docker/serve.sh").write_text("echo flight-delays:0.1.0\n")
    for script in ("docker/sbom.sh", "checks/audit.sh"):
        (copy / "scripts" / script).write_text("exit 0\n")
    run_block("sh scripts/ci/image.sh", copy, **told, **push)
    assert (copy / "models/v1.1.0/manifest.json").exists()
    assert Path(told["TOLD"]).read_text().splitlines()[-2:] == [
        "tag flight-delays:0.1.0 ghcr.io/team/flights:v1.1.0",
        "push ghcr.io/team/flights:v1.1.0",
    ]
    assert (copy / "build/summary.md").read_text() == f"Deploy ghcr.io/team/flights@{DIGEST}\n"


def test_both_providers_log_in_before_they_push(
    copy: Path, told: dict[str, str], github: Path, gitlab: Path
) -> None:
    run_block(blocks(github, "image")[0], copy, GITHUB_ACTOR="ada", TOKEN="secret", **told)
    registry = {"CI_REGISTRY": "registry.example.com", "CI_REGISTRY_USER": "ada"}
    run_block(blocks(gitlab, "push-image")[0], copy, CI_REGISTRY_PASSWORD="", **registry, **told)
    assert Path(told["TOLD"]).read_text().splitlines() == [
        "login ghcr.io --username ada --password-stdin",
        "login registry.example.com --username ada --password-stdin",
    ]


def test_a_retraining_on_gitlab_ends_in_a_merge_request(copy: Path, gitlab: Path) -> None:
    params = copy / "params.yaml"
    params.write_text(re.sub("learning_rate: .*", "learning_rate: 0.1", params.read_text()))
    commit(copy)  # as if data were new
    origin = copy.parent / "origin.git"
    run(["git", "config", "receive.advertisePushOptions", "true"], origin)
    (origin / "hooks/post-receive").write_text(HOOK)
    (origin / "hooks/post-receive").chmod(0o755)
    (block,) = blocks(gitlab, "retrain")
    run_block(block, copy, PUSH_URL=str(origin))
    said = (origin / "options").read_text().splitlines()
    assert said[0] == "merge_request.create"
    assert said[1].startswith("merge_request.title=Retrain on the data of ")
    assert "retrain/" in run(["git", "branch"], origin)


def test_a_retraining_on_gitlab_that_is_refused_ends_in_an_issue(copy: Path, gitlab: Path) -> None:
    pointer = copy / "data/external/planes.parquet.dvc"
    text = re.sub("refresh: .*", "refresh: daily", pointer.read_text())
    pointer.write_text(re.sub("obtained: .*", "obtained: '2026-01-31'", text))
    commit(copy)
    (block,) = blocks(gitlab, "retrain")
    with api() as (address, requests):
        where = {"CI_API_V4_URL": address, "CI_PROJECT_ID": "7", "WRITE_TOKEN": "secret"}
        done = sh(block, copy, WHO | {"VENV": str(venv())} | where)
    assert done.returncode != 0
    ((path, token, form),) = requests
    assert (path, token) == ("/projects/7/issues", "secret")
    assert form["title"][0].endswith(" was refused")
    assert "overdue since 2026-02-01" in form["description"][0]


@contextmanager
def api() -> Iterator[tuple[str, list[tuple[str, str | None, dict[str, list[str]]]]]]:
    """Answer on loopback as GitLab's API does, and list path, token and form of each request."""
    requests: list[tuple[str, str | None, dict[str, list[str]]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            requests.append((self.path, self.headers["PRIVATE-TOKEN"], parse_qs(body)))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    server.server_close()
