"""The tiny project's data."""
