"""A silent command of a shell script shows on a terminal that it still runs, and nowhere else."""

import os
import pty
import subprocess
from contextlib import suppress

import pytest
from project import SOURCE

SCRIPTS = SOURCE / "scripts/setup"
LONG = "sleep 2.3; echo done; exit 3"


def on_a_terminal(*command: str) -> tuple[str, int]:
    """Run a command on a pseudo-terminal, and return what it shows and its status."""
    terminal, inside = pty.openpty()
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside) as process:
        os.close(inside)
        shown = b""
        with suppress(OSError):  # Linux says so when the last program has closed the terminal
            while part := os.read(terminal, 1000):
                shown += part
    os.close(terminal)
    return shown.decode(), process.returncode


@pytest.mark.parametrize(
    ("script", "said", "status"),
    [("waiting.sh", "done\r\n", 3), ("quiet.sh", "done\r\nerror: sh -c ", 1)],
)
def test_a_silent_command_shows_its_seconds_on_a_terminal(
    script: str, said: str, status: int
) -> None:
    shown, found = on_a_terminal("sh", str(SCRIPTS / script), "sh", "-c", LONG)
    assert "sh: 2 s\x1b[K\r" in shown
    assert said in shown
    assert found == status


@pytest.mark.parametrize("script", ["waiting.sh", "quiet.sh"])
def test_elsewhere_nothing_is_added(script: str) -> None:
    command = ["sh", str(SCRIPTS / script), "sh", "-c", "exit 0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
