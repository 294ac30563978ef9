"""A model and rows come in; recorded predictions go out."""
