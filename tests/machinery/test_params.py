from pathlib import Path

import pytest

from machinery import params
from machinery.errors import InputError

SHIPPED = Path(__file__).parents[1] / "params.yaml"


def load(folder, old, new):
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (folder / "params.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return params.load(folder / "params.yaml")


def test_the_shipped_parameters_are_valid():
    assert params.load(SHIPPED).train.rounds > 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("learning_rate:", "learning_rat:", "train.learning_rat is no parameter"),
        ("learning_rate:", "learning_rat:", "train.learning_rate is missing"),
        ("  seed: ", "  seed: many # ", "train.seed is 'many'"),
        ("  rounds: ", "  rounds: -", "train.rounds is -"),
        ("  by: ", "  by: luck # ", "split"),
        ("evaluate:", "evaluat:", "evaluat is no parameter"),
        ("train:", "train: [", "is not valid YAML: line"),
        ("  seed: ", "  seed: -", "train.seed is -"),
        ("learning_rate: ", "learning_rate: .nan # ", "train.learning_rate is nan"),
        ("evaluate:", "train:", "is not valid YAML: line"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name_in_one_line(old, new, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence) as error:
        load(tmp_path, old, new)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"- 1", b"seven"])
def test_a_file_without_sections_lacks_them_all(content, tmp_path):
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"external is missing: add it; .*train is missing"):
        params.load(tmp_path / "params.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_bytes("train: é".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        params.load(tmp_path / "params.yaml")


def test_without_the_file_the_place_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        params.load(tmp_path / "params.yaml")


def test_data_without_time_is_split_by_a_hash(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    start, end = text.index("split:"), text.index("train:")
    section = "split: {by: hash, column: key, validation_share: 0.2, test_share: 0.2}\n\n"
    (tmp_path / "params.yaml").write_text(text[:start] + section + text[end:], encoding="utf-8")
    assert params.load(tmp_path / "params.yaml").split.by == "hash"
