import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from machinery.project import Project
from tiny.command import invoke

from .conftest import IDENTITY, PYTHON, code, save, shown, text

PIXEL = b"\x89PNG one pixel"
HTML = "<table><tr><td>UA</td></tr></table>"


def messy(folder: Path) -> Path:
    """Write a notebook with what real ones have: outputs, an error, a shell line, no order."""
    return save(
        folder / "Churn v2.ipynb",
        text("# Who leaves?"),
        code("import pandas as pd\nimport nothing_like_it\n!ls", 1),
        code(
            "t = pd.read_csv('/home/ada/customers.csv')\nt",
            3,
            shown(image_png=b64encode(PIXEL).decode(), text_plain="<Figure>"),
            shown(text_html=HTML, text_plain="UA"),
        ),
        code("late = clean(t)", 2),
        code("def clean(t):\n    return t.dropna()", 4),
        code("1 / 0", 5, new_output("error", ename="ZeroDivisionError", evalue="by zero")),
        code("%%time\nt.shape", 6, new_output("stream", name="stdout", text="Wall time: 1 s\n")),
        code("t.describe()", None),
    )


@pytest.fixture
def churn(project: Path) -> Path:
    return messy(project)


@pytest.fixture(scope="module")
def said(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """What the import of that notebook printed, and the project: only read it."""
    folder = tmp_path_factory.mktemp("imported") / "project"
    shutil.copytree(repository, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        Path("other.txt").write_text("not yours\n")
        git("add", "other.txt")
        Path("requirements").mkdir()
        Path("requirements/explore.txt").write_text("pandas==3.1.1 \\\n    --hash=sha256:0a\n")
        result = invoke(
            "notebook", "import", messy(folder), "--name", "churn", project=Project(package="tiny")
        )
        assert result.exit_code == 0, result.output
        yield result.output, folder


@pytest.fixture
def imported(said: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the import printed; the working directory is its project."""
    monkeypatch.chdir(said[1])
    return said[0]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def refusal(*arguments: object) -> str:
    result = invoke("notebook", "import", *arguments, project=Project(package="tiny"))
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1
    return result.output


def files() -> set[str]:
    return {str(path) for path in Path().rglob("*.*") if not path.parts[0].startswith(".")}


@pytest.mark.usefixtures("imported")
def test_everything_is_stored_and_the_rest_of_the_repository_stays():
    committed = git("show", "--name-only", "--format=%s", "HEAD").split("\n")
    assert committed[0] == "Import the notebook churn"
    assert sorted(filter(None, committed[1:])) == [
        "docs/explorations/.gitignore",
        "docs/explorations/churn.dvc",
        "docs/explorations/churn.md",
        "notebooks/explorations/churn.ipynb",
        "notebooks/explorations/churn.py",
    ]
    assert git("status", "--porcelain", "other.txt") == "A  other.txt\n"


@pytest.mark.usefixtures("imported")
def test_the_outputs_are_files_that_dvc_tracks():
    folder = Path("docs/explorations/churn")
    assert (folder / "cell-003-1.png").read_bytes() == PIXEL
    assert (folder / "cell-003-2.html").read_text() == HTML
    assert (folder / "cell-007-1.txt").read_text() == "Wall time: 1 s\n"
    assert len(list(folder.iterdir())) == 3
    assert "path: churn" in Path("docs/explorations/churn.dvc").read_text()


@pytest.mark.usefixtures("imported")
def test_the_notebook_is_stripped_and_the_script_has_the_number_of_each_cell():
    notebook = nbformat.read("notebooks/explorations/churn.ipynb", as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    script = Path("notebooks/explorations/churn.py").read_text()
    assert script.startswith("# %% [markdown]\n# # Who leaves?\n\n# %% 2\nimport pandas as pd\n")
    assert "# !ls" in script
    assert "# %% 7\n# %%time\nt.shape\n" in script


@pytest.mark.usefixtures("imported")
def test_the_page_says_who_what_and_what_is_next():
    page = Path("docs/explorations/churn.md").read_text()
    assert "| By | Ada |" in page
    assert "| File | Churn v2.ipynb |" in page
    assert "![cell-003-1.png](churn/cell-003-1.png)" in page
    assert "- [ ] The author corrected the tags" in page


def test_what_it_reads_and_imports_is_said_with_what_to_do(imported):
    assert (
        'cell 3 reads /home/ada/customers.csv: `commands data add "/home/ada/customers' in imported
    )
    assert "--name customers --license LICENSE" in imported
    assert "imports nothing-like-it: in no lock: add it to pyproject.toml" in imported


def test_faults_are_said_by_cell(imported):
    assert "cell 3 holds the absolute path /home/ada/customers.csv\n" in imported
    assert "cell 4 is out of order: it ran as [2], a cell above as [3]\n" in imported
    assert "cell 4 uses `clean`, which cell 5 defines later\n" in imported
    assert "cell 6 failed: ZeroDivisionError: by zero\n" in imported
    assert "cell 8 was not run\n" in imported
    assert "cell 7" not in imported


@pytest.mark.parametrize(
    ("sources", "what"),
    [
        (["f = '../x.csv'", "import pandas as pd", "pd.read_csv(f)"], "../x.csv"),
        (
            ["D = 'https://a.org/'", "import polars as pl; pl.read_csv(D + 'x.csv')"],
            "https://a.org",
        ),
        (["import sqlite3\nc = sqlite3.connect(f'{1}.db')"], "1.db: `commands data add"),
        (["%%sql\nselect * from t"], "a database: `commands data add"),
        (
            ["from sklearn.datasets import load_iris\nload_iris()"],
            'load_iris: write it to a Parquet file once, then `commands data add "iris.parquet" --name iris',
        ),
    ],
)
def test_a_file_an_address_a_database_and_a_package_are_things_to_read(sources, what, project, run):
    path = save(project / "n.ipynb", code("x = 1"), *(code(source) for source in sources))
    assert f"reads {what}" in run("import", path)


def test_a_file_that_is_written_is_not_read(project, run):
    path = save(project / "n.ipynb", code("with open('x.txt', 'w') as file:\n    file.write('1')"))
    assert "reads" not in run("import", path)


def test_an_external_table_is_known(project, run):
    Path("data/external").mkdir(parents=True)
    Path("data/external/flights.parquet").write_bytes(b"")
    source = "import pandas as pd\npd.read_parquet('../../data/external/flights.parquet')"
    assert "is the external table flights" in run("import", save(project / "n.ipynb", code(source)))


def test_a_lock_that_holds_a_package_is_named(imported):
    line = "imports pandas: 3.1.1, in requirements/explore.txt: for notebooks"
    assert line in imported


def test_a_notebook_without_kernel_is_read_as_python(project, run):
    said = run("import", save(project / "n.ipynb", code("x = 1"), metadata={}))
    assert "the notebook names no kernel: it was read as Python\n" in said


def form(**cell: object) -> str:
    """Return a notebook of one cell as JSON, or without cells."""
    known = {"id": "a", "cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [known | cell] if cell else []
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


BROKEN = {
    "not JSON": ("import pandas\n", "is not a notebook: it is not JSON"),
    "JSON": ("[1]", "is not a notebook: it states no nbformat"),
    "format 3": (
        json.dumps({"nbformat": 3, "worksheets": []}),
        "has format 3, this reads format 4",
    ),
    "nothing": ("", "n.ipynb is not a notebook: it is empty"),
    "conflict": ("{\n<<<<<<< HEAD\n}", "holds the marks of a merge conflict: resolve it first"),
    "brackets": ("[" * 100_000, "is not a notebook: it is not JSON"),
    "format 5": (json.dumps({"nbformat": 5}), "has format 5, which nbformat does not know"),
    "half": (json.dumps({"nbformat": 4, "nbformat_minor": 5}), "is not a valid notebook"),
    "format 2": (json.dumps({"nbformat": 2, "worksheets": []}), "has format 2, this reads"),
    "other encoding": ('{"a": "\xe9"}'.encode("latin-1"), "is not a notebook: it is not JSON"),
    "no cells": (form(), "n.ipynb holds no Python"),
    "lists in a list": (form(source=[["x"], ["= 1"]]), "is not a valid notebook: sequence item"),
    "no texts": (form(source=None), "is not a valid notebook"),
    "half a character": (form(source="x = '\ud800'"), "holds half a character"),
    "a null byte": (form(source="x = '\0'"), "no cell of n.ipynb is Python"),
    "a deep cell": (form(source="+".join("x" * 30_000)), "no cell of n.ipynb is Python (cell 1"),
    "no outputs": (form(source="x = 1", outputs=[{}]), "is not a valid notebook"),
}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_not_a_notebook_is_refused_and_nothing_is_written(kind):
    content, sentence = BROKEN[kind]
    Path("n.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert sentence in refusal("n.ipynb")
    assert files() == {"n.ipynb"}


@pytest.mark.usefixtures("project")
def test_what_is_not_a_file_is_refused():
    Path("folder.ipynb").mkdir()
    Path("nowhere.ipynb").symlink_to("missing.ipynb")
    for name in ("folder.ipynb", "nowhere.ipynb"):
        assert f"{name} is not a file: give a notebook" in refusal(name)


def test_a_folder_that_cannot_be_written_to_is_said_and_nothing_is_left(churn):
    Path("docs").mkdir()
    Path("docs/explorations").write_text("a file\n")
    assert "docs/explorations" in refusal(churn)
    assert not list(Path("notebooks").rglob("*.*"))


def test_outputs_of_an_earlier_import_are_not_overwritten(churn):
    Path("docs/explorations/churn").mkdir(parents=True)
    Path("docs/explorations/churn/cell-001-1.txt").write_text("mine\n")
    assert "docs/explorations/churn exists: give another" in refusal(churn, "--name", "churn")
    assert Path("docs/explorations/churn/cell-001-1.txt").read_text() == "mine\n"


def test_cells_with_the_same_id_are_imported(project, run):
    cells = [{"id": "a", "cell_type": "code", "metadata": {}, "execution_count": None}] * 2
    twice = [cell | {"source": "x = 1", "outputs": []} for cell in cells]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": twice}
    (project / "n.ipynb").write_text(json.dumps(content))
    assert "committed" in run("import", "n.ipynb")


@pytest.mark.usefixtures("project")
def test_a_script_is_refused_with_the_command_that_makes_a_notebook_of_it():
    Path("n.py").write_text("# %%\nx = 1\n")
    assert "it is Python: `jupytext --to ipynb n.py` makes one" in refusal("n.py")
    assert files() == {"n.py"}


@pytest.mark.usefixtures("project")
def test_a_picture_that_cannot_be_decoded_is_refused_and_nothing_is_written():
    save(Path("n.ipynb"), code("x = 1", 1, shown(image_png="a")))
    assert "cell 1 holds a picture that cannot be decoded" in refusal("n.ipynb")
    assert files() == {"n.ipynb"}


SECRET = "k = 'AKIAIOSFODNN7EXAMPLA'"  # pragma: allowlist secret
CELLS = {
    "R": ("x <- 1", {"kernelspec": {"name": "ir", "display_name": "R"}}, "is written in r: only"),
    "magics": ("%matplotlib inline\n!ls", PYTHON, "holds no Python, only magics"),
    "no kernel, other code": ("library(dplyr)\nx <- = 1", {}, "no cell of n.ipynb is Python"),
    "secret": (SECRET, PYTHON, "cell 1 holds what looks like a secret"),
}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("kind", CELLS)
def test_what_must_not_be_imported_is_refused_and_nothing_is_written(kind):
    source, metadata, sentence = CELLS[kind]
    save(Path("n.ipynb"), code(source), metadata=metadata)
    assert sentence in refusal("n.ipynb")
    assert files() == {"n.ipynb"}


@pytest.mark.usefixtures("project")
def test_fifty_megabytes_of_outputs_are_refused_with_the_largest_cell():
    cells = [{"outputs": []}, {"outputs": [{"text": "x" * 50_000_000}]}]
    Path("n.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    assert "clear the outputs of cell 2 (50 MB)" in refusal("n.ipynb")
    assert files() == {"n.ipynb"}


def test_a_second_import_under_one_name_changes_nothing(imported):
    assert "next, " in imported
    before = {name: Path(name).read_bytes() for name in files()}
    assert "notebooks/explorations/churn.py exists" in refusal("Churn v2.ipynb", "--name", "churn")
    assert {name: Path(name).read_bytes() for name in files()} == before


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", ["2023.ipynb", "class.ipynb"])
def test_a_name_that_no_module_can_have_is_refused(name):
    save(Path(name), code("x = 1"))
    assert "give a name such as --name churn" in refusal(name)


def test_a_commit_that_fails_leaves_nothing(churn):
    hook = Path(".git/hooks/pre-commit")
    hook.write_text("#!/bin/sh\necho error: not today >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "git commit failed: error: not today" in refusal(churn, "--name", "churn")
    left = files() - {"docs/explorations/.gitignore"}
    assert left == {churn.name}
    assert "churn" not in git("status", "--porcelain", "--untracked-files=no")


def test_a_missing_library_is_said_with_the_command_that_installs_it(churn, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jupytext", None)
    assert "has no jupytext: `make setup LOCK=explore` installs it" in refusal(churn)
