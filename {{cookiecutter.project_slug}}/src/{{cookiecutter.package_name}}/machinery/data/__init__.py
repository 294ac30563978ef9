"""External tables come in; validated tables, rows, features and their split go out."""
