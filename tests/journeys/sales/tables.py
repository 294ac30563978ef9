"""Makes two tables of made-up shops, always the same: what is planned and what was sold."""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

SHOPS, DAYS, PLANNED = 12, 500, 28
draw = np.random.default_rng(5)
days = [date(2024, 1, 1) + timedelta(days=number) for number in range(DAYS + PLANNED)]
level = draw.uniform(40, 200, SHOPS)
planned, sold = [], []
for shop in range(SHOPS):
    drift = 1 + 0.3 * np.sin(2 * np.pi * np.arange(DAYS + PLANNED) / 200 + shop)
    for number, day in enumerate(days):
        price = float(draw.choice([1.99, 2.29, 2.49]))
        promo = bool(draw.random() < 0.1)
        planned.append((shop, day, price, promo))
        week = 1 + 0.5 * (day.weekday() >= 4)
        mean = level[shop] * drift[number] * week * (1 + 0.5 * promo) * (2.3 / price)
        if number < DAYS:
            sold.append((shop, day, int(draw.poisson(mean))))
tables = {
    "plan": pl.DataFrame(planned, schema=["shop", "day", "price", "promo"], orient="row"),
    "sales": pl.DataFrame(sold, schema=["shop", "day", "units"], orient="row"),
}
for name, table in tables.items():
    table.write_parquet(Path(sys.argv[1]) / f"{name}.parquet")
