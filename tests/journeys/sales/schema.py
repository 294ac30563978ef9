"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import KEY, Row, Table, measured, text

SHOP = pa.Column(pl.Int64, pa.Check.ge(0), description="number of the shop")
DAY = pa.Column(pl.Datetime("us"), description="midnight, UTC")
PRICE = measured(0, 100, "euros")
PROMO = pa.Column(pl.Boolean, description="whether it is advertised")
UNITS = measured(0, 10_000, "sold on the day", kind=pl.Int64)

PLAN = Table(
    name="plan",
    key=("shop", "day"),
    columns={"shop": SHOP, "day": DAY, "price": PRICE, "promo": PROMO},
)

SALES = Table(
    name="sales",
    key=("shop", "day"),
    columns={"shop": SHOP, "day": DAY, "units": UNITS},
    known_at="counted",
)

TABLES = (PLAN, SALES)

ROW = Row(
    time="day",
    columns={
        KEY: text("shop and day, as in S3-2025-05-01"),
        "day": DAY,
        "shop": SHOP,
        "price": PRICE,
        "promo": PROMO,
        "units_28": measured(0, 10_000, "sold 28 days before", kind=pl.Int64),
        "mean_28": measured(0, 10_000, "sold per day in the 28 days up to then"),
    },
    example={
        KEY: "S3-2025-05-01",
        "day": "2025-05-01T00:00:00Z",
        "shop": 3,
        "price": 2.29,
        "promo": False,
        "units_28": 80,
        "mean_28": 75.5,
    },
)
