from pathlib import Path
from typing import Literal

import pytest

from machinery import params
from machinery.errors import InputError
from machinery.settings import validate
from tiny.model.train import Train
from tiny.params import Params

SHIPPED = Path(__file__).parent / "tiny/params.yaml"


def load(folder, old, new):
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (folder / "params.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    settings = params.load(Params, folder / "params.yaml")
    validate(Train, settings.train, "train")  # as the stage does
    return settings


def test_the_tiny_projects_parameters_are_valid():
    assert validate(Train, params.load(Params, SHIPPED).train, "train").rounds > 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("max_weight:", "max_wait:", "rows.max_wait is not a parameter: correct its name"),
        ("max_weight:", "max_wait:", "rows.max_weight is missing: add it"),
        ("  seed: ", "  seed: many # ", "train.seed is 'many'"),
        ("  min_rows: ", "  min_rows: -", "evaluate.min_rows is -"),
        ("evaluate:", "evaluat:", "evaluat is not a parameter"),
        ("train:", "train: [", ": correct it"),
        ("max_weight: ", "max_weight: .nan # ", "rows.max_weight is nan"),
        ("evaluate:", "train:", "is not valid YAML: line"),
        ("max_bad_share: ", "max_bad_share: 1.5 # ", "quarantine.max_bad_share is 1.5"),
        ("max_bad_share: ", "parcels: many\n  max_bad_share: ", "quarantine.parcels is 'many'"),
        ("  test:", "  tset:", "split.tset is not a parameter"),
        ("  test:", "  tset:", "split.test is missing: add it"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name_in_one_line(old, new, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence) as error:
        load(tmp_path, old, new)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("rows:", "examples:", "examples is now rows: move it there"),
        (
            "task:",
            "parcels: {max_bad_share: 0.1}\ntask:",
            (
                "parcels.max_bad_share is now quarantine.max_bad_share, or quarantine.parcels for that"
                " table alone: move it there"
            ),
        ),
        ("  rounds:", "  problem: binary\n  rounds:", "train.problem is now task: move it there"),
        ("  rounds:", "  threshold: 0.5\n  rounds:", "train.threshold is now threshold: move it"),
        ("  test:", "  sealed_from:", "split.sealed_from is now split.test: move it"),
        ("  test:", "  test_from:", "split.test_from is now split.test: move it"),
        ("  test:", "  test_share:", "split.test_share is now split.test: move it"),
        ("  validation:", "  validation_from:", "validation_from is now split.validation: move"),
        ("  test:", "  by: time\n  test:", "split.by is gone: remove it; times split by time"),
        ("  test:", "  column: x\n  test:", "split.column is gone: remove it; the time is that of"),
    ],
)
def test_an_old_name_is_refused_with_the_new_one(old, new, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence):
        load(tmp_path, old, new)


class Chosen(params.Section):
    model: Literal["additive", "boosted"]


class WithModel(params.Params):
    train: Chosen


def test_a_value_of_version_0_1_is_refused_with_the_new_one(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    start, end = text.index("train:"), text.index("evaluate:")
    for model, fault in (("linear", "linear is now additive: write"), ("tree", "'tree'")):
        section = f"train: {{model: {model}}}\n"
        (tmp_path / "params.yaml").write_text(text[:start] + section + text[end:])
        with pytest.raises(InputError, match=rf"train\.model(:| is) {fault}"):
            params.load(WithModel, tmp_path / "params.yaml")


def of_split(folder, section):
    """Return the split of the tiny project's parameters with this `section`."""
    text = SHIPPED.read_text(encoding="utf-8")
    start, end = text.index("split:"), text.index("train:")
    (folder / "params.yaml").write_text(f"{text[:start]}split: {section}\n{text[end:]}")
    return params.load(Params, folder / "params.yaml").split


@pytest.mark.parametrize(
    ("section", "by_share", "unit"),
    [
        ("{validation: 2 months, test: 1 year}", False, "day"),
        ("{validation: 10 days, test: 1 week, group: shop}", False, "shop"),
        ("{validation: 0.2, test: 0.25, group: key}", True, "key"),
    ],
)
def test_a_split_is_by_time_by_group_or_by_both(section, by_share, unit, tmp_path):
    found = of_split(tmp_path, section)
    assert (found.by_share, found.unit) == (by_share, unit)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("{validation: 1 month, test: soon}", "split.test is 'soon': give a time such as 3 months"),
        ("{validation: 1 month, test: 0 days}", "split.test is '0 days': give a time"),
        ("{validation: 1 month, test: 3}", "split.test is 3: give a time"),
        ("{validation: 1 month, test: '2013-10-01'}", "split.test is '2013-10-01': give a time"),
        ("{validation: 1 month, test: null}", "split.test is None: give a time"),
        ("{group: key, validation: 1.5, test: 0.2}", "split.validation is 1.5: give a time"),
        (
            "{group: key, validation: 0.2, test: 1 month}",
            "split.validation is 0.2 and split.test is 1 month: give two times",
        ),
        ("{validation: 0.2, test: 0.2}", "split.test is 0.2, a share of the groups: add split.gr"),
        ("{group: key, validation: 0.4, test: 0.6}", "together they have to be less than 1"),
        ("{group: 3, validation: 0.4, test: 0.5}", "split.group is 3: input should be a valid str"),
    ],
)
def test_a_split_that_cannot_be_is_refused_in_one_sentence(section, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence) as error:
        of_split(tmp_path, section)
    assert "\n" not in str(error.value)
    assert str(error.value).count("split.test") <= 2


@pytest.mark.parametrize("content", [b"", b"- 1", b"seven"])
def test_a_file_without_sections_lacks_them_all(content, tmp_path):
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"external is missing: add it; .*train is missing"):
        params.load(Params, tmp_path / "params.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_bytes("train: é".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        params.load(Params, tmp_path / "params.yaml")


def test_without_the_file_the_place_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        params.load(Params, tmp_path / "params.yaml")


def test_a_table_may_have_a_share_of_its_own(tmp_path):
    found = load(tmp_path, "  max_bad_share: 0.01", "  max_bad_share: 0.01\n  parcels: 0.2")
    assert found.quarantine.limit("parcels") == 0.2
    assert found.quarantine.limit("crews") == 0.01
