"""Features come in; a trained model and what is known about it go out."""
