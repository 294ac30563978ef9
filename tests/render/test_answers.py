"""Every answer reaches the project, and a refused one leaves nothing behind."""

import subprocess
import sys
from itertools import combinations, product
from pathlib import Path

import pytest
from answers import ALONE, PAIRS, QUESTIONS, VALUES
from project import TEMPLATE, content, render, texts

FREE = {question for question, value in QUESTIONS.items() if isinstance(value, str)}

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
    {"dvc_remote": "../flight-delays"},
    {"project_slug": "polars", "package_name": "bears"},
    {"project_slug": "make", "package_name": "makes"},
]


def test_every_question_is_answered_in_more_than_one_way() -> None:
    asked = {question for question in QUESTIONS if not question.startswith("_")}
    assert {question for question, _ in ALONE} == asked


def test_the_rows_hold_every_pair() -> None:
    pairs = {pair for row in PAIRS for pair in combinations(row.items(), 2)}
    values = [[(question, value) for value in some] for question, some in VALUES.items()]
    wanted = {pair for one, other in combinations(values, 2) for pair in product(one, other)}
    assert pairs == wanted


@pytest.mark.parametrize(("question", "answer"), ALONE)
def test_each_answer_alone_changes_the_project(
    question: str, answer: str, default: Path, tmp_path: Path
) -> None:
    changed = content(render(tmp_path, **{question: answer}))
    if question == "project_slug":  # its folder differs: look at the content
        assert any(answer in text for text in texts(next(tmp_path.iterdir())).values())
    assert changed != content(default)


def test_the_same_answers_give_the_same_bytes(default: Path, tmp_path: Path) -> None:
    assert content(render(tmp_path)) == content(default)


def test_no_default_stays_where_answers_differ(project: Path, answers: dict[str, str]) -> None:
    given = " ".join(answers.values())
    defaults = [some[0] for question, some in VALUES.items() if question in FREE]
    gone = [text for text in [*defaults, "ds-template"] if answers and text not in given]
    left = {
        (name, default)
        for name, text in texts(project).items()
        for default in gone
        if default in text or default in name
    }
    assert left == set()


@pytest.mark.parametrize("refused", REFUSED, ids=str)
def test_a_refused_answer_leaves_nothing_behind(refused: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--no-input", "-o", str(output)]
    arguments = [f"{question}={answer}" for question, answer in refused.items()]
    run = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)
    assert run.returncode == 1
    assert list(tmp_path.rglob("*")) == [output]
