"""The tiny project's model."""
