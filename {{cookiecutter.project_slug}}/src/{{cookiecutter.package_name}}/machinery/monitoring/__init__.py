"""The prediction log comes in; what changed since the release goes out."""
