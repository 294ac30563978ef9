"""Units of two arms come in; their difference, with its interval and a verdict, goes out."""
