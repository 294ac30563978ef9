"""Rows from files or a database come in; answers go out, each once, whatever happens between."""
