"""Packages need an allowed license, and shipped packages cannot be exceptions."""

import runpy
import sys
from pathlib import Path

import pytest
from project import SOURCE, TEMPLATE, run

PATH = SOURCE / "scripts/checks/licenses.py"
SCRIPT = runpy.run_path(str(PATH))
RULES = {"allowed": ["MIT", "BSD License"], "exceptions": {"tool": "run, not shipped"}}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("MIT", True),
        ("BSD License", True),
        ("BSD License AND MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR MIT)", True),
        ("GPL-3.0-only", False),
        ("Of My Own", False),
        ("nothing", False),
    ],
)
def test_an_expression_is_allowed_by_one_side_of_or_and_both_of_and(
    statement: str, allowed: bool
) -> None:
    assert SCRIPT["fits"](statement, set(RULES["allowed"])) is allowed


def test_a_package_under_another_license_is_named_with_what_to_do() -> None:
    (fault,) = SCRIPT["faults"]({"fine": "MIT", "new": "GPL-3.0"}, RULES, set())
    assert fault.startswith(
        "new is under 'GPL-3.0', which pyproject.toml does not allow: do without"
    )


def test_an_exception_holds_for_a_tool_and_not_for_what_is_shipped() -> None:
    assert SCRIPT["faults"]({"tool": "GPL-3.0"}, RULES, set()) == []
    (fault,) = SCRIPT["faults"]({"tool": "GPL-3.0"}, RULES, {"tool"})
    assert fault.startswith("tool is in requirements/serve.txt, so it is shipped")


def test_the_tools_of_the_template_have_licenses_that_are_allowed(tmp_path: Path) -> None:
    run([sys.executable, str(PATH), str(tmp_path / "licenses.md")], TEMPLATE)
    assert "| cookiecutter |" in (tmp_path / "licenses.md").read_text()
