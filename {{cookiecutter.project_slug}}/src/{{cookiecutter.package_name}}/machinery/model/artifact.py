"""A trained model as files: the booster's own format and a manifest in JSON, never pickle."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import xgboost as xgb
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError
from ..files import read_file, write_folder, write_json

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

LARGEST = 2**32  # bytes of a file of a model

TYPE_OF = {"numeric": "q", "category": "c"}  # what XGBoost calls them


class Feature(BaseModel):
    """A feature's name, kind, and, where it is a category, the values seen in training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["numeric", "category"]
    categories: list[str] = []


class Manifest(BaseModel):
    """Everything about a model that its trees do not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    task: Literal["binary", "regression"]
    features: list[Feature]
    parameters: dict[str, Any]
    validation: dict[str, float]
    interval: float | None  # half the width that holds nine of ten outcomes, for regression
    threshold: float | None  # decide yes at or above this score
    features_version: int  # of the feature code that it learned from
    # The versions that decide the numbers, not the lock's hash, which changes with every linter.
    environment: dict[str, str] = {}
    data: dict[str, str] = {}  # SHA-256 of each table that was learned from
    sources: dict[str, dict[str, str | None]] = {}  # version of each external table
    training_keys: str = ""  # SHA-256 of the hashes of the rows that were learned from
    sha256: str = ""  # of model.ubj and of all of the above, filled in by `save`

    def digest(self, model: bytes) -> str:
        """Return the SHA-256 of `model` and this manifest together: neither can change alone.

        A model whose list of categories was reversed would score without an error, and wrongly.
        """
        return hashlib.sha256(model + self.model_dump_json(exclude={"sha256"}).encode()).hexdigest()


@dataclass(frozen=True)
class Artifact:
    """A booster and its manifest, and what they are called: candidate, or the released version."""

    booster: xgb.Booster
    manifest: Manifest
    name: str = "candidate"

    @property
    def version(self) -> str:
        """Name the model and say which bytes it is: v1.2.0-3fa2b1c4d5e6."""
        return f"{self.name}-{self.manifest.sha256[:12]}"

    def score(self, features: pl.DataFrame) -> Floats:
        """Return one score per row of `features`: a probability, or the predicted value."""
        return score_matrix(self.booster, encode(features, self.manifest.features))

    def contributions(self, features: pl.DataFrame) -> Floats:
        """Return what each feature adds to each row's score, in the booster's margin.

        The shape is (rows, features); these are the SHAP values of trees (Lundberg et al., 2018).
        """
        known = self.manifest.features
        if features.is_empty():  # XGBoost warns of no rows, and returns one dimension
            return np.empty((0, len(known)))
        rows = xgb.DMatrix(
            encode(features, known),
            feature_names=[feature.name for feature in known],
            feature_types=[TYPE_OF[feature.kind] for feature in known],
            enable_categorical=True,
        )
        values = self.booster.predict(rows, pred_contribs=True)
        return values[:, :-1].astype(np.float64)  # the last column is the constant


def score_matrix(booster: xgb.Booster, matrix: npt.NDArray[np.float32]) -> Floats:
    """Return one score per row of an encoded matrix of shape (rows, features)."""
    return booster.inplace_predict(matrix).astype(np.float64)


def describe(features: pl.DataFrame, names: list[str]) -> list[Feature]:
    """Return the features `names` as they occur in the training rows: strings are categories."""
    return [
        Feature(name=name, kind="category", categories=_values(features[name]))
        if features[name].dtype == pl.String
        else Feature(name=name, kind="numeric")
        for name in names
    ]


def _values(column: pl.Series) -> list[str]:
    return column.drop_nulls().unique().sort().to_list()


def encode(rows: pl.DataFrame, features: list[Feature]) -> npt.NDArray[np.float32]:
    """Return `features` of `rows` as float32 of shape (rows, features).

    A category is its place in the manifest's list; a missing value and an unknown category are NaN.
    """
    missing = [feature.name for feature in features if feature.name not in rows.columns]
    if missing:
        raise InputError(f"the model needs {', '.join(missing)}: give it the features it knows")
    return rows.select(_number(feature) for feature in features).to_numpy(order="c")


def _number(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    if feature.kind == "category":
        column = column.cast(pl.Enum(feature.categories), strict=False).to_physical()
    return column.cast(pl.Float32)


def save(booster: xgb.Booster, manifest: Manifest, folder: Path, *, keys: Hashes) -> None:
    """Write the model, its manifest and the hashes of its training rows' keys to `folder`.

    The folder is swapped in as a whole. The hashes have a file of their own, because the gate needs
    them and prediction does not: 200,000 of them are 2 MB, which the image leaves out.
    """
    model, hashes = bytes(booster.save_raw("ubj")), np.sort(keys).astype("<u8").tobytes()
    manifest = manifest.model_copy(update={"training_keys": hashlib.sha256(hashes).hexdigest()})
    manifest = manifest.model_copy(update={"sha256": manifest.digest(model)})

    def fill(part: Path) -> None:
        (part / "model.ubj").write_bytes(model)
        (part / "training_keys.bin").write_bytes(hashes)
        write_json(manifest.model_dump(mode="json"), part / "manifest.json")

    write_folder(fill, folder)


def load(folder: Path, features_version: int) -> Artifact:
    """Read the model in `folder`, which needs the features of version `features_version`.

    Raises InputError when it is missing, incomplete, altered, or needs another version of them.
    """
    # A stage such as champion is a link to the folder of its version, and may change meanwhile.
    version = Path(os.path.realpath(folder))
    try:
        manifest = Manifest.model_validate_json(read_file(version / "manifest.json", LARGEST))
        model = read_file(version / "model.ubj", LARGEST)
    except OSError as error:
        raise InputError(f"{folder} holds no model, {error.strerror}: train or fetch one") from None
    except ValidationError as error:
        reason = error.errors()[0]["msg"].lower()
        raise InputError(f"{folder}/manifest.json: {reason}: train or fetch the model") from None
    if manifest.digest(model) != manifest.sha256:
        raise InputError(
            f"{folder}: model.ubj and manifest.json do not belong together: fetch both"
        )
    if manifest.features_version != features_version:
        raise InputError(
            f"{folder} knows version {manifest.features_version} of the features, this code makes"
            f" version {features_version}: train a new model, or use the code of the old one"
        )
    return Artifact(xgb.Booster(model_file=bytearray(model)), manifest, version.name)


def training_keys(folder: Path, manifest: Manifest) -> Hashes:
    """Read the hashes of the keys that the model in `folder` learned from."""
    try:
        hashes = (folder / "training_keys.bin").read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}: make repro, or fetch it") from None
    if hashlib.sha256(hashes).hexdigest() != manifest.training_keys:
        raise InputError(f"{folder}/training_keys.bin is not what the manifest says: make repro")
    return np.frombuffer(hashes, dtype="<u8").astype(np.uint64)
