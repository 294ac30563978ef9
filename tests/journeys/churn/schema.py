"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import KEY, Row, Table, measured, text

MOMENT = pl.Datetime("us")
NUMBER = pa.Column(pl.Int64, pa.Check.ge(0), description="number")
CITY, PLAN = text("where the customer lives"), text("what is paid for", pattern="[a-z]+")
JOINED = pa.Column(MOMENT, description="when the customer came, UTC")
ISSUED = pa.Column(MOMENT, description="when the invoice was issued, UTC")
AMOUNT = measured(0, 1000, "euros")

CUSTOMERS = Table(
    name="customers",
    key=("customer",),
    columns={
        "customer": NUMBER,
        "city": CITY,
        "joined": JOINED,
        "cancelled": pa.Column(MOMENT, nullable=True, description="when the customer left, UTC"),
    },
    known_at="joined",
    known_after={"cancelled": "cancelled"},
)

INVOICES = Table(
    name="invoices",
    key=("invoice",),
    columns={
        "invoice": NUMBER,
        "customer": NUMBER,
        "issued": ISSUED,
        "amount": AMOUNT,
        "plan": PLAN,
    },
    known_at="issued",
)

TICKETS = Table(
    name="tickets",
    key=("ticket",),
    columns={
        "ticket": NUMBER,
        "customer": NUMBER,
        "opened": pa.Column(MOMENT, description="when the customer wrote, UTC"),
        "topic": text("what it was about", pattern="(complaint|question)"),
    },
    known_at="opened",
)

TABLES = (CUSTOMERS, INVOICES, TICKETS)

ROW = Row(
    time="issued",
    columns={
        KEY: text("the invoice, as in I17"),
        "customer": NUMBER,
        "issued": ISSUED,
        "joined": JOINED,
        "city": CITY,
        "plan": PLAN,
        "amount": AMOUNT,
        "previous": measured(0, 1000, "the amount of the invoice before, euros"),
        "tickets": measured(0, 100, "in the 90 days before", kind=pl.Int64),
        "complaints": measured(0, 100, "among these tickets", kind=pl.Int64),
    },
    example={
        KEY: "I17",
        "customer": 5,
        "issued": "2025-05-03T10:00:00Z",
        "joined": "2025-03-04T10:00:00Z",
        "city": "Stadt 0001",
        "plan": "basic",
        "amount": 11.0,
        "previous": 10.0,
        "tickets": 1,
        "complaints": 1,
    },
)
