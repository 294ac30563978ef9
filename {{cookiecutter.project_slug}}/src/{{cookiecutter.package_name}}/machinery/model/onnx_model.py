"""A model in ONNX, which scikit-learn, LightGBM, PyTorch and others export; onnxruntime scores."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnxruntime

from ..errors import InputError
from .encoding import Feature, Matrix
from .metrics import Floats

EXTERNAL = b"\x0a\x08location\x12"  # marks a tensor in another file
FLOATS = {"tensor(float)", "tensor(double)"}


@dataclass(frozen=True)
class OnnxModel:
    """The bytes of a model with one input: the encoded matrix, missing values as NaN.

    `reproducible` says whether the same rows give the same bytes; with None, the stage `train`
    trains a second time to find out.
    """

    content: bytes
    reproducible: bool | None = None
    format = "onnx"
    library = ("onnxruntime", onnxruntime.__version__)
    constant = False

    @cached_property
    def session(self) -> Any:
        """Return onnxruntime's session, which loads no libraries and uses one thread."""
        if EXTERNAL in self.content:
            raise InputError("keeps weights in another file: export them into the model")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # converters leave imprecise shapes, which it warns of
        try:
            session = onnxruntime.InferenceSession(
                self.content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has a class for each of its reasons
            reason = str(error).strip().splitlines()[0].split(" : ", 3)[-1]
            raise InputError(
                f"is not a model that onnxruntime can load: {reason}: export it again"
            ) from None
        kinds = [each.type for each in session.get_inputs()]
        if kinds != ["tensor(float)"]:
            raise InputError(
                f"has the inputs {', '.join(kinds)}: export it with one input, tensor(float)"
            )
        return session

    @cached_property
    def output(self) -> str:
        """Return the name of the output that holds the scores: the last one with numbers."""
        found = self.session.get_outputs()
        names = [each.name for each in found if each.type in FLOATS]
        if not names:
            raise InputError(
                f"has the outputs {', '.join(each.type for each in found)}: export it with the"
                " option zipmap=False, so that the probabilities are numbers"
            )
        return str(names[-1])

    @property
    def facts(self) -> dict[str, Any]:
        """Return which program exported it."""
        known = self.session.get_modelmeta()
        return {"exported_by": known.producer_name or "unknown"}

    def score(self, matrix: Matrix) -> Floats:
        """Return one score per row; of several classes, one probability per row and class."""
        name = self.session.get_inputs()[0].name
        values = np.asarray(self.session.run([self.output], {name: matrix})[0], dtype=np.float64)
        if values.ndim == 1 or values.shape[1] > 2:  # noqa: PLR2004  more than two classes
            return values
        return values[:, -1]  # the second of two classes, or the only number

    def contributions(self, matrix: Matrix, features: list[Feature]) -> None:
        """Return nothing: ONNX does not say how a score came about."""

    def gains(self, features: list[Feature]) -> None:
        """Return nothing: ONNX does not say what a feature gained."""

    def to_bytes(self) -> bytes:
        """Return the model as it is."""
        return self.content

    @classmethod
    def from_bytes(cls, content: bytes) -> "OnnxModel":
        """Load a model."""
        model = cls(content)
        _ = model.output  # refuses what cannot score
        return model
