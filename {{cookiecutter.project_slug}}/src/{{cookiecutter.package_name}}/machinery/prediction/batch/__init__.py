"""Rows of files, raw tables or a database come in; answers go out, each exactly once."""
