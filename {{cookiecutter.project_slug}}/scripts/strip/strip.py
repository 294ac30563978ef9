"""Takes the flights out of the project and leaves the smallest pipeline, on one table.

`make strip-example` runs it, once: it goes with them. Git has all that it takes away.
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
DATA = [sys.executable, "-c", f"from {PACKAGE.name}.cli import main; main()", "data"]
SOURCE = (
    "Breast Cancer Wisconsin (Diagnostic), Wolberg, Street and Mangasarian, UCI,"
    " doi:10.24432/C5DW2B, the first ten measures, as scikit-learn has them"
)
TABLES = ("flights", "weather", "planes")
GONE = (  # those that a run made, too: they are of the flights
    *(f"data/external/{table}.parquet*" for table in TABLES),
    *(f"{PACKAGE}/data/{table}.py" for table in TABLES),
    "tests/**/flights",
    "tests/**/test_flights.py",
    "tests/sample/*.parquet",
    "docs/flights.md",
    "docs/*-card.md",
    "data/clean",
    "data/quarantine",
    "data/split",
    "data/*.parquet",
    "models/candidate",
    "reports",
    "dvc.lock",
    "scripts/strip",
    "scripts/make/example.mk",
)
MOVED = {
    "schema.py": PACKAGE / "data/schema.py",
    "examples.py": PACKAGE / "data/examples.py",
    "features.py": PACKAGE / "data/features.py",
    "params.yaml": Path("params.yaml"),
}
EDITS = (  # file, what goes, what comes for it
    ("scripts/CHECKSUMS", r"[0-9a-f]{64}  (strip/[^\n]*|make/example\.mk)\n", ""),
    ("Makefile", r"-include scripts/make/example\.mk[^\n]*\n", ""),
    (".mkdocs.yml", r"[^\n]*flights\.md\n", ""),
    ("README.md", r"( *(flights|weather|planes) --> examples\n)+", ""),
    ("tests/sample/README.md", r"\n\nOf the flights.*", "\n"),
    ("data/external/.gitignore", r"(/(flights|weather|planes)\.parquet\n)+", ""),
    ("dvc.yaml", r"  flights:\n.*?(?=  features:\n)", (HERE / "stage.yaml").read_text()),
    (f"{PACKAGE}/params.py", r"class Table.*?(?=class Examples)", ""),
    (f"{PACKAGE}/params.py", r"    (flights|weather|planes): Table\n", ""),
    (
        f"{PACKAGE}/params.py",
        r'"""What one labelled example is."""\n.*?\n\n\n',
        '"""Which table the examples come from, and how many of its rows may break a rule."""\n\n'
        "    table: str\n    max_bad_share: Share\n\n\n",
    ),
    ("docs/use-case.md", r"The answers are those.*?over: ", "The model card takes these over: "),
    ("docs/use-case.md", r"\*\*Example\.\*\*.*?(?=\n## |\Z)", "Not answered yet.\n"),
)


def ask(*command: str) -> str | None:
    """Return what `command` says, or nothing when it fails."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return None if done.returncode else done.stdout


def refuse() -> None:
    """Exit when something could be lost that Git and DVC have not got."""
    if not ask("git", "rev-parse", "--quiet", "--verify", "HEAD"):
        sys.exit("error: there is no commit yet: `git add --all && git commit`, then again")
    if changed := ask("git", "status", "--porcelain"):
        first = changed.splitlines()[0][3:]
        sys.exit(f"error: not all is committed, as {first}: `git add --all && git commit`, first")
    if ask(*DATA, "check") is None:
        sys.exit("error: a table is not what its pointer says, see above")


def edited() -> Iterator[tuple[Path, str]]:
    """Yield each file that is edited, with its new text; exit when one is not as it came."""
    texts: dict[Path, str] = {}
    for name, old, new in EDITS:
        path = Path(name)
        text = texts.get(path) or path.read_text(encoding="utf-8")
        texts[path], count = re.subn(old, lambda _, new=new: new, text, flags=re.DOTALL)
        if not count:
            sys.exit(
                f"error: {path} was changed where the flights stand in it: take them out there"
            )
    yield from texts.items()


def notebook() -> str:
    """Return the notebook without what it says of flights."""
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
    """Take the flights out, and put the table of tumours in their place."""
    refuse()
    texts = {**dict(edited()), Path("notebooks/explore.ipynb"): notebook()}
    for name, path in MOVED.items():
        shutil.move(HERE / name, path)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    for path in [path for pattern in GONE for path in Path().glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    sample = Path("tests/sample/tumours.parquet")
    table().write_parquet(sample)
    command = [*DATA, "add", str(sample), "--name", "tumours", "--source", SOURCE]
    command += ["--licence", "CC-BY-4.0", "--owner", "UCI Machine Learning Repository"]
    command += ["--description", "A row is a sample of a breast tumour.", "--refresh", "never"]
    subprocess.run([*command, "--personal-data", "none"], check=True)
    sys.stdout.write("the flights are gone: make repro, then commit; see docs/own-data.md\n")


if __name__ == "__main__":
    main()
