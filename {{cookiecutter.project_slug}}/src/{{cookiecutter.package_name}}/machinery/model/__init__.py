"""Features come in; a trained, evaluated and released model goes out."""
