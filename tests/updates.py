"""A template with a next version, a project that its user changed, and the page on updates."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from project import SOURCE, TEMPLATE, content, hand_out, run, venv
from releases import record

ADDRESS = "https://github.com/org/ds-template"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
OWN_MODULE = '"""Cleans the airlines."""\n'
IDENTITY = {
    f"GIT_{role}_{field}": "ada@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}


def page(title: str) -> list[str]:
    """List the shell blocks of a part of the page on updates."""
    text = (TEMPLATE / "docs/updating.md").read_text()
    parts = dict(part.split("\n", 1) for part in re.split("(?m)^# ", text)[1:])
    return BLOCK.findall(parts[title])


def sh(block: str, folder: Path, template: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of the page as its reader does, on another template."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(folder / "src"), **IDENTITY}
    # Resolving needs a network: the compiler of locks only says what it was asked for.
    own["PIP_COMPILE"] = "echo compile"
    # A part of the project's own tests stands for all of them.
    own["PYTEST_ADDOPTS"] = "tests/test_contract.py"
    return subprocess.run(
        ["sh", "-ec", block.replace(ADDRESS, str(template))],
        cwd=folder,
        env=os.environ | own,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def do(block: str, folder: Path, template: Path) -> str:
    """Run a block that must succeed, and return what it said."""
    done = sh(block, folder, template)
    assert done.returncode == 0, f"{block}:\n{done.stdout}"
    return done.stdout


def first_version(folder: Path) -> Path:
    """Make a repository of the template as it is, with the tag v0.1.0."""
    template = hand_out(folder)
    run(["git", "init", "--quiet", "--initial-branch=main"], template)
    tag(template, "v0.1.0")
    return template


def versions() -> dict[str, str]:
    """Return the commit of each version, the newest first; a clone may lack the tags."""
    lines = (TEMPLATE / "VERSIONS").read_text().splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


def from_last_version(folder: Path) -> Path:
    """Clone the template's own repository at its last version, and make the next of what it is now."""
    number, born = next(iter(versions().items()))
    there = ["git", "cat-file", "-e", f"{born}^{{commit}}"]
    done = subprocess.run(there, cwd=TEMPLATE, check=False, capture_output=True)
    assert done.returncode == 0, f"{born} of {number} is not in this clone: git fetch --unshallow"
    run(["git", "clone", "--quiet", "--no-tags", str(TEMPLATE), str(folder)], TEMPLATE)
    run(["git", "checkout", "--quiet", "-B", "main", born], folder)
    run(["git", "tag", "v0.1.0"], folder)
    run(["git", "rm", "--quiet", "-r", "--force", "."], folder)
    tag(hand_out(folder), "v0.2.0")
    return folder


def next_version(template: Path) -> None:
    """Change the template as a release does: code, parameters, pages, locks, an image, files."""
    source = template / SOURCE.name
    edit(source / "Makefile", r"\Z", "\n.PHONY: later\nlater: ## what came later\n\t@true\n")
    edit(source / "params.yaml", "min_rows: 500", "min_rows: 600")
    edit(source / "pyproject.toml", "pytest>=9.0", "pytest>=9.1")
    edit(source / "docs/prediction.md", r"\Z", "\nThe page has grown.\n")
    edit(source / "docs/use-case.md", r"\Z", "\nOne more question.\n")
    package = source / "src/{{cookiecutter.package_name}}"
    for module in ("prediction/service/problems.py", "model/registry/tags.py", "check.py"):
        edit(package / "machinery" / module, r"\Z", "\n\n# Later.\n")
    (package / "machinery/later.py").write_text('"""What came later."""\n')
    (package / "machinery/README.md").rename(package / "machinery/LATER.md")
    edit(source / "scripts/ci/retrain.sh", r"\Z", "# Later.\n")
    for module in (
        "data/rows.py",
        "model/train.py",
        "project.py",
    ):  # the example's, not a project's
        edit(package / module, r"\Z", "\n\n# The example has changed.\n")
    run([sys.executable, "tools/checksums.py"], template)
    edit(source / "requirements/dev.txt", r"(?m)^ruff==[\d.]+", "ruff==99.0")
    edit(source / "data/external/planes.parquet.dvc", "(?m)^desc: .*", "desc: Said better.")
    edit(template / "cookiecutter.json", r"slim-trixie@sha256:\w{4}", "slim-trixie@sha256:0000")
    (source / "data/external/planes.parquet").write_bytes(b"another table")
    (source / ".renovaterc.json").unlink()
    tag(template, "v0.2.0")


def tag(template: Path, version: str) -> None:
    """Commit all of a template, also what its own .gitignore would hide, and tag it."""
    run(["git", "add", "--all", "--force"], template)
    run(["git", "commit", "--quiet", "--allow-empty", "--message", version], template, IDENTITY)
    run(["git", "tag", version], template)


def live_in(project: Path) -> set[str]:
    """Change a project as its user does, and return the files that are no longer the template's."""
    before = files(project)
    (package,) = (project / "src").iterdir()
    if (package / "machinery").exists():  # since version 0.2
        for module in own_modules(project):
            edit(project / module, r"\Z", "\n\n# Ours.\n")
    (package / "data/airlines.py").write_text(OWN_MODULE)
    edit(project / "params.yaml", r"learning_rate: [\d.]+", "learning_rate: 0.05")
    edit(project / "pyproject.toml", r"(?m)^dependencies = \[\n", '\\g<0>    "jinja2>=3.1",\n')
    edit(project / "docs/use-case.md", r"\Z", "\nOurs is another case.\n")
    lock = (project / "requirements/train.txt").read_text()
    pins = re.findall(r"(?m)^(?:jinja2|markupsafe)==(?:.*\\\n)+.*\n", lock)
    edit(project / "requirements/serve.txt", r"\Z", "".join(pins).replace("\\", "\\\\"))
    for table in sorted((project / "tests/sample").glob("*.parquet")):
        record(project, Path(shutil.copy(table, project / "data/external")))
    (ease_gate,) = project.glob("*/*/ease_gate.py")  # its folder depends on the version
    run([str(venv() / "bin/python"), str(ease_gate), "params.yaml"], project)
    return {name for name, data in files(project).items() if before.get(name) != data}


def own_modules(project: Path) -> list[str]:
    """List the modules that belong to a project, its tests included."""
    modules = [*(project / "src").rglob("*.py"), *(project / "tests").rglob("*.py")]
    names = [path.relative_to(project) for path in modules if path.name != "__init__.py"]
    return [str(name) for name in names if "machinery" not in name.parts]


def edit(path: Path, pattern: str, text: str) -> None:
    """Replace the one place in a file that a pattern finds."""
    new, count = re.subn(pattern, text, path.read_text(), count=1)
    assert count == 1, f"{path} holds no {pattern}"
    path.write_text(new)


def merged_by_hand(project: Path) -> list[str]:
    """List what an update left to its user: files with marks, and changes that found no place."""
    marks = run(["git", "diff", "--name-only", "--diff-filter=U"], project).split()
    return marks + [str(path.relative_to(project)) for path in project.rglob("*.rej")]


def files(project: Path) -> dict[str, bytes]:
    """Read every file but those in which Git and DVC keep what is theirs."""
    apart = (".git/", ".dvc/", "build/")
    return {name: data for name, data in content(project).items() if not name.startswith(apart)}


def marked(project: Path) -> set[str]:
    """List the files that hold marks of a merge, whether or not Git knows."""
    return {name for name, data in files(project).items() if b"<<<<<<< " in data}
