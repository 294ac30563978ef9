"""What is rendered is whole: no brace left, every structured file parses, nothing is hidden."""

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from project import SOURCE, TEMPLATE, content, run, texts
from ruamel.yaml import YAML

# `{{ $labels` is Prometheus's.
JINJA = re.compile(r"(?<!\$)\{\{(?! \$)|\{%|%\}|cookiecutter")
OWN_TEMPLATES = "docs/templates/"  # of the cards, rendered in the project's pipeline
# Sources and tests name the files that they write, a card's template the files next to the card,
# and these what `make strip-example` leaves, which another test follows.
OWN_PATHS = (
    ".py",
    ".j2",
    ".ipynb",
    ".txt",
    "own-data.md",
    "strip/params.yaml",
    "strip/stage.yaml",
    "CHECKSUMS",
)
VERSIONS = {"python", "python-version", "rev", "version"}


def test_no_jinja_is_left(project: Path) -> None:
    files = {name: name + "\n" + text for name, text in texts(project).items()}
    left = {name for name, text in files.items() if JINJA.search(text)}
    assert {name for name in left if not name.startswith(OWN_TEMPLATES)} == set()


def test_the_project_gets_its_own_templates_as_they_lie(project: Path) -> None:
    own = {name: data for name, data in content(SOURCE).items() if name.startswith(OWN_TEMPLATES)}
    assert own
    assert own.items() <= content(project).items()


def test_no_file_is_empty(project: Path) -> None:
    empty = {name for name, data in content(project).items() if not data.strip()}
    assert {name for name in empty if not name.endswith("py.typed")} == set()


def test_every_structured_file_parses(project: Path) -> None:
    for name, text in texts(project).items():
        parse(name, text)


def test_versions_are_text(project: Path) -> None:
    for name, text in texts(project).items():
        if is_yaml(name):
            wrong = [key for key, value in pairs(parse(name, text)) if is_number(key, value)]
            assert wrong == [], name


def test_python_compiles(project: Path) -> None:
    for name, text in texts(project).items():
        if name.endswith(".py"):
            compile(text, name, "exec")


def test_the_longest_names_pass_the_lint_and_the_formatter(odd: Path) -> None:
    ruff = str(Path(sys.executable).with_name("ruff"))
    run([ruff, "check", "--no-cache", "."], odd)
    run([ruff, "format", "--no-cache", "--check", "."], odd)


def test_src_holds_no_jinja() -> None:
    files = texts(SOURCE / "src")
    assert {name for name, text in files.items() if JINJA.search(text)} == set()


def test_toml_and_yaml_are_valid_before_rendering() -> None:
    for conditional, text in texts(SOURCE).items():
        name = re.sub(r"\{%.*?%\}", "", conditional)
        if is_yaml(name) or name.endswith(".toml"):
            parse(name, text)


def test_git_tracks_what_dvc_needs(project: Path) -> None:
    needed = ["dvc.yaml", "dvc.lock", "params.yaml", ".dvc/config"]
    pointers = [name for name in content(project) if name.endswith(".dvc")]
    assert pointers
    assert ignored(project, {*needed, *pointers}) == set()


def test_git_tracks_every_file_of_the_template() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", SOURCE.name],
        cwd=TEMPLATE,
        check=True,
        capture_output=True,
        text=True,
    )
    tracked = {name.removeprefix(SOURCE.name + "/") for name in listed.stdout.split("\0") if name}
    assert set(content(SOURCE)) == tracked


def test_every_link_of_a_page_leads_somewhere(project: Path) -> None:
    there = outputs(project)
    for name, text in texts(project).items():
        if name.endswith(".md"):
            page = project / name
            links = re.findall(r"\]\((?!https?:|#|mailto:|\{)([^)#\s]+)", text)
            targets = {os.path.relpath(page.parent / link, project) for link in links}
            assert {path for path in targets - there if not (project / path).exists()} == set(), (
                name
            )


def test_every_path_that_a_file_mentions_is_there_or_made(project: Path) -> None:
    there = outputs(project) | {"notebooks/explorations"}  # `notebook import` makes the folder
    for name, text in texts(project).items():
        if not name.endswith(OWN_PATHS):
            paths = {path.rstrip("./") for path in mentioned(project).findall(text)}
            missing = {path for path in paths if not is_there(project, path)} - there
            assert missing - ignored(project, missing) == set(), name


def test_every_make_target_that_a_page_names_exists(project: Path) -> None:
    files = [project / "Makefile", *(project / "scripts/make").iterdir()]
    text = "\n".join(path.read_text() for path in files)
    defined = set(re.findall(r"(?m)^([a-z][a-z-]*):", text))
    for name, text in texts(project).items():
        if name.endswith((".md", ".yml", ".json")):
            lines = re.findall(
                r"(?:`|^|run: |- )make ((?:[a-z][a-z-]* ?)+)(?=[`A-Z\n]|  )", text, re.MULTILINE
            )
            named = {target for line in lines for target in line.split()}
            assert named - defined == set(), name


def mentioned(project: Path) -> re.Pattern[str]:
    """Find paths that begin with a folder of the project, except those with a variable."""
    folders = "|".join(re.escape(path.name) for path in project.iterdir() if path.is_dir())
    return re.compile(
        rf"(?<![\w/.:$}}*{{<-])(?:\./)?((?:{folders})(?:/[\w.*%-]+)+)(?![\w.*%/-]*[${{])"
    )


def is_there(project: Path, path: str) -> bool:
    """Return whether a path, or one that fits its pattern, is in the project or in its package."""
    pattern = path.replace("%", "*").replace("NAME", "*")
    return any(any(root.glob(pattern)) for root in (project, *(project / "src").iterdir()))


def ignored(project: Path, paths: set[str]) -> set[str]:
    """Return those of some paths that Git ignores, as files or as folders."""
    if not paths:
        return set()
    apart = {"GIT_DIR": str(project.parent / "git"), "GIT_WORK_TREE": str(project)}
    run(["git", "init", "--quiet"], project, apart)
    both = [name for path in paths for name in (path, f"{path}/")]
    command = ["git", "check-ignore", *both]
    done = subprocess.run(
        command, cwd=project, env=os.environ | apart, check=False, capture_output=True, text=True
    )
    return {line.rstrip("/") for line in done.stdout.splitlines()}


def outputs(project: Path) -> set[str]:
    """List the files that the pipeline writes and Git tracks."""
    stages = YAML(typ="safe").load((project / "dvc.yaml").read_text())["stages"].values()
    lists = [stage.get(kind, []) for stage in stages for kind in ("outs", "metrics", "plots")]
    return {
        path for some in lists for out in some for path in (out if isinstance(out, dict) else [out])
    }


def parse(name: str, text: str) -> Any:
    """Parse a structured file; a file of another kind gives None."""
    if name.endswith(".toml"):
        return tomllib.loads(text)
    if name.endswith((".json", ".ipynb")):
        return json.loads(text)
    if name == ".dvc/config":
        return configparser.ConfigParser(interpolation=None).read_string(text)
    return YAML(typ="safe").load(text) if is_yaml(name) else None


def is_yaml(name: str) -> bool:
    """Return whether a name is that of YAML; DVC's pointers are YAML as well."""
    return name.endswith((".yaml", ".yml", ".dvc", ".cff"))


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Walk through every key and value, however deep."""
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict):
        yield from value.items()
    if isinstance(value, dict | list):
        for child in children:
            yield from pairs(child)


def is_number(key: str, value: Any) -> bool:
    """Return whether YAML read a version as a number."""
    return key in VERSIONS and isinstance(value, float)
