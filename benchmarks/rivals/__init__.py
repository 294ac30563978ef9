"""What the service is compared with; each runs in an environment of its own, on the demo."""
