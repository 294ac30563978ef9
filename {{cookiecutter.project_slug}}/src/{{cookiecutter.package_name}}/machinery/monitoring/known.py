"""The models that a log names, as far as their folders are here: manifest and reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..errors import InputError
from ..files import read_file
from ..model.artifact import LARGEST, Manifest
from ..model.reference import Reference, read

SHOWN = 12  # characters of a model's hash in its version, such as v1.2.0-3fa2b1c4d5e6


@dataclass(frozen=True)
class Known:
    """A model in a folder, as far as monitoring needs it: not the model itself."""

    folder: Path
    manifest: Manifest
    reference: Reference | None


def find(folders: Iterable[Path]) -> dict[str, Known]:
    """Return the model in each of `folders` by the hash in its version; others are passed over.

    Raises InputError when a model's reference is missing or altered.
    """
    found: dict[str, Known] = {}
    for folder in folders:
        try:
            content = read_file(folder / "manifest.json", LARGEST)
            manifest = Manifest.model_validate_json(content)
        except (OSError, ValidationError):
            continue
        if (hashed := manifest.sha256[:SHOWN]) not in found:
            found[hashed] = Known(folder, manifest, read(folder, manifest.reference))
    return found


def of(version: str, models: dict[str, Known], *, features_version: int) -> Known | str:
    """Return the model of `version` with its reference, or why its days cannot be profiled."""
    name, _, hashed = version.rpartition("-")
    model = models.get(hashed)
    if model is None:
        command = f"`model fetch {name}`" if name.startswith("v") else "`dvc pull`"
        return f"{version} is not in models/: {command} fetches it"
    if model.reference is None:
        return f"{version} has no reference, as an earlier version trained it: train it again"
    if model.manifest.features_version != features_version:
        return (
            f"{version} knows version {model.manifest.features_version} of the features, this code"
            f" makes version {features_version}: run the monitor of the old code"
        )
    return model


def folders(base: Path) -> list[Path]:
    """Return the folders in `base` that may hold a model; raise InputError without `base`."""
    if not base.is_dir():
        raise InputError(f"{base} is not a folder: give --models the folder of the models")
    return sorted(path for path in base.iterdir() if path.is_dir())
