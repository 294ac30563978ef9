"""Pipeline, gate, registry and prediction around a project's code, of which it imports none."""
