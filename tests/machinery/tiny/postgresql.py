"""A PostgreSQL server for tests, where it is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "pass/word@42"  # pragma: allowlist secret - what a URL has to escape
ESCAPED = "pass%2Fword%4042"
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))  # where Debian has them


def programs() -> Path:
    found = shutil.which("initdb") or (SERVERS and SERVERS[-1])
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return Path(found).resolve().parent


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own, that asks for a password."""
    here = programs()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    become = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses root
    # Not in pytest's folder, which other users may not enter.
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if become:
            shutil.chown(folder, "postgres")
            shutil.chown(folder / "password", "postgres")

        def call(program: str, *arguments: str) -> None:
            command = [*become, str(here / program), "-D", str(folder / "data"), *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        call("initdb", "-U", "owner", "-A", "scram-sha-256", f"--pwfile={folder}/password")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        call("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        yield f"postgresql://owner:{ESCAPED}@127.0.0.1:{port}"
        call("pg_ctl", "stop", "-w", "-m", "fast")
