"""A project whose model is trained on the sample, and its two images."""

import shutil
from pathlib import Path

import pytest
from image import build

NEEDED = [
    "Makefile",
    "Dockerfile",
    ".dockerignore",
    "scripts",
    "rollout.yaml",
    "pyproject.toml",
    "README.md",
    "LICENSE",
]


@pytest.fixture(scope="session")
def trained(project: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Combine the sample's model and the inputs of an image."""
    folder = tmp_path_factory.mktemp("image") / "project"
    shutil.copytree(sample, folder, symlinks=True)
    for name in NEEDED:
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        copy(project / name, folder / name)
    return folder


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    """Copy the trained project, so that a test can change it."""
    return Path(shutil.copytree(trained, tmp_path / "copy", symlinks=True))


@pytest.fixture(scope="session")
def serve(trained: Path) -> str:
    """Build the image that predicts."""
    return build(trained, "image")


@pytest.fixture(scope="session")
def train(trained: Path) -> str:
    """Build the image that runs the pipeline."""
    return build(trained, "train.sh")
