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
