"""A parameter that does not exist is refused in our words, before DVC runs anything."""

from pathlib import Path

import pytest

from machinery import overrides
from tiny.command import invoke

KNOWN = {"task": "binary", "train": {"rounds": 20, "seed": 1}, "costs": {0: {1: 1.0}}}


@pytest.mark.parametrize(
    "fine",
    [
        "train.rounds=900",
        "task=regression",
        "+train.depth=3",
        "~costs",
        "costs.0.1=2",
        "a.yaml:b=1",
    ],
)
def test_a_known_parameter_passes(fine: str) -> None:
    assert overrides.fault(fine, KNOWN) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("train.round=900", "params.yaml has no train.round: did you mean train.rounds?"),
        ("train.xyz=1", "params.yaml has no train.xyz: it has train.rounds, train.seed"),
        ("bogus=1", "params.yaml has no bogus: it has task, train, costs"),
        ("task.kind=1", "params.yaml has no task.kind: it has "),
        ("train.rounds 9", "-S 'train.rounds 9' sets nothing: write it as -S train.rounds=900"),
    ],
)
def test_another_one_is_named_with_those_that_exist(wrong: str, said: str) -> None:
    assert str(overrides.fault(wrong, KNOWN)).startswith(said)


@pytest.mark.parametrize(
    "arguments",
    [["-S", "a.b=1"], ["--queue", "-Sa.b=1"], ["--set-param=a.b=1"], ["--set-param", "a.b=1"]],
)
def test_every_way_to_set_one_is_understood(arguments: list[str]) -> None:
    assert list(overrides.given(arguments)) == ["a.b=1"]


def test_the_command_refuses_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("train: {rounds: 1}\n")
    assert invoke("overrides", "--queue", "-S", "train.rounds=2").exit_code == 0
    result = invoke("overrides", "-S", "train.rond=2", "--name", "x")
    assert result.stderr == "Error: params.yaml has no train.rond: did you mean train.rounds?\n"
