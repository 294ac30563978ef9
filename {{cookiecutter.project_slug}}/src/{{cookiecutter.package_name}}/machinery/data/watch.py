"""Runs a program that fills a folder, and stops it when the folder no longer grows."""

import subprocess
from pathlib import Path

from ..errors import InputError

PATIENCE = 28  # seconds without news from a server; a download that stops is noticed in twice that
LEAST = 1024  # bytes that count as news


def run(
    command: list[str],
    *,
    given: str = "",
    filling: Path | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `command` with `given` as its input; raise InputError when `filling` no longer grows."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=cwd
    ) as process:
        try:
            output, errors = _wait(process, given, filling)
        except BaseException:  # Ctrl-C too
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _wait(process: subprocess.Popen[str], given: str, filling: Path | None) -> tuple[str, str]:
    before = 0
    while True:
        try:
            return process.communicate(given, timeout=PATIENCE if filling else None)
        except subprocess.TimeoutExpired:
            now = _size(filling) if filling else 0
            if now < before + LEAST:
                raise InputError(
                    f"the server has sent nothing for {PATIENCE} seconds: try again later"
                ) from None
            before = now


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
