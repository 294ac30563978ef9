"""Measures how many cells of messy notebooks get the right tag, and what is left to type by hand.

`python benchmarks/notebooks.py`, in a project's environment; it also prints each cell that was wrong.
The rules were written with the notebooks of tests/notebooks at hand, but not with those in unseen/.
"""

import sys
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parents[1]
SOURCE = TEMPLATE / "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}"
NOTEBOOKS = TEMPLATE / "tests/notebooks"


def compare(path: Path) -> list[tuple[Any, str]]:
    """Return each cell of a notebook, whose tag is the right one, with the proposed tag."""
    sys.path.insert(0, str(SOURCE))
    from machinery.notebook.cells import cells, read_script
    from machinery.notebook.propose import propose

    found = cells(read_script(path))
    proposed = propose(found)
    return [(cell, proposed[cell.number]) for cell in found]


def share(folder: Path) -> None:
    """Print the share for each notebook of a folder and for all of them."""
    right = total = 0
    for path in sorted(folder.glob("*.py")):
        pairs = compare(path)
        wrong = [(cell, tag) for cell, tag in pairs if cell.tag != tag]
        for cell, tag in wrong:
            first = next((line for line in cell.source.splitlines() if line), "")
            print(f"  cell {cell.number}: {tag}, right is {cell.tag}: {first[:60]}")
        print(f"{path.stem}: {len(pairs) - len(wrong)} of {len(pairs)}")
        right, total = right + len(pairs) - len(wrong), total + len(pairs)
    print(f"share of right tags, {folder.name}: {right / total:.2f} ({right} of {total})")


def typed(patch: Path) -> None:
    """Print how many lines somebody typed after `notebook graduate`, by kind of file."""
    kind, lines = "", {"module": 0, "test": 0}
    for line in patch.read_text().splitlines():
        if line.startswith("+++ "):
            kind = "test" if "/tests/" in line else "module"
        elif line.startswith("+"):
            lines[kind] += 1
    print(
        f"lines typed until green, {patch.stem}: {lines['module']} of code, {lines['test']} of tests"
    )


def main() -> None:
    """Print both shares, and the lines typed."""
    share(NOTEBOOKS)
    share(NOTEBOOKS / "unseen")
    for patch in sorted(NOTEBOOKS.glob("*.patch")):
        typed(patch)


if __name__ == "__main__":
    main()
