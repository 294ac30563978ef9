"""The seam of a model: what train() returns, and all that the machinery knows of it."""

from typing import Any, Protocol

from ..errors import InputError
from .encoding import Feature, Matrix
from .metrics import Floats
from .pickles import refuse_pickle

FORMATS = {"xgboost": "model.ubj", "onnx": "model.onnx"}  # the file of each


class Model(Protocol):
    """A trained model. It scores an encoded matrix, and is one file that executes nothing."""

    @property
    def format(self) -> str:
        """Return its key in FORMATS."""

    @property
    def library(self) -> tuple[str, str]:
        """Return the name and the version of the library that scores."""

    @property
    def reproducible(self) -> bool | None:
        """Return whether the same rows give the same bytes; None: the stage finds it out."""

    @property
    def constant(self) -> bool:
        """Return whether it gives every row the same score, to try the pipeline."""

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the manifest says of it in addition to the parameters."""

    def score(self, matrix: Matrix) -> Floats:
        """Return one score per row; of several classes, one probability per row and class."""

    def contributions(self, matrix: Matrix, features: list[Feature]) -> Floats | None:
        """Return what each feature adds to each score, as a margin; None: it does not know.

        The shape is (rows, features), or (rows, classes, features).
        """

    def gains(self, features: list[Feature]) -> Floats | None:
        """Return what each feature gained in training; None: it does not know."""

    def to_bytes(self) -> bytes:
        """Return the content of its file."""


def file_of(format_: str) -> str:
    """Return the name of the file of a format."""
    return FORMATS[format_]


def from_bytes(format_: str, content: bytes, source: object) -> Model:
    """Return the model in `content`; raise InputError naming its `source` when it is not one."""
    refuse_pickle(content, source)
    try:
        return _class(format_).from_bytes(content)  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        raise InputError(
            f"{source} needs {error.name}, which is not installed: name it in pyproject.toml's"
            " dependencies, then `make lock setup`"
        ) from None
    except InputError as error:
        raise InputError(f"{source} {error}") from None


def _class(format_: str) -> Any:
    """Import the class of a format here, so that an environment needs only its own library."""
    if format_ == "onnx":
        from .onnx_model import OnnxModel  # noqa: PLC0415

        return OnnxModel
    from .xgboost_model import XgboostModel  # noqa: PLC0415

    return XgboostModel
