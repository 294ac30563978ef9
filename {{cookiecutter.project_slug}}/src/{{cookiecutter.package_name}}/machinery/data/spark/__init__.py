"""Rows and features on Spark: clean tables go in, the tables of the stages come out."""
