"""Removes the flights from the project and leaves the smallest pipeline, on one table.

`make strip-example` runs it, once: it removes itself. Git keeps all that it takes away.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from sklearn.datasets import load_breast_cancer

HERE = Path("scripts/strip")
(PACKAGE,) = (init.parent for init in Path("src").glob("*/__init__.py"))
DATA = [sys.executable, "-m", f"{PACKAGE.name}.project", "data"]
SOURCE = (
    "Breast Cancer Wisconsin (Diagnostic), Wolberg, Street and Mangasarian, UCI,"
    " doi:10.24432/C5DW2B, the first ten measures, as scikit-learn has them"
)
TABLES = ("flights", "weather", "planes")
GONE = (  # also the results of a run, because they are about the flights
    *(f"data/external/{table}.parquet*" for table in TABLES),
    *(f"{PACKAGE}/data/{module}.py" for module in (*TABLES, "history")),
    "tests/**/flights",
    "tests/**/test_flights.py",
    "tests/sample/*.parquet",
    "docs/*-card.md",
    "data/clean",
    "data/quarantine",
    "data/split",
    "data/*.parquet",
    "models/candidate",
    "reports",
    "dvc.lock",
    "scripts/make/example.mk",
    "scripts/strip",
)
EDITS = (  # file, what goes, what replaces it
    ("Makefile", r"-include scripts/make/example\.mk[^\n]*\n", ""),
    ("dvc.yaml", r"      - \${src}/data/history\.py\n", ""),
    ("dvc.yaml", r"table: \[flights, weather, planes\]", "table: [tumours]"),
    ("tests/sample/README.md", r"\n\nThe flights are.*", "\n"),
    ("data/external/.gitignore", r"(/(flights|weather|planes)\.parquet\n)+", ""),
    ("scripts/CHECKSUMS", r"[^\n]*  (strip/[^\n]*|make/example\.mk)\n", ""),
    ("docs/use-case.md", r"\*\*Example\.\*\*.*?(?=\n## |\Z)", "Not answered yet.\n"),
)


def ask(*command: str) -> str | None:
    """Return the output of `command`, or None when it fails."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return None if done.returncode else done.stdout


def refuse() -> None:
    """Exit when something could be lost that neither Git nor DVC has."""
    if not ask("git", "rev-parse", "--quiet", "--verify", "HEAD"):
        sys.exit("error: nothing is committed yet: `git add --all && git commit`, then try again")
    if changed := ask("git", "status", "--porcelain"):
        first = changed.splitlines()[0][3:]
        sys.exit(f"error: not all is committed, as {first}: `git add --all && git commit`, first")
    if ask(*DATA, "check") is None:
        sys.exit("error: a table is not what its pointer says, see above")


def edited() -> Iterator[tuple[Path, str]]:
    """Yield each file to edit, with its new text; exit when one is not as it was generated."""
    texts: dict[Path, str] = {}
    for name, old, new in EDITS:
        path = Path(name)
        text = texts.get(path) or path.read_text(encoding="utf-8")
        texts[path], count = re.subn(old, lambda _, new=new: new, text, flags=re.DOTALL)
        if not count:
            sys.exit(f"error: {path} was changed where it mentions the flights: remove them there")
    yield from texts.items()


def notebook() -> str:
    """Return the notebook without its cells about flights."""
    path = Path("notebooks/explore.ipynb")
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = [cell for cell in content["cells"] if "late" not in "".join(cell["source"])]
    title = ["# What is in the data?\n", "\n", "Run `make repro` first, and `make notebook`."]
    cells = [{**content["cells"][0], "source": title}, *kept]
    content["cells"] = [{**cell, "id": str(place)} for place, cell in enumerate(cells)]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def table() -> pl.DataFrame:
    """Return the first ten measures of scikit-learn's copy of the tumours, and the diagnosis."""
    known = load_breast_cancer()
    names = [name.removeprefix("mean ").replace(" ", "_") for name in known.feature_names[:10]]
    return pl.DataFrame(
        {
            "sample": range(len(known.data)),
            **dict(zip(names, known.data.T, strict=False)),
            "malignant": pl.Series(1 - known.target, dtype=pl.Int8),  # 0 there means malignant
        }
    )


def main() -> None:
    """Remove the flights, and put the table of tumours in their place."""
    refuse()
    texts = {**dict(edited()), Path("notebooks/explore.ipynb"): notebook()}
    for file in sorted(HERE.joinpath("project").rglob("*.*")):
        place = file.relative_to(HERE / "project")
        shutil.copy(file, place if place.suffix == ".yaml" else PACKAGE / place)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    for path in [path for pattern in GONE for path in Path().glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    sample = Path("tests/sample/tumours.parquet")
    table().write_parquet(sample)
    command = [*DATA, "add", str(sample), "--name", "tumours", "--source", SOURCE]
    command += ["--license", "CC-BY-4.0", "--owner", "UCI Machine Learning Repository"]
    command += ["--description", "A row is a sample of a breast tumour.", "--refresh", "never"]
    subprocess.run([*command, "--personal-data", "none"], check=True)
    sys.stdout.write("the flights are gone: make repro, then commit; see docs/own-data.md\n")


if __name__ == "__main__":
    main()
