"""Takes a case; returns the criteria that it meets or misses."""
