"""Data pushed to a server by SSH comes back by SSH."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import dvc, make, render, run

SSHD = Path("/usr/sbin/sshd")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Start an SSH server on loopback that knows one key."""
    home = tmp_path / "home/.ssh"
    home.mkdir(parents=True)
    for key in ("host", "client"):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)], tmp_path)
    port = free_port()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {(home / 'host.pub').read_text()}")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it where root starts it by hand
    options = [f"HostKey={home / 'host'}", f"AuthorizedKeysFile={home / 'client.pub'}"]
    options += ["ListenAddress=127.0.0.1", f"Port={port}", "StrictModes=no", "UsePAM=no"]
    options += ["PidFile=none", "Subsystem=sftp internal-sftp"]
    arguments = [argument for option in options for argument in ("-o", option)]
    with subprocess.Popen([SSHD, "-D", "-e", "-f", "/dev/null", *arguments]) as server:
        wait_for(port)
        yield port
        server.terminate()


@pytest.mark.skipif(not SSHD.exists(), reason="needs openssh-server, which .ci/run installs")
def test_data_comes_back_from_an_ssh_server(port: int, tmp_path: Path) -> None:
    remote = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{tmp_path}/storage"
    project = render(tmp_path, dvc_remote=remote)
    env = tmp_path / "venv"
    make(project, "setup", "LOCK=train", env=env)
    table = project / "data/external/planes.parquet"
    before = table.read_bytes()
    key = str(tmp_path / "home/.ssh/client")
    home = {"HOME": str(tmp_path / "home")}
    dvc(project, "remote", "modify", "--local", "storage", "keyfile", key, env=env)
    dvc(project, "push", "data/external/planes.parquet", env=env, variables=home)
    table.unlink()
    shutil.rmtree(project / ".dvc/cache")
    dvc(project, "pull", "data/external/planes.parquet", env=env, variables=home)
    assert table.read_bytes() == before


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address: tuple[str, int] = server.getsockname()
    return address[1]


def wait_for(port: int, seconds: float = 5) -> None:
    """Wait until a server answers on a port of this machine."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")
