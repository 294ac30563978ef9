"""The rivals of the service; each runs in an environment of its own, on the demo."""
