"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import AFTERWARDS, KEY, Row, Table, measured, text

# Measures of a tumour, known at the time of prediction.
MEASURES = {
    "radius": measured(0, 50, "mean distance from the centre to the edge of the nuclei"),
    "texture": measured(0, 100, "deviation of the grey values"),
    "perimeter": measured(0, 400, "of the nuclei"),
    "area": measured(0, 5000, "of the nuclei"),
    "smoothness": measured(0, 1, "local variation of the radius"),
    "compactness": measured(0, 1, "perimeter² / area - 1"),
    "concavity": measured(0, 1, "severity of the dents"),
    "concave_points": measured(0, 1, "share of the edge that is dented"),
    "symmetry": measured(0, 1, "of the nuclei"),
    "fractal_dimension": measured(0, 1, "of the edge"),
}

# The external table, as it comes.
TUMOURS = Table(
    name="tumours",
    key=("sample",),
    columns={
        "sample": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the sample"),
        **MEASURES,
        "malignant": pa.Column(
            pl.Int8, pa.Check.isin([0, 1]), description="the diagnosis", metadata=AFTERWARDS
        ),
    },
)

TABLES = (TUMOURS,)

# What prediction takes: all that is known when you ask; not the outcome. `time` names its column of
# time, if there is one.
ROW = Row(
    time=None,
    columns={KEY: text("the sample, as in S17"), **MEASURES},
    example={
        KEY: "S17",
        "radius": 16.13,
        "texture": 20.68,
        "perimeter": 108.1,
        "area": 798.8,
        "smoothness": 0.117,
        "compactness": 0.2022,
        "concavity": 0.1722,
        "concave_points": 0.1028,
        "symmetry": 0.2164,
        "fractal_dimension": 0.07356,
    },
)
