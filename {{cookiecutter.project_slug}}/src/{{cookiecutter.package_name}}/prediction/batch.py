"""The door for files: Parquet in, Parquet out."""

from pathlib import Path

from ..data.border import read
from ..data.schema import EXAMPLES
from ..files import write_table
from ..model.artifact import load
from .predict import predict


def predict_file(source: Path, target: Path, *, model: Path) -> int:
    """Score the rows of `source` with the model in `model` into `target`; return their number.

    Raises InputError when a file is missing or unreadable, or a column does not fit.
    """
    scores = predict(read(source, EXAMPLES), load(model))
    write_table(scores, target)
    return scores.height
