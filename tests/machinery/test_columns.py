"""Columns of any name and of every type go through every door, and give the same answers."""

import json
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandera.polars as pa
import polars as pl
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError
from ruamel.yaml import YAML

from machinery import cli
from machinery.data.kinds import KINDS
from machinery.data.table import AFTERWARDS, KEY, TARGET, Row, Table, measured, text, types
from machinery.database import open_engine, parse, quoter
from machinery.errors import InputError
from machinery.prediction.arms import Arms, alone
from machinery.prediction.log.tables import insert, open_tables
from machinery.prediction.predict import predict
from machinery.prediction.service.response import predict_batch, respond
from machinery.prediction.service.validation import body_model, validate
from machinery.project import Project
from machinery.stages import run_stage
from tiny.params import Params
from tiny.postgresql import server  # noqa: F401  a fixture
from tiny.prediction.decide import decide
from tiny.sample import PIPELINE, lay_out

NAMES = (
    *("Straße Nr", "_id", "index", "rule", "len", "row", "select", "order", "Größe (m²)", "a.b"),
    *(
        'say "x"',
        "100%",
        ":x",
        "model_config",
        "json",
        "score",
        "month",
        "value",
        "a|b",
        "Ab",
    ),
)
ROWS = 900
DRAW = np.random.default_rng(1)
TIME = "sent"


def values(kind: pl.DataType) -> pl.Series:
    """Draw a column of one type, in which some values are missing."""
    number = DRAW.integers(0, 5, ROWS).tolist()
    if kind == pl.String:
        number = [f"ä, '{each}'" for each in number]
    if kind.is_temporal():
        number = [datetime(2026, 1, 1 + each) for each in number]
    if kind == pl.Boolean:
        number = [each > 2 for each in number]
    gaps = [None if place % 50 == 7 else each for place, each in enumerate(number)]
    return pl.Series(gaps, dtype=kind)


ODD = {name: KINDS[place % len(KINDS)] for place, name in enumerate(NAMES)}
COLUMNS = {
    name: measured(0, 9, f"about {name}", kind=kind)
    if kind.is_numeric()
    else pa.Column(kind, nullable=True, description=f"about {name}")
    for name, kind in ODD.items()
}
START = {TIME: pa.Column(pl.Datetime("us"), description="handed in")}
PARCELS = Table(
    name="parcels",
    key=("number",),
    columns={
        "number": pa.Column(pl.Int64, description="of the parcel"),
        **START,
        **COLUMNS,
        "days": measured(0, 60, "until it arrived", metadata=AFTERWARDS),
    },
)
ROW = Row(
    time=TIME,
    columns={KEY: text("the parcel"), **START, **COLUMNS},
    example={KEY: "P1", TIME: "2026-01-01T00:00:00Z"},
)


