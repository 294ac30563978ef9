"""Answers come in; each is in a database or in the spool before it is sent."""
