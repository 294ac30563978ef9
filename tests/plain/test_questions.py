"""The list of questions is complete and refuses what it does not offer."""

import json
from pathlib import Path

import pytest
from cookiecutter.generate import generate_context

QUESTIONS_FILE = Path(__file__).parents[2] / "cookiecutter.json"
QUESTIONS = json.loads(QUESTIONS_FILE.read_text())
ASKED = {name for name in QUESTIONS if not name.startswith("_")}
CHOICES = [name for name in ASKED if isinstance(QUESTIONS[name], list)]


def test_every_question_has_its_words() -> None:
    assert set(QUESTIONS["__prompts__"]) == ASKED


def test_versions_are_text() -> None:
    assert all(isinstance(version, str) for version in QUESTIONS["python_version"])


@pytest.mark.parametrize("question", sorted(CHOICES))
def test_a_value_that_is_not_offered_is_refused(question: str) -> None:
    with pytest.raises(ValueError, match="the choices are"):
        generate_context(str(QUESTIONS_FILE), extra_context={question: "something else"})
