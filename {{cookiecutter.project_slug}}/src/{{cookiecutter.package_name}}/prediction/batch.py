"""The door for files: Parquet in, Parquet out."""

from pathlib import Path

from ..data.border import read, refuse_duplicates
from ..data.schema import EXAMPLES, KEY
from ..files import write_table
from ..stage import InputError
from .arms import alone
from .predict import predict


def predict_file(source: Path, target: Path, *, model: Path) -> int:
    """Score the rows of `source` with the model in `model` into `target`; return their number.

    Raises InputError when a file is missing or unreadable, a column does not fit, a key is missing
    or occurs twice, or `target` is the source or anything but a file.
    """
    if target.exists() and (not target.is_file() or target.samefile(source)):
        raise InputError(f"{target} would be overwritten: name another file for the scores")
    rows = read(source, EXAMPLES)
    if missing := rows[KEY].null_count():
        raise InputError(f"{source}: {missing} rows have no {KEY}: give each row one")
    refuse_duplicates(rows, source=source, key=EXAMPLES.key)
    scores = predict(rows, alone(model))
    write_table(scores, target)
    return scores.height
