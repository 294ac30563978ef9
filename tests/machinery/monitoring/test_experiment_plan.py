"""`experiment plan` says how many units and days an experiment needs."""

import pytest
from click.testing import CliRunner

from machinery import cli
from tiny.project import PROJECT


def plan(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.commands, ["experiment", "plan", *arguments], obj=PROJECT)
    return result.exit_code, result.output


def test_it_says_units_and_days_for_any_number_of_looks_and_for_one() -> None:
    code, said = plan("--matters", "0.02", "--rate", "0.25", "--share", "0.1", "--per-day", "1000")
    assert code == 0
    any_looks, once = said.splitlines()[1:]
    # 0.25 * 0.75 * (1 / 0.1 + 1 / 0.9) * 7.849 / 0.02**2
    assert "40,88" in once
    assert "41 days" in once
    assert "78,28" in any_looks
    assert "79 days" in any_looks


def test_a_control_that_is_smaller_than_the_rest_makes_the_days_longer() -> None:
    given = ("--matters", "0.1", "--deviation", "1", "--per-day", "100", "--share", "0.05")
    assert "days, if you look once" in plan(*given, "--control", "0.05")[1]
    assert plan(*given, "--control", "0.05")[1] != plan(*given)[1]


@pytest.mark.parametrize(
    "given", [(), ("--rate", "0.2", "--deviation", "1")], ids=["neither", "both"]
)
def test_it_takes_a_rate_or_a_deviation(given: tuple[str, ...]) -> None:
    code, said = plan("--matters", "0.1", *given)
    assert code == 1
    assert "one of them" in said
