"""Answers come in; each is in a database, or on this disk on its way there, before it is sent."""
