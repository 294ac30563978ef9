"""Spark is measured here: a project whose pipeline has run goes in, figures come out."""
