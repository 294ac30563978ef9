"""What needs no Spark: sentences, and what travels to a worker and back."""

import pickle
import sys
from dataclasses import replace

import polars as pl
import pytest

from machinery.data.table import KEY
from machinery.errors import InputError
from machinery.prediction.arms import alone
from machinery.prediction.batch.quarantine import from_texts
from machinery.prediction.batch.run import Progress
from machinery.prediction.predict import predict
from machinery.prediction.spark.batch import refuse_a_loss, total
from machinery.prediction.spark.worker import Seen, Work, pack
from tiny.project import PROJECT

from .conftest import NUMBER


class Broadcast:
    """The models as a worker gets them."""

    def __init__(self, arms):
        self.value = pickle.loads(pickle.dumps(pack(arms)))


@pytest.fixture
def work(model):
    """Answers as a worker does, without Spark."""
    return Work(
        run_id=str(model),
        package="tiny",
        models=Broadcast(alone(PROJECT, model)),
        database=None,
        found=None,
        contributions=0,
        keep=("half", "kind"),
        most_bad=0,
    )


def test_a_worker_answers_with_the_models_of_the_driver(work, rows, model):
    assert predict(rows, work.arms()).equals(predict(rows, alone(PROJECT, model)))
    assert work.arms() is work.arms()


def test_bad_rows_wait_as_text_because_a_table_of_them_keeps_the_memory_of_their_batch(work, rows):
    given = rows.with_columns(half=pl.lit(1), kind=pl.lit("a"))
    bad = given.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(-1).otherwise(NUMBER).alias(NUMBER)
    )
    seen = Seen()
    assert len(list(replace(work, most_bad=2).answered(iter([bad, given]), seen))) == 2
    (text,) = seen.bad
    assert isinstance(text, str)
    assert from_texts([text])[KEY].to_list() == [rows[KEY][3]]


def test_rows_are_grouped_by_the_columns_to_keep(work, rows):
    given = rows.with_columns(half=pl.col(NUMBER) > 20, kind=pl.lit(None, pl.String))
    groups = list(work.groups(given))
    assert [group.height for group, _ in groups] == [
        given.filter(half=half).height for half in given["half"].unique(maintain_order=True)
    ]
    for group, kept in groups:
        again = group.select("key").with_columns(**kept)
        assert again.equals(group.select("key", "half", "kind"))


def test_the_sum_of_all_partitions_is_the_progress_of_the_run():
    parts = [
        Progress(chunks=1, scored=2, quarantined=1, arms={"holdout": 2}),
        Progress(chunks=2, scored=3, arms={"champion": 1, "holdout": 2}),
    ]
    found = total(parts)
    assert found == Progress(chunks=3, scored=5, quarantined=1, arms={"champion": 1, "holdout": 4})
    assert list(found.arms) == ["champion", "holdout"]


@pytest.mark.parametrize("where", ["", "s3a://bucket/", "hdfs://host:8020/a@b/", "a+b+c://d/"])
def test_without_pyspark_one_sentence_says_so(where, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    result = run("predict", f"{where}rows", f"{where}out", "--engine", "spark")
    assert result.exit_code == 1
    assert "needs pyspark, which is not installed: make setup LOCK=spark" in result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--engine", "spark", "--shard", "1/2"), "--engine spark does not know --shard"),
        (("--engine", "spark", "--upcoming"), "--engine spark does not know --upcoming"),
        (("--partition-by", "month"), "--master and --partition-by belong to --engine spark"),
        (("--master", "local[2]"), "--master and --partition-by belong to --engine spark"),
    ],
)
def test_options_of_the_other_engine_are_refused(options, sentence, run, tmp_path):
    result = run("predict", "rows", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_run_that_did_not_read_every_row_is_not_published():
    with pytest.raises(InputError, match="rows has 7 rows, and 6 were read: it changed meanwhile"):
        refuse_a_loss(Progress(scored=5, quarantined=1), 7, None, "rows")


class Holds:
    """A target with so many answers."""

    name = "out"

    def __init__(self, answers):
        self.written = lambda: answers


def test_a_run_whose_answers_are_not_all_there_is_not_published():
    refuse_a_loss(Progress(scored=5), 5, Holds(5), "rows")
    with pytest.raises(InputError, match="5 rows were scored, and out has 6: somebody else"):
        refuse_a_loss(Progress(scored=5), 5, Holds(6), "rows")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("rows", "out", "--table", "rows"), "rows is a file: --table and --query belong to"),
        (
            ("rows", "postgresql://x@localhost/x", "--partition-by", "month"),
            "--partition-by is for answers in a folder, of rows in Parquet files",
        ),
    ],
)
def test_options_of_a_folder_and_of_a_database_are_told_apart(arguments, sentence, run):
    result = run("predict", *arguments, "--engine", "spark")
    assert result.exit_code == 1
    assert sentence in result.output
