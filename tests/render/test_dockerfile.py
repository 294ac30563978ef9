"""The base image is pinned to the byte. A test can pull nothing, so it checks only the form."""

import json
import re
from pathlib import Path

import pytest
from project import TEMPLATE, render

PYTHONS = json.loads((TEMPLATE / "cookiecutter.json").read_text())["python_version"]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_base_image_is_that_of_the_answer_with_its_digest(python: str, tmp_path: Path) -> None:
    dockerfile = (render(tmp_path, python_version=python) / "Dockerfile").read_text()
    (base,) = re.findall(r'(?m)^ARG BASE_IMAGE="(.+)"$', dockerfile)
    version = re.escape(python)
    assert re.fullmatch(rf"python:{version}(\.\d+)?-slim-trixie@sha256:[0-9a-f]{{64}}", base)


def test_every_stage_starts_from_the_base_image_or_another_stage(tmp_path: Path) -> None:
    dockerfile = (render(tmp_path) / "Dockerfile").read_text()
    stages = re.findall(r"(?m)^FROM (\S+) AS (\S+)$", dockerfile)
    named = {"${BASE_IMAGE}", "scratch", *(name for _, name in stages)}
    assert len(stages) == len(re.findall("(?m)^FROM ", dockerfile))
    assert {source for source, _ in stages} <= named


def test_every_other_image_is_pinned_as_well(tmp_path: Path) -> None:
    compose = (render(tmp_path) / "scripts/docker/compose.yaml").read_text()
    images = re.findall(r'(?m)^ +image: "(.+?)"', compose)
    assert images[0].startswith("${IMAGE:?")
    assert all(re.search("@sha256:[0-9a-f]{64}$", image) for image in images[1:])
