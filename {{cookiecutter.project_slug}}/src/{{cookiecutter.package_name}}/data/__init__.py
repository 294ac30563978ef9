"""Tables, rows, target and features of this project."""
