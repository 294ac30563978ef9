"""Cleans planes: one row is an aircraft, sorted by registration."""

import polars as pl


def planes(rows: pl.DataFrame) -> pl.DataFrame:
    """Call the year of manufacture `built`, and a manufacturer by one name: AIRBUS."""
    maker = pl.col("manufacturer").str.strip_chars().str.to_uppercase()
    known = maker.str.extract(r"^(AIRBUS|BOEING|BOMBARDIER|EMBRAER|MCDONNELL DOUGLAS)")
    named = rows.with_columns(known.fill_null(maker))
    return named.rename({"year": "built"}).sort("tailnum")
