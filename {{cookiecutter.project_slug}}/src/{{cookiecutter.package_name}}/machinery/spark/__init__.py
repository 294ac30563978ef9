"""Spark: a session goes out, and folders that appear as a whole."""