def features(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return each odd column, of a time its day."""
    return rows.select(
        pl.col(name).dt.day() if kind.is_temporal() else pl.col(name) for name, kind in ODD.items()
    )


def target(*, parcels: pl.LazyFrame) -> pl.LazyFrame:
    """Return whether a parcel was slow."""
    return parcels.select(KEY, (pl.col("days") > 3).cast(pl.Float64).alias(TARGET))


PROJECT = Project(
    package="tiny",
    params=Params,
    tables=(PARCELS,),
    row=ROW,
    rows=lambda *, parcels: parcels,
    target=target,
    features=features,
    features_version=1,
    train="model.train:train",
    decide=decide,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the pipeline has run, from the external table to the gate."""
    odd = {name: values(kind) for name, kind in ODD.items()}
    noise = DRAW.normal(0, 0.5, ROWS)
    table = pl.DataFrame(
        {
            "number": np.arange(ROWS),
            TIME: [datetime(2026, 1 + row * 6 // ROWS, 1 + row % 28) for row in range(ROWS)],
            **odd,
            "days": (odd["row"].fill_null(0) + noise).clip(0, 60) + odd["len"].fill_null(0) / 4,
        }
    )
    with chdir(lay_out(tmp_path_factory.mktemp("odd") / "project")):
        broken = pl.when(pl.col("number") > 2).then("len").otherwise(99).alias("len")
        table.with_columns(broken).cast(types(PARCELS)).write_parquet(
            "data/external/parcels.parquet"
        )
        settings = YAML(typ="safe").load(Path("params.yaml"))
        settings["evaluate"]["slices"] = ["index", "row", "value"]
        YAML().dump(settings, Path("params.yaml"))
        for name, paths in PIPELINE.items():
            run_stage(PROJECT, name, [Path(path) for path in paths.split()])
        return Path.cwd()


@pytest.fixture(scope="module")
def arms(trained: Path) -> Arms:
    return alone(PROJECT, trained / "models/candidate")


@pytest.fixture(scope="module")
def rows(trained: Path) -> pl.DataFrame:
    return pl.read_parquet(trained / "data/rows.parquet").select(list(ROW.columns))[:60]


def score(trained: Path, *arguments: object) -> Result:
    command = ["predict", *map(str, arguments), "--model", str(trained / "models/candidate")]
    return CliRunner().invoke(cli.commands, command, obj=PROJECT)


def test_training_reads_them_and_names_them(trained: Path) -> None:
    manifest = json.loads((trained / "models/candidate/manifest.json").read_text())
    assert [feature["name"] for feature in manifest["features"]] == list(NAMES)
    quarantined = pl.read_parquet(trained / "data/quarantine/parcels.parquet")
    assert quarantined["broken_rule"].to_list() == ["len: in_range(0, 9)"] * 3
    cards = "".join(path.read_text() for path in (trained / "docs").rglob("*.md"))
    for name in NAMES:
        assert f"| {name.replace('|', chr(92) + '|')} |" in cards
    evaluation = json.loads((trained / "reports/evaluation.json").read_text())
    assert {label.partition("=")[0] for label in evaluation["slices"]} >= {"index", "row", "value"}


@pytest.mark.parametrize("door", ["parquet", "csv", "sqlite", "postgresql", "service"])
def test_every_door_gives_the_same_answers(
    door: str, arms: Arms, rows: pl.DataFrame, trained: Path, tmp_path: Path, request
) -> None:
    expected = predict(rows, arms).sort(KEY)
    if door == "service":
        found = asked(rows, arms, f"sqlite:///{tmp_path}/log.sqlite")
    elif door in ("parquet", "csv"):
        source = tmp_path / f"in.{door}"
        write = rows.write_parquet if door == "parquet" else rows.write_csv
        write(source)
        result = score(trained, source, tmp_path / "out.parquet")
        assert result.exit_code == 0, result.output
        found = pl.read_parquet(tmp_path / "out.parquet")
    else:
        url = f"sqlite:///{tmp_path}/base.sqlite"
        if door == "postgresql":
            url = f"{request.getfixturevalue('server')}/postgres"
        fill(url, rows)
        result = score(trained, url, tmp_path / "out.parquet", "--table", "odd rows")
        assert result.exit_code == 0, result.output
        assert score(trained, url, url, "--table", "odd rows", "--reports", tmp_path).exit_code == 0
        inputs = logged(url)
        assert inputs.sort(KEY).equals(rows.sort(KEY))
        found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.sort(KEY).equals(expected)


def fill(url: str, rows: pl.DataFrame) -> None:
    """Write `rows` to a table whose columns have the types of the database."""
    kinds = {pl.String: "text", pl.Boolean: "boolean", pl.Float64: "double precision"}
    engine = open_engine(parse(url))
    quote = quoter(engine)
    columns = ", ".join(
        f"{quote(name)} {'timestamp' if kind.is_temporal() else kinds.get(kind, 'bigint')}"
        for name, kind in rows.schema.items()
    )
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * rows.width)
    times = pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S")
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"CREATE TABLE {quote('odd rows')} ({columns})")
        names = rows.with_columns(times).rows()
        cursor.executemany(f"INSERT INTO {quote('odd rows')} VALUES ({marks})", names)


def logged(url: str) -> pl.DataFrame:
    """Return the inputs of the recorded predictions."""
    with open_engine(parse(url)).connect() as connection:
        found = connection.exec_driver_sql("SELECT inputs FROM predictions").fetchall()
    inputs = [each if isinstance(each, dict) else json.loads(each) for (each,) in found]
    times = [name for name, kind in types(ROW).items() if kind.is_temporal()]
    texts = pl.DataFrame(inputs, schema=types(ROW) | dict.fromkeys(times, pl.String))
    return texts.with_columns(pl.col(times).str.to_datetime(time_unit="us"))


def asked(rows: pl.DataFrame, arms: Arms, url: str) -> pl.DataFrame:
    """Return the service's answers, which it has recorded with the inputs as they were."""
    times = pl.col(pl.Datetime).dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps({"instances": rows.with_columns(times).to_dicts()}).encode()
    request = validate("one", body, body_model(ROW))
    (answers,) = predict_batch([request], arms)
    response = respond(request, answers, datetime.now(UTC))
    sent = json.loads(response.body)["predictions"]
    with open_tables(parse(url)).begin() as connection:
        insert(connection, response.rows)
    assert logged(url).sort(KEY).equals(rows.sort(KEY))
    return pl.DataFrame(sent, schema=predict(rows, arms).schema)


def test_the_service_names_a_field_as_the_schema_does() -> None:
    body = json.dumps({"instances": [ROW.example | {"_id": "x", "json": 1.5}]}).encode()
    with pytest.raises(ValidationError) as error:
        validate("one", body, body_model(ROW))
    assert error.value.errors()[0]["loc"][-1] == "_id"
    schema = body_model(ROW).model_json_schema()["$defs"]["Instance"]
    assert {*schema["properties"]} == {*ROW.columns}


def test_the_name_of_the_quarantines_column_is_taken() -> None:
    with pytest.raises(InputError, match=r"t\.broken_rule has the name of a column of the quar"):
        Table(name="t", key=(), columns={"broken_rule": pa.Column(pl.String)})
