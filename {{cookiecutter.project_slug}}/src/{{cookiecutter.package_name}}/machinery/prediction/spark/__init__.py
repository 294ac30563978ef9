"""Prediction on Spark: a table goes in, the answers of a batch come out, from many processes."""
