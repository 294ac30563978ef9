"""External tables come in; a versioned model and its predictions go out."""
