"""The prediction log and the outcomes come in; verdicts, a text and a page go out."""
