"""Every answer reaches the project, and a refused one leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project import TEMPLATE, content, render, texts

QUESTIONS = json.loads((TEMPLATE / "cookiecutter.json").read_text())
OTHER_ANSWERS = {
    "project_name": "Train Delays",
    "project_slug": "train-delays",
    "package_name": "train_delays",
    "description": "Predicts late trains.",
    "author_name": "Ada Lovelace",
    "author_email": "ada@example.org",
    "dvc_remote": "s3://bucket/trains",
}
OTHER_CHOICES = [
    (question, choice)
    for question, choices in QUESTIONS.items()
    if isinstance(choices, list) and not question.startswith("_")
    for choice in choices[1:]
]
REFUSED = [
    {"project_slug": "flights/delays"},
    {"project_slug": "../delays"},
    {"project_slug": ".."},
    {"package_name": "class"},
    {"description": "two\nlines"},
    {"license": "GPL-3.0"},
    {"python_version": "3.9"},
    {"ci_provider": "jenkins"},
    {"dvc_remote": ""},
]


def test_the_other_answers_cover_every_question() -> None:
    asked = {question for question in QUESTIONS if not question.startswith("_")}
    assert asked == set(OTHER_ANSWERS) | {question for question, _ in OTHER_CHOICES}


@pytest.mark.parametrize(("question", "answer"), [*OTHER_ANSWERS.items(), *OTHER_CHOICES])
def test_each_answer_alone_changes_the_project(
    question: str, answer: str, default: Path, tmp_path: Path
) -> None:
    changed = content(render(tmp_path, **{question: answer}))
    if question == "project_slug":  # its folder differs: look at the content
        assert any(answer in text for text in texts(next(tmp_path.iterdir())).values())
    assert changed != content(default)


def test_the_same_answers_give_the_same_bytes(default: Path, tmp_path: Path) -> None:
    assert content(render(tmp_path)) == content(default)


def test_the_defaults_do_not_stay_where_answers_differ(odd: Path) -> None:
    defaults = ["Flight Delays", "flight-delays", "flight_delays", "ds-template"]
    defaults += [QUESTIONS[name] for name in ("description", "author_name", "author_email")]
    left = {
        (name, default)
        for name, text in texts(odd).items()
        for default in defaults
        if default in text or default in name
    }
    assert left == set()


@pytest.mark.parametrize("answers", REFUSED, ids=str)
def test_a_refused_answer_leaves_nothing_behind(answers: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--no-input", "-o", str(output)]
    arguments = [f"{question}={answer}" for question, answer in answers.items()]
    run = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)
    assert run.returncode == 1
    assert list(tmp_path.rglob("*")) == [output]
