"""The tiny project's prediction."""
