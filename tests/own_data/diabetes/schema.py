"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import AFTERWARDS, KEY, Row, Table, measured, text

KNOWN = {
    "age": measured(0, 120, "years"),
    "sex": measured(1, 2, "as coded in the source"),
    "bmi": measured(10, 80, "body mass index"),
    "bp": measured(30, 200, "mean blood pressure"),
    "s1": measured(50, 500, "serum cholesterol"),
    "s2": measured(10, 400, "low-density lipoproteins"),
    "s3": measured(5, 200, "high-density lipoproteins"),
    "s4": measured(1, 20, "cholesterol by high-density lipoproteins"),
    "s5": measured(2, 8, "logarithm of triglycerides"),
    "s6": measured(30, 300, "blood sugar"),
}

PATIENTS = Table(
    name="patients",
    key=("patient",),
    columns={
        "patient": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the patient"),
        **KNOWN,
        "progression": pa.Column(
            pl.Float64, pa.Check.ge(0), description="a year later", metadata=AFTERWARDS
        ),
    },
)

TABLES = (PATIENTS,)

ROW = Row(
    time=None,
    columns={KEY: text("the patient, as in 17"), **KNOWN},
    example={
        KEY: "17",
        "age": 59,
        "sex": 2,
        "bmi": 32.1,
        "bp": 101,
        "s1": 157,
        "s2": 93.2,
        "s3": 38,
        "s4": 4,
        "s5": 4.8598,
        "s6": 87,
    },
)
