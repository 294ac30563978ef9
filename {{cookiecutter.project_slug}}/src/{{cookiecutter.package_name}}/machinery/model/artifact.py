"""A trained model as files: its own format and a manifest in JSON, never pickle."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError
from ..files import read_file, write_folder, write_json
from . import contributions
from .contents import Hashes
from .encoding import Feature, describe, encode
from .metrics import Floats
from .model import Model, file_of, from_bytes

__all__ = [
    "Artifact",
    "Feature",
    "Hashes",
    "Manifest",
    "describe",
    "encode",
    "load",
    "save",
    "training_keys",
    "training_rows",
]

NONE: Hashes = np.array([], dtype=np.uint64)
LARGEST = 2**32  # bytes of a file of a model


class Manifest(BaseModel):
    """Everything about a model that its own file does not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    task: Literal["binary", "multiclass", "regression"]
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
    training_rows: str = ""  # SHA-256 of the hashes of what those rows hold
    model: Literal["xgboost", "onnx"] = "xgboost"  # the format of its file
    reproducible: bool = True  # whether the same rows, parameters and versions give the same bytes
    classes: list[str] = []  # of a multiclass task, in the order of the scores
    costs: dict[str, Any] | None = None  # of errors
    typical: list[float | None] = []  # what contributions compare with, if the model gives none
    reference: str = ""  # SHA-256 of the file that monitoring compares later days with
    sha256: str = ""  # of the model's file and of all of the above, filled in by `save`

    def digest(self, model: bytes) -> str:
        """Return the SHA-256 of `model` and this manifest together: neither can change alone.

        A model whose list of categories was reversed would score without an error, and wrongly.
        Fields that the file lacks do not count, so that a later version can read an older one.
        """
        known = self.model_dump_json(exclude={"sha256"}, exclude_unset=True)
        return hashlib.sha256(model + known.encode()).hexdigest()

    def complete(self) -> "Manifest":
        """Return a copy in which every field counts as set, as in a file."""
        return Manifest.model_validate(self.model_dump())


@dataclass(frozen=True)
class Artifact:
    """A model and its manifest, and what they are called: candidate, or the released version."""

    model: Model
    manifest: Manifest
    name: str = "candidate"

    @property
    def version(self) -> str:
        """Name the model and say which bytes it is: v1.2.0-3fa2b1c4d5e6."""
        return f"{self.name}-{self.manifest.sha256[:12]}"

    def score(self, features: pl.DataFrame) -> Floats:
        """Return one score per row of `features`: a probability, or the predicted value.

        Of several classes, it returns one probability per row and class.
        """
        return self.model.score(encode(features, self.manifest.features))

    def contributions(self, features: pl.DataFrame) -> Floats:
        """Return what each feature adds to each row's score, as a margin: log-odds or the value.

        The shape is (rows, features). They are exact if the model gives them, else estimated.
        """
        known = self.manifest.features
        if features.is_empty():  # XGBoost warns of no rows, and returns one dimension
            return np.empty((0, len(known)))
        matrix = encode(features, known)
        values = self.model.contributions(matrix, known)
        if values is None:
            values = contributions.contributions(self.model.score, matrix, self.manifest.typical)
        if values.ndim == 3:  # noqa: PLR2004  of each class: take the predicted one's
            likely = self.model.score(matrix).argmax(axis=1)
            return np.asarray(values[np.arange(len(values)), likely])
        return values


def save(
    model: Model,
    manifest: Manifest,
    folder: Path,
    *,
    keys: Hashes,
    contents: Hashes = NONE,
    reference: bytes = b"",
) -> None:
    """Write the model, its manifest and the hashes of its training rows to `folder`.

    `keys` are the hashes of their keys; `contents` are those of their features, without which the
    gate refuses the model. The folder is swapped in as a whole. The hashes have files of their own,
    because the gate needs them and prediction does not: 200,000 of them are 2 MB, which the image
    leaves out. So has the reference, which only monitoring needs.
    """
    content = model.to_bytes()
    learned = {
        name: np.sort(hashes).astype("<u8").tobytes()
        for name, hashes in (("training_keys", keys), ("training_rows", contents))
    }
    known = {name: hashlib.sha256(hashes).hexdigest() for name, hashes in learned.items()}
    known["model"] = model.format
    if reference:
        known["reference"] = hashlib.sha256(reference).hexdigest()
    manifest = manifest.model_copy(update=known).complete()
    manifest = manifest.model_copy(update={"sha256": manifest.digest(content)})

    def fill(part: Path) -> None:
        (part / file_of(model.format)).write_bytes(content)
        for name, hashes in learned.items():
            (part / f"{name}.bin").write_bytes(hashes)
        if reference:
            (part / "reference.json").write_bytes(reference)
        write_json(manifest.model_dump(mode="json"), part / "manifest.json")

    write_folder(fill, folder)


TRAIN_OR_FETCH = "`make repro` trains the candidate, `model fetch` fetches released models"


def load(folder: Path, features_version: int | None) -> Artifact:
    """Read the model in `folder`, which needs the features of version `features_version`, if given.

    Raises InputError when it is missing, incomplete, altered, or needs another version of them.
    """
    # A stage such as champion is a link to the folder of its version, and may change meanwhile.
    version = Path(os.path.realpath(folder))
    try:
        manifest = Manifest.model_validate_json(read_file(version / "manifest.json", LARGEST))
        name = file_of(manifest.model)
        content = read_file(version / name, LARGEST)
    except OSError as error:
        raise InputError(f"{folder} holds no model ({error.strerror}): {TRAIN_OR_FETCH}") from None
    except ValidationError as error:
        reason = error.errors()[0]["msg"].lower()
        raise InputError(f"{folder}/manifest.json: {reason}: {TRAIN_OR_FETCH}") from None
    others = sorted(each.name for each in version.glob("model.*") if each.name != name)
    if others:  # the image would take them along, and a pickle among them
        raise InputError(f"{folder} also holds {', '.join(others)}, which nothing reads: remove it")
    if manifest.digest(content) != manifest.sha256:
        raise InputError(f"{folder}: {name} and manifest.json do not belong together: fetch both")
    if features_version not in (None, manifest.features_version):
        raise InputError(
            f"{folder} knows version {manifest.features_version} of the features, this code makes"
            f" version {features_version}: train a new model, or use the code of the old one"
        )
    model = from_bytes(manifest.model, content, folder / name)
    return Artifact(model, manifest, version.name)


def training_keys(folder: Path, manifest: Manifest) -> Hashes:
    """Read the hashes of the keys that the model in `folder` learned from."""
    return _hashes(folder / "training_keys.bin", manifest.training_keys)


def training_rows(folder: Path, manifest: Manifest) -> Hashes:
    """Read the hashes of what the rows hold that the model in `folder` learned from.

    A model of a version that did not write them has none.
    """
    if not manifest.training_rows:
        return NONE
    return _hashes(folder / "training_rows.bin", manifest.training_rows)


def _hashes(path: Path, stated: str) -> Hashes:
    try:
        hashes = path.read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}: make repro, or fetch it") from None
    if hashlib.sha256(hashes).hexdigest() != stated:
        raise InputError(f"{path} is not what the manifest says: make repro")
    return np.frombuffer(hashes, dtype="<u8").astype(np.uint64)
