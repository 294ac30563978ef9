from pathlib import Path

import pytest
from browser import PHONE, look

from machinery.notebook.cells import Cell, cells, read_script
from machinery.notebook.names import analyse
from machinery.notebook.propose import propose

MESSY = Path(__file__).parents[2] / "notebooks"


def tags(*sources: str) -> list[str]:
    """Return the proposed tag of each cell."""
    found = [Cell(number, source) for number, source in enumerate(sources, start=1)]
    proposed = propose(found)
    return [proposed[cell.number] for cell in found]


IMPORTS = "import pandas as pd\nimport matplotlib.pyplot as plt"
READ = "t = pd.read_csv('../data/customers.csv')"
FIT = "from sklearn.linear_model import Ridge\nm = Ridge().fit(X, y)"
CHOOSE = "X = t[['age']]\ny = t['left']"
SCORE = "from sklearn.metrics import r2_score\ne = r2_score(y, m.predict(X))"


def test_a_short_notebook_gets_a_tag_for_each_step():
    assert tags(
        IMPORTS,
        READ,
        "t.head()",
        "t['age'] = t['age'].fillna(0)",
        "t.age.hist()",
        "o = pd.read_csv('orders.csv')",
        "t = t.merge(o, on='id')",
        "t['left'] = t.gone > 30",
        "t['old'] = t.age > 60",
        CHOOSE,
        FIT,
        SCORE,
        "out = m.predict(X)",
    ) == [
        *("setup", "data:customers", "drop", "data:customers", "plot", "data:orders", "rows"),
        *("target", "features", "features", "train", "evaluate", "predict"),
    ]


@pytest.mark.parametrize(
    "source", ["# old", "!pip install x", "%%bash\nls", "t.shape", "print(t)", "unused = t.age + 1"]
)
def test_what_nothing_needs_is_dropped(source):
    assert tags(IMPORTS, READ, source, CHOOSE, FIT, SCORE)[2] == "drop"


def test_a_helper_goes_with_the_cell_that_calls_it_and_one_that_is_replaced_is_dropped():
    helper = "def clean(t):\n    return t.dropna()"
    found = tags(IMPORTS, READ, helper, helper, "t = clean(t)", CHOOSE, FIT, SCORE)
    assert found[2:5] == ["drop", "data:customers", "data:customers"]


def test_a_model_that_was_given_up_is_dropped():
    tried = "from sklearn.svm import SVR\ns = SVR().fit(X, y)\nprint(s.score(X, y))"
    assert tags(IMPORTS, READ, CHOOSE, tried, FIT, SCORE)[3] == "drop"


def test_the_notebooks_own_functions_and_classes_are_looked_into():
    found = tags(
        IMPORTS,
        "def load(name):\n    return pd.read_csv(f'../data/{name}.csv')",
        "class Cleaner:\n    def __call__(self, t):\n        return t.dropna()",
        "def bars(t):\n    t.age.hist()",
        "t = load('customers')",
        "t = Cleaner()(t)",
        "bars(t)",
        "o = load('orders')",
        "t = t.merge(o, on='id')",
        CHOOSE,
        FIT,
        SCORE,
    )
    customers = "data:customers"
    assert found[1:9] == [
        *(customers, customers, "plot", customers, customers, "plot", "data:orders", "rows")
    ]


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("t = pd.read_csv('https://a.org/rates.csv?freq=M')", "data:rates"),
        ("t = pd.read_json('https://a.org/api/DE')", "data:t"),
        ("t = pd.read_sql('select id from shop.orders', engine)", "data:t"),
        ("q = 'select id from orders'\nt = pd.read_sql(q, engine)", "data:t"),
    ],
)
def test_a_table_has_the_name_of_its_file_or_of_its_variable(source, tag):
    connect = "from sqlalchemy import create_engine\nengine = create_engine('sqlite://')"
    assert tags(IMPORTS, connect, source, CHOOSE, FIT, SCORE)[1:3] == ["setup", tag]


@pytest.mark.parametrize("path", sorted(MESSY.rglob("*.py")), ids=lambda path: path.stem)
def test_three_of_four_cells_of_a_messy_notebook_get_the_right_tag(path):
    found = cells(read_script(path))
    proposed = propose(found)
    right = [cell for cell in found if proposed[cell.number] == cell.tag]
    assert len(found) >= 30
    assert len(right) / len(found) >= 0.75


@pytest.mark.parametrize(
    ("source", "reads", "writes", "changes"),
    [
        ("a = b + 1", ["b"], ["a"], []),
        ("a = a + 1", ["a"], ["a"], []),
        ("a += 1", ["a"], ["a"], []),
        ("t['x'] = t['y']", ["t"], [], ["t"]),
        ("t.loc[m, 'x'] = 0", ["t", "m"], [], ["t"]),
        ("t.drop(columns='x', inplace=True)", ["t"], [], ["t"]),
        ("m.fit(X)", ["m", "X"], [], ["m"]),
        ("for c in cols:\n    t[c] = 0", ["cols", "t"], ["c"], ["t"]),
        ("x = [c for c in cols if c]", ["cols"], ["x"], []),
        ("def f(a):\n    b = 1\n    return a + b + LIMIT", ["LIMIT"], ["f"], []),
        ("y = lambda a: a + k", ["k"], ["y"], []),
        ("import numpy as np\nx = np.zeros(3)", [], ["np", "x"], []),
        ("with open(p) as f:\n    text = f.read()", ["p"], ["f", "text"], []),
        ("a, b = c\nd = a", ["c"], ["a", "b", "d"], []),
        ("if k:\n    a = 1\nelse:\n    b = a", ["k"], ["a", "b"], []),
    ],
)
def test_what_a_cell_reads_writes_and_changes(source, reads, writes, changes):
    names = Cell(1, source).names
    assert (names.reads, names.writes, names.changes) == (reads, writes, changes)
    assert analyse([]).reads == []


SCRIPT = "# %% 1\nimport pandas as pd\nt = pd.read_csv('a.csv')\n\n# %% 2{}\nt.head()\n"


@pytest.fixture
def script(project: Path) -> Path:
    path = project / "notebooks/explorations/churn.py"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT.format(""))
    return path


def test_map_writes_tags_and_a_page_and_says_what_is_next(script, run, tmp_path):
    said = run("map", "churn")
    assert "# %% 1 tags=[" in script.read_text()
    assert '# %% 2 tags=["drop"]\nt.head()\n' in script.read_text()
    assert "\n2     drop" in said
    assert "2 tags proposed in notebooks/explorations/churn.py" in said
    page = Path("build/notebooks/churn.html")
    assert "<svg" in page.read_text()
    assert "<td>drop</td>" in page.read_text()
    (seen,) = look(tmp_path / "read", page).values()
    assert (seen.width <= PHONE, seen.loads, seen.serious) == (True, [], [])


def test_map_leaves_the_authors_tags_and_text(script, run):
    script.write_text(SCRIPT.format(' tags=["plot"]'))
    said = run("map", "churn")
    assert '# %% 2 tags=["plot"]\n' in script.read_text()
    assert "1 tags proposed" in said
    before = script.read_bytes()
    assert "0 tags proposed" in run("map", "churn")
    assert script.read_bytes() == before


def test_a_cell_that_the_author_adds_gets_a_number_of_its_own(script, run):
    script.write_text("# %%\nLIMIT = 3\n\n" + SCRIPT.format(""))
    run("map", "churn")
    found = cells(read_script(script))
    assert [cell.number for cell in found] == [4, 1, 2]
    assert all(cell.tag for cell in found)
