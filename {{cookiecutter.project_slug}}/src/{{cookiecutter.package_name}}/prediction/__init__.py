"""A model and raw rows come in; answers go out."""
