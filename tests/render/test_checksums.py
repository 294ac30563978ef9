"""Files that a project does not own render without a change, whatever the answers are."""

from pathlib import Path

from checksums import NAME, digest


def test_the_checksums_are_those_of_the_rendered_files(project: Path) -> None:
    (package,) = project.glob("src/*/machinery")
    for folder in (package, project / "scripts"):
        stated = (folder / NAME).read_text(encoding="utf-8").splitlines()
        found = {path for path in folder.rglob("*") if path.is_file() and path.name != NAME}
        assert stated == [
            f"{digest(path)}  {path.relative_to(folder).as_posix()}"
            for path in sorted(found, key=lambda path: path.relative_to(folder).as_posix())
        ]
