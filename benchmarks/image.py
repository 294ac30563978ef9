"""Compares the image that predicts with the one from a tutorial's Dockerfile, on the same base.

Run it after `make demo` with `.ci/engine` and `python benchmarks/image.py build/demo/flight-delays`.
It empties the engine's cache of pip downloads, so that cold means cold.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

DOCKER = os.environ.get("DOCKER", "/usr/bin/docker")
BASE = os.environ.get("BASE_IMAGE", "local/python:3.13-slim-trixie")
CA_BUNDLE = os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt")
TAGS = {"tutorial": "benchmark:tutorial", "serve": "benchmark:serve"}
MB = 10**6
ROW = "data/one.parquet"

# Debian's Python wants a virtual environment; the rest is what tutorials show.
TUTORIAL = f"""\
FROM {BASE}
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=ca_bundle,target=/etc/ssl/certs/ca-certificates.crt \
    python -m venv /venv && /venv/bin/pip install -r requirements/dev.txt && /venv/bin/pip install --no-deps .
ENV PATH=/venv/bin:$PATH
ENTRYPOINT ["flight-delays"]
"""

PARTS = """
import collections, pathlib
sizes = collections.Counter()
for path in pathlib.Path("/").rglob("*"):
    if path.parts[1:2] in (("proc",), ("sys",)) or path.is_symlink() or not path.is_file():
        continue
    _, inside, rest = str(path).partition("/site-packages/")
    name = rest.split("/")[0].split(".")[0].lstrip("_") if inside else "Debian and Python"
    sizes[name] += path.stat().st_size
print(", ".join(f"{name} {size / 1e6:.0f}" for name, size in sizes.most_common(5)))
"""


def docker(*arguments: str, folder: Path | None = None) -> str:
    """Run a docker command that must succeed and return its output."""
    done = subprocess.run(
        [DOCKER, *arguments],
        cwd=folder,
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"error: docker {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def build(project: Path, image: str, *options: str) -> float:
    """Build an image of a project and return the seconds that it took."""
    options += ("--network=host", "--secret", f"id=ca_bundle,src={CA_BUNDLE}", "--tag", TAGS[image])
    options += ("--build-arg", f"BASE_IMAGE={BASE}")
    if image == "serve":
        options += ("--target", "serve")
    began = time.perf_counter()
    docker("build", *options, ".", folder=project)
    return time.perf_counter() - began


def prepare(project: Path, folder: Path, image: str) -> Path:
    """Copy a project as a fresh clone with its model has it, with one row to predict."""
    copy = folder / image
    ignored = shutil.ignore_patterns(".venv", ".git", "cache", "build", "dist", "__pycache__")
    shutil.copytree(project, copy, ignore=ignored)
    pl.read_parquet(project / "data/rows.parquet").head(1).write_parquet(copy / ROW)
    if image == "tutorial":
        (copy / "Dockerfile").write_text(TUTORIAL)
        (copy / ".dockerignore").unlink()
    return copy


def change(path: Path) -> None:
    """Change a file by a comment."""
    path.write_text(f"{path.read_text()}# changed {time.time()}\n")


def first_prediction(project: Path, image: str) -> float:
    """Return the median of five times from `docker run` to a written score."""

    def once() -> float:
        mounts = [f"--volume={project}/data:/data", f"--volume={project}/models:/app/models:ro"]
        command = [*mounts, TAGS[image], "predict", "/data/one.parquet", "/data/score.parquet"]
        began = time.perf_counter()
        docker("run", "--rm", "--user=0", *command)
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(5))


def measure(project: Path, folder: Path, image: str) -> dict[str, float]:
    """Build an image cold and after each kind of change, and start it."""
    copy = prepare(project, folder, image)
    locks = ("serve", "dev")
    docker("builder", "prune", "--force", "--filter", "type=exec.cachemount")
    figures = {"cold build, s": build(copy, image, "--no-cache")}
    change(next(copy.glob("src/*/cli.py")))
    figures["after a change of code, s"] = build(copy, image)
    for lock in locks:
        change(copy / f"requirements/{lock}.txt")
    figures["after a change of dependencies, s"] = build(copy, image)
    figures["start to first prediction, s"] = first_prediction(copy, image)
    figures["size, MB"] = int(docker("inspect", "--format", "{{.Size}}", TAGS[image])) / MB
    return figures


def table(results: dict[str, dict[str, float]]) -> None:
    """Print each figure of both images and their ratio."""
    print(f"{'':36}{'tutorial':>10}{'serve':>10}{'ratio':>9}")
    for name, tutorial in results["tutorial"].items():
        serve = results["serve"][name]
        print(f"{name:36}{tutorial:10.2f}{serve:10.2f}{serve / tutorial:9.1%}")


def main(project: Path) -> None:
    """Print the figures and the five largest parts of each image."""
    with tempfile.TemporaryDirectory() as folder:
        results = {image: measure(project, Path(folder), image) for image in TAGS}
    table(results)
    for image, tag in TAGS.items():
        run = ("run", "--rm", "--user=0", "--entrypoint=python")
        print(f"largest parts of {image}, MB: {docker(*run, tag, '-c', PARTS)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
