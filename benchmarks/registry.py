"""Prints whether five clones and ten kills give one dvc.lock, and how long a release takes.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/registry.py build/demo/flight-delays`.
`clones`, `kills` or `release` after the folder runs one part alone; `sample` takes the tables of
tests/sample, for a run in minutes. It works in build/registry.

The clones differ in path, umask, time zone, hash seed and threads; each runs every stage from the
external tables. A run is killed with -9 ten times at moments drawn at random, and then ends. The
release is that of a second version next to a champion, with everything made again.
"""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path("build/registry").resolve()
BIN = Path(sys.executable).parent
PROJECT = HERE / "project"
CLONES = {  # path: umask, time zone, hash seed, threads
    "a": (0o022, "UTC", "0", "1"),
    "b/with some spaces": (0o077, "Asia/Kathmandu", "1", "2"),
    "c/d/e/f/g/h/i/j/k": (0o002, "America/St_Johns", "random", "2"),
    "ü": (0o027, "Pacific/Apia", "42", "1"),
    "last": (0o000, "Europe/Berlin", "7", "4"),
}


def run(folder: Path, *command: str, umask: int = 0o022, **variables: str) -> str:
    """Run a command in a project and return its output; fail when it does."""
    own = {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": "src", **variables}
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | own,
        umask=umask,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def prepare(demo: Path, *, sample: bool) -> None:
    """Make a repository of the demo, with an origin and a remote that has its tables."""
    shutil.rmtree(HERE, ignore_errors=True)
    ignored = shutil.ignore_patterns(".venv", "build", ".git", "tmp")
    shutil.copytree(demo, PROJECT, ignore=ignored, symlinks=True)
    (HERE / "storage").mkdir()
    run(HERE, "git", "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    run(PROJECT, "git", "init", "--quiet", "--initial-branch=main")
    run(PROJECT, "git", "config", "user.name", "benchmark")
    run(PROJECT, "git", "config", "user.email", "benchmark@example.com")
    run(PROJECT, "git", "remote", "add", "origin", str(HERE / "origin.git"))
    run(PROJECT, "dvc", "remote", "modify", "storage", "url", str(HERE / "storage"))
    if sample:
        shrink()
    run(PROJECT, "dvc", "repro")
    commit("A model")
    run(PROJECT, "dvc", "push")


def shrink() -> None:
    """Replace the tables by those of tests/sample, and ease the limits that few rows miss."""
    run(PROJECT, sys.executable, "scripts/ci/ease_gate.py", "params.yaml")
    for table in sorted((PROJECT / "tests/sample").glob("*.parquet")):
        target = PROJECT / "data/external" / table.name
        shutil.copy(table, target)
        run(PROJECT, "dvc", "add", "--quiet", str(target.relative_to(PROJECT)))
        pointer = target.with_name(f"{table.name}.dvc")
        digest = hashlib.sha256(table.read_bytes()).hexdigest()
        pointer.write_text(re.sub(r"sha256: \w+", f"sha256: {digest}", pointer.read_text()))
    (PROJECT / "dvc.lock").unlink()


def commit(message: str) -> None:
    """Commit everything and push it."""
    run(PROJECT, "git", "add", "--all")
    run(PROJECT, "git", "commit", "--quiet", "--message", message)
    run(PROJECT, "git", "push", "--quiet", "origin", "main")


def lock(folder: Path) -> str:
    """Return the first digits of the SHA-256 of dvc.lock."""
    return hashlib.sha256((folder / "dvc.lock").read_bytes()).hexdigest()[:12]


def clones() -> None:
    """Run the pipeline in each clone from the external tables, and print the hash of dvc.lock."""
    print(f"committed   {lock(PROJECT)}")
    for name, (umask, zone, seed, threads) in CLONES.items():
        folder = HERE / "clones" / name
        own = {"TZ": zone, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads}
        own["POLARS_MAX_THREADS"] = threads
        clone(folder, umask)
        (folder / "dvc.lock").unlink()
        begun = time.monotonic()
        run(folder, "dvc", "repro", umask=umask, **own)
        print(f"{name:20} {umask:03o} {zone:17} {seed:6} {threads}  {lock(folder)}", end="")
        print(f"  {time.monotonic() - begun:.0f} s", flush=True)
        shutil.rmtree(folder)


def clone(folder: Path, umask: int = 0o022) -> None:
    """Clone the repository with its external tables."""
    run(HERE, "git", "clone", "--quiet", str(HERE / "origin.git"), str(folder), umask=umask)
    shutil.copy(PROJECT / "requirements/python.txt", folder / "requirements")
    tables = sorted(str(each.relative_to(folder)) for each in folder.glob("data/external/*.dvc"))
    run(folder, "dvc", "pull", *tables, umask=umask)


def kills(number: int = 10) -> None:
    """Kill a run at random moments, let it end, and print the hash of dvc.lock."""
    folder, draw = HERE / "killed", random.Random(0)
    clone(folder)
    (folder / "dvc.lock").unlink()
    own = {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": "src"}
    for _ in range(number):
        with subprocess.Popen(
            ["dvc", "repro"],
            cwd=folder,
            env=os.environ | own,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            seconds = draw.uniform(2, 30)
            try:
                process.wait(seconds)
                print("it ended before it was killed", flush=True)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
    run(folder, "dvc", "repro")
    print(f"after {number} kills  {lock(folder)}, committed {lock(PROJECT)}", flush=True)
    shutil.rmtree(folder)


def release(demo: Path) -> None:
    """Release a champion and then a second version, and print how long the latter took."""
    model = (str(BIN / demo.resolve().name), "model")
    run(PROJECT, *model, "release", "v1.0.0")
    run(PROJECT, *model, "promote", "v1.0.0", "champion")
    params = PROJECT / "params.yaml"
    text = re.sub(r"learning_rate: [\d.]+", "learning_rate: 0.19", params.read_text())
    params.write_text(text)
    run(PROJECT, "dvc", "repro")
    commit("Another model")
    begun = time.monotonic()
    run(PROJECT, *model, "release", "v1.1.0")  # its progress goes to stderr
    print(f"release next to a champion: {time.monotonic() - begun:.0f} s")


def main(demo: Path, parts: list[str]) -> None:
    """Run the given parts, or all."""
    prepare(demo, sample="sample" in parts)
    parts = [part for part in parts if part != "sample"]
    if not parts or "clones" in parts:
        clones()
    if not parts or "kills" in parts:
        kills()
    if not parts or "release" in parts:
        release(demo)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
