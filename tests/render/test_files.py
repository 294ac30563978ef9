"""What is rendered is whole: no brace left, every structured file parses, nothing is hidden."""

import configparser
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from project import SOURCE, TEMPLATE, content, texts
from ruamel.yaml import YAML

JINJA = re.compile(r"(?<!\$)\{\{|\{%|%\}|cookiecutter")
OWN_TEMPLATES = "docs/templates/"  # of the cards, rendered in the project's pipeline
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
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    ignored = subprocess.run(
        ["git", "check-ignore", *needed, *pointers],
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
    )
    assert pointers
    assert ignored.stdout.split() == []


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


def test_the_readme_names_only_what_is_there(project: Path) -> None:
    readme = (project / "README.md").read_text()
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", readme)
    assert {link for link in links if not (project / link).exists()} == set()


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
    """Tell YAML by its name; DVC's pointers are YAML as well."""
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
    """Tell a version that YAML read as a number."""
    return key in VERSIONS and isinstance(value, float)
