import ast
import subprocess
import sys
from pathlib import Path

import pytest

from machinery.project import Project
from tiny.command import invoke

SCRIPT = """\
# %% 1 tags=["setup"]
import math
import numpy as np
import matplotlib.pyplot as plt
LIMIT = 3
fees = dict(base=10)

# %% [markdown]
# ## Orders
# One row is an order.

# %% 3 tags=["data:orders"]
orders = np.loadtxt("orders.txt")
orders = [int(n) for n in orders]
orders

# %% 4 tags=["plot"]
plt.hist(orders)

# %% 5 tags=["features"]
def large(n):
    # more than the limit
    return n > LIMIT

# %% 6 tags=["features"]
# the largest
flags = {"large": [large(n) for n in orders]}
flags["root"] = [math.sqrt(n) for n in orders]

# %% 7 tags=["drop"]
print(flags)

# %% 8 tags=["evaluate"]
share = sum(flags["large"]) / len(orders) + fees["base"] * 0

# %% 9 tags=["rows"]
flags["late"] = share

# %% 10 tags=["features"]
flags["both"] = flags["late"] * 2

# %% 11 tags=["predict"]
score = nobody_made_this + 1

# %% 12 tags=["train"]
model = later + 1

# %% 13 tags=["train"]
later = 1
"""


@pytest.fixture
def script(project: Path) -> Path:
    path = project / "notebooks/explorations/orders.py"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT)
    (path.parent / "orders.txt").write_text("1\n4\n9\n")
    for folder in ("", "data", "model", "prediction"):
        (project / "src/shop" / folder).mkdir(parents=True, exist_ok=True)
        (project / "src/shop" / folder / "__init__.py").write_text('"""A package."""\n')
    return path


def refusal(*arguments: object) -> str:
    result = invoke("notebook", *arguments, project=Project(package="shop"))
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.output


def function(path: str, name: str) -> str:
    tree = ast.parse(Path(path).read_text())
    (found,) = [each for each in tree.body if getattr(each, "name", "") == name]
    return ast.unparse(found)


def write_proof(project: Path) -> None:
    """Make the notebook one that runs, and graduate it."""
    path = project / "notebooks/explorations/orders.py"
    path.write_text(SCRIPT[: SCRIPT.index("# %% 11")].replace("import matplotlib", "# "))
    path.write_text(path.read_text().replace("plt.hist(orders)", "pass"))


@pytest.mark.usefixtures("script")
def test_cells_of_one_tag_are_a_function_with_what_they_take_and_return(run):
    run("graduate", "orders")
    assert function("src/shop/data/orders.py", "clean_orders") == (
        "def clean_orders(orders: Any) -> Any:\n"
        '    """Do what cell 3 does: data orders.\n\n    ## Orders\n    One row is an order.\n    """\n'
        "    return [int(n) for n in orders]"
    )
    text = function("src/shop/data/orders.py", "features")
    assert text.startswith("def features(orders: Any) -> Any:")
    assert text.endswith("return flags")
    assert "print" not in text
    assert "share: Any" in function("src/shop/data/orders.py", "rows")


@pytest.mark.usefixtures("script")
def test_constants_and_helpers_are_shared_and_comments_stay(run):
    run("graduate", "orders")
    text = Path("src/shop/data/orders.py").read_text()
    assert "\nLIMIT = 3\n" in text
    assert "def large(n: Any) -> Any:\n" in text
    assert "    # more than the limit\n    return n > LIMIT\n" in text
    assert "    # the largest\n    flags = {" in text
    assert '    return {"base": 10}\n' in text
    assert "matplotlib" not in text


CLASSES = """\
# %% 1 tags=["setup"]
import os
from dataclasses import dataclass, field
import matplotlib.pyplot as plt
plt.rcParams["font.size"] = 9
plt.style.use("ggplot")
from argparse import Namespace
from typing import overload

# %% 2 tags=["data:orders"]
class Cleaner(Namespace):
    def __init__(self, low=1):  # a limit
        self.low = low
    def __call__(self, rows: list): return self.kept(rows)
    def kept(self, rows, *more, key=lambda row: row):
        \"\"\"Keep the large ones.\"\"\"
        return [row for row in rows if row > self.low]
    @staticmethod
    def size(rows): return len(rows)
    @overload
    def twice(self, n: int) -> int: ...
    @overload
    def twice(self, n: str) -> str: ...
    def twice(self, n): return 2 * n
async def late(rows): return rows
@dataclass
class Config:
    names: list = field(default_factory=list)
config = Config()
query = f\"\"\"select
  * from {os.sep}\"\"\"
orders = Cleaner()([1, 2])

# %% 3 tags=["features"]
def double(rows):
    return [2 * row for row in rows]
config.names += ["x"]
config.sizes = dict(small=1)
doubled = double(orders)
"""


