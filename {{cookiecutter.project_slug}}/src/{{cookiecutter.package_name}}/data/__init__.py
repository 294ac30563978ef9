"""External tables come in; checked tables, features and their split go out."""
