"""Makes three tables of a made-up shop, always the same: customers, invoices, tickets."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

CUSTOMERS, CITIES, MONTHS = 7_000, 5_000, 24
draw = np.random.default_rng(11)
start = datetime(2024, 1, 1)
city = np.minimum(draw.zipf(1.3, CUSTOMERS) - 1, CITIES - 1)
city[:CITIES] = np.arange(CITIES)  # each value occurs
draw.shuffle(city)
first = draw.integers(0, MONTHS, CUSTOMERS)  # most contracts end by themselves after some months
length = draw.integers(2, 7, CUSTOMERS)
plan = draw.choice(["basic", "family", "pro"], CUSTOMERS, p=[0.5, 0.3, 0.2])
grumpy = draw.random(CUSTOMERS) < 0.15
joined, cancelled, invoices, tickets = [], [], [], []
for customer in range(CUSTOMERS):
    month = int(first[customer])
    begin = start + timedelta(days=30 * month + int(draw.integers(0, 28)), hours=9)
    joined.append(begin)
    cancelled.append(None)
    price = {"basic": 9, "family": 19, "pro": 49}[plan[customer]]
    for number in range(int(length[customer])):
        issued = begin + timedelta(days=30 * number)
        if issued > start + timedelta(days=30 * MONTHS):
            break
        invoices.append((customer, issued, price + number, plan[customer]))
        opened = draw.random() < (0.7 if grumpy[customer] else 0.03)
        if opened:
            topic = draw.choice(["complaint", "question"])
            tickets.append((customer, issued + timedelta(days=int(draw.integers(1, 9))), topic))
        if draw.random() < (0.05 if grumpy[customer] else 0.004):
            cancelled[-1] = issued + timedelta(days=int(draw.integers(10, 29)))
            break
who = pl.DataFrame(
    {
        "customer": pl.Series(range(CUSTOMERS), dtype=pl.Int32),
        "city": [f"Stadt {number:04}" for number in city],
        "joined": pl.Series(joined, dtype=pl.Datetime("ns", "UTC")),
        "cancelled": pl.Series(cancelled, dtype=pl.Datetime("ms", "UTC")),
        "birthday": ["not read"] * CUSTOMERS,
    }
)
bills = pl.DataFrame(invoices, schema=["customer", "issued", "amount", "plan"], orient="row")
talks = pl.DataFrame(tickets, schema=["customer", "opened", "topic"], orient="row")
berlin = pl.col("issued").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
tables = {
    "customers": who,
    "invoices": bills.with_row_index("invoice").with_columns(
        berlin,
        pl.col("amount").cast(pl.Decimal(10, 2)),
        pl.col("plan").cast(pl.Categorical),
    ),
    "tickets": talks.with_row_index("ticket").with_columns(
        pl.col("opened").dt.replace_time_zone("America/New_York")
    ),
}
for name, table in tables.items():
    table.write_parquet(Path(sys.argv[1]) / f"{name}.parquet")
