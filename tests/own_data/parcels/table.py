"""Makes the table of the test: three thousand parcels of a year, made up, always the same."""

import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl

ROWS = 3_000
draw = np.random.default_rng(7)
hours = np.sort(draw.integers(0, 366 * 24, ROWS))
shipped = [datetime(2024, 1, 1) + timedelta(hours=int(hour)) for hour in hours]
carrier = draw.choice(["north", "south", "west"], ROWS, p=[0.5, 0.3, 0.2])
distance = draw.integers(5, 1_500, ROWS)
weight = np.where(draw.random(ROWS) < 0.05, np.nan, np.round(draw.gamma(2, 2, ROWS), 2))
weekend = np.array([time.weekday() >= 4 for time in shipped])
slow = np.where(carrier == "west", 1.2, 0.0) + np.where(weekend, 1.0, 0.0)
days = 1 + distance / 600 + slow + draw.gamma(2, 0.5, ROWS)
pl.DataFrame(
    {
        "parcel": pl.Series(range(10_000, 10_000 + ROWS), dtype=pl.Int64),
        "shipped": pl.Series(shipped, dtype=pl.Datetime("us")),
        "carrier": carrier,
        "distance": pl.Series(distance, dtype=pl.Int64),
        "weight": pl.Series(weight),
        "days": np.round(days, 1),
        "note": ["not read"] * ROWS,
    }
).write_parquet(sys.argv[1])
