"""Makes the table of the test: scikit-learn's patients, one row each, and how ill they were later."""

import sys

import polars as pl
from sklearn.datasets import load_diabetes

known = load_diabetes(scaled=False)
columns = dict(zip(known.feature_names, known.data.T, strict=True))
table = pl.DataFrame({"patient": range(len(known.data)), **columns, "progression": known.target})
table.write_parquet(sys.argv[1])
