"""The tables of the prediction log, in SQLite and in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from machinery import database
from machinery.errors import InputError
from machinery.prediction.log import tables

from .conftest import ask


def test_tables_of_another_version_are_refused(url):
    tables.open_tables(database.parse(url))
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text("UPDATE prediction_schema SET version = 99"))
    with pytest.raises(InputError, match="has tables of version 99, this code knows version 1"):
        tables.open_tables(database.parse(url))


def test_a_table_of_another_program_is_refused(url):
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text("CREATE TABLE predictions (mine text)"))
    with pytest.raises(InputError, match="has a table predictions that another program made"):
        tables.open_tables(database.parse(url))


def test_two_may_make_the_tables_at_once(url):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tables.open_tables, [database.parse(url)] * 4))
    assert ask(url, "SELECT version FROM prediction_schema") == [(tables.VERSION,)]


def test_an_older_log_gets_the_new_tables_at_once_and_the_index_from_a_command(url):
    tables.open_tables(database.parse(url))
    with database.open_engine(database.parse(url)).begin() as connection:
        for statement in ("TABLE profiles", "TABLE verdicts", "INDEX predictions_time"):
            connection.execute(sa.text(f"DROP {statement}"))
    tables.open_tables(database.parse(url), patience=database.PatientConnection)
    inspector = sa.inspect(database.open_engine(database.parse(url)))
    assert {"profiles", "verdicts"} <= {*inspector.get_table_names()}
    assert inspector.get_indexes("predictions") == []
    tables.open_tables(database.parse(url))
    inspector = sa.inspect(database.open_engine(database.parse(url)))
    assert [each["name"] for each in inspector.get_indexes("predictions")] == ["predictions_time"]
