"""Prints how long each command of a project takes, how long it is silent, and how much it says.

Run it after `make demo` with the demo's own Python; it works in build/stopwatch, on the sample:
`build/demo/flight-delays/.venv/bin/python benchmarks/stopwatch.py build/demo/flight-delays`.
Words after the folder choose the commands that contain one of them.

Each command runs on a pseudo-terminal, as a person sees it, so that progress counts as output. A
silence is the longest time without output, up to the end. It may be 5 seconds at most; the table
marks those that are longer. The first use of a lock, such as that of `make check`, installs it.
"""

import hashlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path("build/stopwatch").resolve()
PROJECT = HERE / "project"
LONGEST = 5.0  # seconds of silence
SERVED = 20.0  # seconds after which a command that runs for ever is ended
ENDLESS = ("make serve",)
COMMANDS = (
    *("make", "make setup", "make repro", "make repro", "git add . && git commit -qm 'A model'"),
    *("make push", "make pull", "make compare", 'make experiment ARGS="-S train.rounds=30"'),
    *("make compare", "git checkout --quiet . && dvc checkout --quiet"),
    *("git push --quiet origin main", "make release VERSION=v1.0.0"),
    *("make promote VERSION=v1.0.0 STAGE=champion", "flight-delays model fetch"),
    *("flight-delays model history", "flight-delays model show", "flight-delays model gate"),
    *("make predict IN=data/rows.parquet OUT=build/scores.parquet", "make serve"),
    *("flight-delays outcomes data/rows.parquet", "make monitor", "flight-delays report"),
    *("flight-delays check", "make test", "make docs", "make check", "make fix", "make rollback"),
)


def prepare(demo: Path) -> None:
    """Make a repository of the demo with the tables of its sample, an origin and a remote."""
    shutil.rmtree(HERE, ignore_errors=True)
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "tmp", "cache", "dvc.lock")
    shutil.copytree(demo, PROJECT, ignore=ignored)
    own = f"ln -s {Path(sys.executable).parent.parent} .venv && echo .venv >> .git/info/exclude"
    for command in (
        "git init --quiet --bare --initial-branch=main ../origin.git",
        "git init --quiet --initial-branch=main && git remote add origin ../origin.git",
        own,
        "git config user.name benchmark && git config user.email benchmark@example.com",
        "mkdir ../storage && dvc remote modify storage url ../../storage",
        "python scripts/ci/ease_gate.py params.yaml && cp tests/sample/*.parquet data/external",
        "dvc add --quiet data/external/*.parquet",
    ):
        subprocess.run(["sh", "-ec", command], cwd=PROJECT, env=environment(), check=True)
    for table in (PROJECT / "data/external").glob("*.parquet"):
        pointer = table.with_name(f"{table.name}.dvc")
        digest = hashlib.sha256(table.read_bytes()).hexdigest()
        pointer.write_text(re.sub(r"sha256: \w+", f"sha256: {digest}", pointer.read_text()))
    start = "git add . && git commit --quiet --message start && git push --quiet origin main"
    subprocess.run(["sh", "-ec", start], cwd=PROJECT, env=environment(), check=True)


def environment() -> dict[str, str]:
    """Return the variables of a shell in which the demo's environment is active."""
    programs = Path(sys.executable).parent
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "100"}
    return os.environ | own | {"PYTHONPATH": str(PROJECT / "src")}


def timed(command: str) -> tuple[float, float, str, int, int]:
    """Return seconds, the longest silence, what came before it, printed lines and the status."""
    master, slave = pty.openpty()
    start = last = time.monotonic()
    silence, before, said = 0.0, "", b""
    with subprocess.Popen(
        ["sh", "-c", command], cwd=PROJECT, env=environment(), stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        while True:
            ready, _, _ = select.select([master], [], [], 0.2)
            now = time.monotonic()
            if command in ENDLESS and now - start > SERVED:
                os.killpg(process.pid, signal.SIGTERM)
            if not ready:
                continue
            if now - last > silence:
                silence, before = now - last, said.decode(errors="replace")
            last = now
            try:
                part = os.read(master, 65536)
            except OSError:  # Linux says so when the last program has closed the terminal
                break
            if not part:
                break
            said += part
        status = process.wait()
    os.close(master)
    *_, shown = ["the start", *re.findall(r"[^\r\n\x1b|]*\w[^\r\n\x1b|]*", before)]
    return time.monotonic() - start, silence, shown.strip()[:30], said.count(b"\n"), status


def main(demo: Path, words: list[str]) -> None:
    """Print a line for each command."""
    prepare(demo)
    print("| command | seconds | longest silence | after | lines | status |")
    print("|---|---|---|---|---|---|")
    for command in COMMANDS:
        if words and not any(word in command for word in words):
            continue
        seconds, silence, before, lines, status = timed(command)
        mark = " (too long)" if silence > LONGEST and command not in ENDLESS else ""
        print(
            f"| `{command}` | {seconds:.1f} | {silence:.1f}{mark} | {before} | {lines} | {status} |",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
