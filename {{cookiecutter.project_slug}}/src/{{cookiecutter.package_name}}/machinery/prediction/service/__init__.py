"""Requests come in over HTTP; answers go out, each recorded before it is sent."""
