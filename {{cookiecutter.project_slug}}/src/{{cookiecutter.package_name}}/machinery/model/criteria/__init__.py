"""A case before the gate comes in; the criteria that it meets or misses go out."""
