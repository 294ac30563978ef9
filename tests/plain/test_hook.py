"""The answers that the hook refuses or accepts, without rendering a project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from pre_gen_project import TAKEN, problems

TEMPLATE = Path(__file__).parents[2]
USUAL = {
    "project_name": "Flight Delays",
    "project_slug": "flight-delays",
    "package_name": "flight_delays",
    "description": "Predicts late flights.",
    "author_name": "Data Science Team",
    "author_email": "team@example.com",
    "dvc_remote": "../storage",
}
FINE = [
    ("project_name", "Prévisions d été"),
    ("project_name", "航班延误"),
    ("project_name", "x" * 60),
    ("project_slug", "a"),
    ("project_slug", "Flight.Delays_2"),
    ("package_name", "match"),
    ("package_name", "x" * 40),
    ("description", "Costs 5 % & more than $1: #1, «so», <b>it’s</b> said"),
    ("author_name", "O.K. & Co"),
    ("author_email", "first.last+tag@mail.example.co.uk"),
    ("dvc_remote", "/srv/storage"),
    ("dvc_remote", "../storage of the team"),
    ("dvc_remote", "../../flight-delays"),
    ("dvc_remote", "../flight-delays-storage"),
    ("dvc_remote", "s3://bucket/path"),
    ("dvc_remote", "gs://bucket"),
    ("dvc_remote", "azure://container/path"),
    ("dvc_remote", "ssh://user@host:22/path"),
]
REFUSED = [
    ("package_name", "", "begin with a letter"),
    ("package_name", "2fast", "begin with a letter"),
    ("package_name", "_hidden", "begin with a letter"),
    ("package_name", "flight-delays", "is not a package name"),
    ("package_name", "Flights", "is not a package name"),
    ("package_name", "größe", "is not a package name"),
    ("package_name", "flights\n", "is not a package name"),
    ("package_name", "x" * 41, "take 40 letters at most"),
    ("package_name", "class", "keyword"),
    ("package_name", "json", "standard library"),
    ("package_name", "polars", "would hide"),
    ("project_slug", "", "is not a distribution name"),
    ("project_slug", "-flights", "is not a distribution name"),
    ("project_slug", "flights.", "is not a distribution name"),
    ("project_slug", "flight delays", "is not a distribution name"),
    ("project_slug", "flights/delays", "is not a distribution name"),
    ("project_slug", "..", "is not a distribution name"),
    ("project_slug", "été", "is not a distribution name"),
    ("project_slug", "flights\n", "is not a distribution name"),
    ("project_slug", "make", "would hide a command"),
    ("project_slug", "Git", "would hide a command"),
    ("project_name", "", "is empty"),
    ("project_name", "   ", "is empty"),
    ("project_name", " Flights", "blank"),
    ("project_name", 'The "best"', "quotes"),
    ("description", "Don't be late", "apostrophe"),
    ("description", "`late`", "quotes"),
    ("description", "two\nlines", "line break"),
    ("description", "two\u2028lines", "line break"),
    ("description", "a\x00b", "control character"),
    ("description", "{{ cookiecutter }}", "braces"),
    ("author_name", "back\\slash", "backslashes"),
    ("author_email", "nobody", "is not an e-mail address"),
    ("author_email", "a b@example.com", "is not an e-mail address"),
    ("author_email", "a@b@example.com", "is not an e-mail address"),
    ("author_email", "a..b@example.com", "is not an e-mail address"),
    ("author_email", "team@localhost", "is not an e-mail address"),
    ("dvc_remote", "", "is empty"),
    ("dvc_remote", "ftp://host/path", "unknown scheme ftp"),
    ("dvc_remote", "S3://bucket", "unknown scheme S3"),
    ("dvc_remote", "C:/data", "unknown scheme C"),
    ("dvc_remote", "s3:bucket", "names no place"),
    ("dvc_remote", "s3://", "names no place"),
    ("dvc_remote", "user@host:/path", "ssh://user@host/path"),
    ("dvc_remote", "~/storage", "in full"),
    ("dvc_remote", "storage", "is inside the project"),
    ("dvc_remote", ".", "is inside the project"),
    ("dvc_remote", "../flight-delays/storage", "is inside the project"),
]


@pytest.mark.parametrize(("question", "answer"), FINE)
def test_an_unusual_answer_passes(question: str, answer: str) -> None:
    assert list(problems(USUAL | {question: answer})) == []


@pytest.mark.parametrize(("question", "answer", "reason"), REFUSED)
def test_an_unusable_answer_is_refused_in_one_sentence(
    question: str, answer: str, reason: str
) -> None:
    (sentence,) = problems(USUAL | {question: answer})
    assert sentence.startswith(question)
    assert reason in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "text",
    ['"""', "'''", '\\"""', "ends in \\", '"', "}}", "{% raw %}", "a\r\nb", "</script>", "é"],
)
def test_no_answer_breaks_out_of_the_hook(text: str) -> None:
    hook: dict[str, Any] = {"__name__": "hook"}
    exec(rendered_hook(USUAL | {"description": text}), hook)  # noqa: S102 - our own hook
    assert hook["answers"]()["description"] == text


def test_the_hook_says_every_problem_and_exits_1() -> None:
    answers = USUAL | {"package_name": "class", "author_email": "nobody"}
    run = subprocess.run(
        [sys.executable, "-c", rendered_hook(answers)], check=False, capture_output=True, text=True
    )
    assert run.returncode == 1
    problems, _, ending = run.stderr.partition("\n\n")
    assert [line.split()[:2] for line in problems.splitlines()] == [
        ["error:", "package_name"],
        ["error:", "author_email"],
    ]
    assert "Ignore the traceback below." in ending  # which is cookiecutter's


def test_a_package_cannot_hide_what_the_project_imports() -> None:
    text = (TEMPLATE / "{{cookiecutter.project_slug}}/pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["train"]
    names = {re.match(r"[\w-]+", need)[0] for need in needed}  # type: ignore[index]
    imported = {"scikit-learn": "sklearn", "xgboost-cpu": "xgboost"}
    imported["prometheus-client"] = "prometheus_client"
    imported["markdown-it-py"] = "markdown_it"
    assert {imported.get(name, name) for name in names} <= TAKEN


def rendered_hook(answers: dict[str, str]) -> str:
    """Render the hook as cookiecutter does."""
    source = (TEMPLATE / "hooks/pre_gen_project.py").read_text()
    return Environment().from_string(source).render(cookiecutter=answers)
