"""How this project fits its model."""
