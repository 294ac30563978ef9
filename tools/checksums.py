"""Writes the checksums of the files that a project does not own, as `sha256sum` does.

`<slug> check` in a project names the files that are no longer as they were shipped.
"""

import hashlib
import subprocess
from pathlib import Path

TEMPLATE = Path(__file__).parents[1]
PROJECT = TEMPLATE / "{{cookiecutter.project_slug}}"
FENCED = (PROJECT / "src/{{cookiecutter.package_name}}/machinery", PROJECT / "scripts")
NAME = "CHECKSUMS"


def checksums(folder: Path) -> str:
    """Return a line with SHA-256 and name for each file that Git tracks in `folder`."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    names = {name for name in done.stdout.split("\0") if name and (folder / name).is_file()}
    return "".join(f"{digest(folder / name)}  {name}\n" for name in sorted(names - {NAME}))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    for each in FENCED:
        (each / NAME).write_text(checksums(each), encoding="utf-8")