def test_classes_and_their_methods_get_types_and_docstrings_as_functions_do(script, run):
    script.write_text(CLASSES)
    Path("pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["C408", "D102", "F"]\n')
    run("graduate", "orders")
    text = Path("src/shop/data/orders.py").read_text()
    assert text.startswith("# mypy: allow-subclassing-any, no-warn-return-any\n")
    for line in (
        "    def __init__(self, low: Any = 1) -> None:  # a limit\n",
        "    def __call__(self, rows: list[Any]) -> Any:\n",
        '        """Do what `Cleaner.__call__` did in cell 2."""\n        return self.kept(rows)\n',
        "    def kept(self, rows: Any, *more: Any, key: Any = lambda row: row) -> Any:\n",
        "    def size(rows: Any) -> Any:\n",
        "    def twice(self, n: str) -> str: ...\n",
        '    """Do what `late` did in cell 2."""\n    return rows\n\n\n@dataclass\n',
        '    """Do what `Config` did in cell 2."""\n\n    names: list[Any] = field(',
        'f"""select\n  * from {os.sep}"""\n',
        '    config.sizes = {"small": 1}\n',
    ):
        assert line in text
    assert "    config = deepcopy(config)\n" in function("src/shop/data/orders.py", "features")
    assert "plt" not in text


@pytest.mark.usefixtures("script")
def test_an_order_that_matters_makes_a_second_function(run):
    run("graduate", "orders")
    assert "both" in function("src/shop/data/orders.py", "features_2")
    steps = Path("notebooks/explorations/orders_steps.py").read_text()
    calls = ["data_.features(", "model_.evaluate(", "data_.rows(", "data_.features_2("]
    assert sorted(calls, key=steps.index) == calls
    assert 'orders = np.loadtxt("orders.txt")\n    orders = data_.clean_orders(orders)' in steps


@pytest.mark.usefixtures("script")
def test_an_argument_is_copied_before_it_is_changed(run):
    run("graduate", "orders")
    assert "    flags = flags.copy()\n" in function("src/shop/data/orders.py", "rows")


@pytest.mark.usefixtures("script")
def test_what_cannot_be_placed_is_in_one_file_with_the_reason(run):
    said = run("graduate", "orders")
    left = Path("notebooks/explorations/orders_left.py").read_text()
    assert "# %% 4\n# LEFT (plot): it is a plot" in left
    assert "# LEFT (predict): it reads `nobody_made_this`, which no placed cell defines\n" in left
    assert "# LEFT (train): it reads `later`, which a later cell defines: move one" in left
    assert "# score = nobody_made_this + 1\n" in left
    assert "left cell 11: it reads" in said
    assert "print(flags)" not in left


@pytest.mark.usefixtures("script")
def test_each_function_has_a_test_that_fails_until_it_is_filled_in(run, project):
    run("graduate", "orders")
    tests = [Path("tests/data/test_orders.py"), Path("tests/model/test_orders.py")]
    assert sum(path.read_text().count("def test_") for path in tests) == 6
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", *map(str, tests)]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "6 failed" in done.stdout
    assert "clean_orders: give it a few rows made by hand" in done.stdout


def test_numbers_stay_and_the_first_line_names_the_rule_of_ruff_and_what_pandas_needs(script, run):
    source = "import pandas as pd\ndef old(n):\n    return pd.notna(n) and n > 77\n\n# %% 6"
    script.write_text(SCRIPT.replace("# %% 6", source, 1).replace("[large(n)", "[old(n)"))
    Path("requirements").mkdir()
    Path("requirements/explore.txt").write_text("pandas==3.1.1 \\\n    --hash=sha256:0a\n")
    Path("pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["F", "PLR2004"]\n')
    said = run("graduate", "orders")
    assert "the functions need pandas, 3.1.1, in requirements/explore.txt" in said
    text = Path("src/shop/data/orders.py").read_text()
    assert text.startswith("# ruff: noqa: PLR2004  as in the notebook: correct, then delete this")
    assert "noqa" not in Path("src/shop/model/orders.py").read_text()


@pytest.mark.usefixtures("script")
def test_nothing_is_overwritten():
    path = Path("tests/data/test_orders.py")
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    assert "test_orders.py exists and is never overwritten" in refusal("graduate", "orders")
    assert path.read_text() == "mine\n"
    assert not Path("src/shop/data/orders.py").exists()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('["rows"]', '["row"]', "cell 9 has the tag 'row': write data:TABLE"),
        (' tags=["rows"]', "", "no tag in cell 9: `notebook map` proposes one"),
        ('["rows"]', '["rows", "plot"]', "cell 9 has the tags rows, plot: leave one"),
    ],
)
def test_a_wrong_tag_is_refused_and_nothing_is_written(old, new, sentence, script):
    script.write_text(SCRIPT.replace(old, new))
    assert sentence in refusal("graduate", "orders")
    assert list(Path("src").rglob("orders.py")) == []


@pytest.mark.usefixtures("script")
def test_equal_results_are_proven_and_a_difference_is_said_with_its_place(run, project):
    write_proof(project)
    run("graduate", "orders")
    with pytest.MonkeyPatch.context() as patch:
        paths = [str(project / "src"), *filter(None, [__import__("os").environ["PYTHONPATH"]])]
        patch.setenv("PYTHONPATH", ":".join(paths))
        said = run("prove", "orders")
        assert "share   equal  float\n" in said
        assert said.endswith("equal\n")
        module = project / "src/shop/data/orders.py"
        module.write_text(module.read_text().replace("n > LIMIT", "n > LIMIT + 5"))
        said = refusal("prove", "orders")
    assert "share   differs  it is 0.666" in said
    assert "flags   differs  large: row 1: True in the notebook, False here\n" in said
    assert "2 of 4 results differ: " in said


def test_a_notebook_that_fails_is_said_with_its_cell(script, project, run):
    write_proof(project)
    run("graduate", "orders")
    script.write_text(script.read_text().replace("share = sum", "1 / 0\nshare = sum"))
    said = refusal("prove", "orders")
    assert "orders.py: cell 8 fails (ZeroDivisionError: division by zero)" in said


@pytest.mark.usefixtures("script")
def test_a_notebook_that_never_graduated_has_nothing_to_prove():
    assert "orders_steps.py is missing: `notebook graduate` writes it" in refusal("prove", "orders")


@pytest.mark.usefixtures("project")
def test_an_unknown_notebook_is_refused():
    assert "no notebook sales was imported, only none" in refusal("graduate", "sales")
