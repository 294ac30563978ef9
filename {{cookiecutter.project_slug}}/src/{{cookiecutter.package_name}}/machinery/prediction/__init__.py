"""A model and raw rows come in; recorded predictions go out."""
