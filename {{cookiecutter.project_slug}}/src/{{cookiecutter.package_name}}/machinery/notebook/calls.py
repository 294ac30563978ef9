"""What a cell does, as far as the names of the functions that it calls say it."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .cells import Cell
from .names import base, changed
from .reads import CONNECTING, reader

PLOTTING = re.compile(r"matplotlib|seaborn|plotly|altair|bokeh|plotnine|hvplot|IPython\.display")
DRAWING = {"boxplot", "hist", "plot"}  # methods of a frame
OPTIONS = {"filterwarnings", "seed", "set", "set_option", "set_theme", "set_style", "use"}
MEASURE = r"accuracy|auc|brier|f1|logloss|mae|mape|mse|precision|r2|recall|rmse|wape"
METRIC = re.compile(rf"(?:^|_)(?:{MEASURE}|loss|metric|report|score)(?:_|$)")
MEASURED = re.compile(rf"(?:^|_)(?:{MEASURE})(?:_|$)")  # the name of a result
FITTING = {"fit", "fit_transform", "train", "train_test_split", "cross_val_score"}
PREDICTING = {"predict", "predict_proba", "decision_function"}
JOINING = {"concat", "join", "merge", "merge_asof"}
GROUPING = {"agg", "aggregate", "groupby", "pivot", "pivot_table", "resample"}
HISTORY = {"cummax", "cumsum", "diff", "expanding", "ewm", "rolling", "shift"}
FILTERING = {"drop_duplicates", "dropna", "query", "reset_index", "sort_values"}


@dataclass
class Calls:
    """What the calls in some statements do."""

    names: set[str] = field(default_factory=set)  # of functions and methods
    reads: str = ""  # the kind of thing that is read
    draws: bool = False
    metric: bool = False
    fits: bool = False
    predicts: bool = False

    def any(self, names: set[str]) -> bool:
        """Return whether one of these is called."""
        return bool(self.names & names)


def modules(found: Iterable[Cell]) -> dict[str, str]:
    """Return what each imported name stands for: plt is matplotlib.pyplot."""
    known: dict[str, str] = {}
    for cell in found:
        for node in (node for each in cell.statements for node in ast.walk(each)):
            if isinstance(node, ast.Import):
                known |= {
                    (each.asname or each.name).split(".")[0]: each.name for each in node.names
                }
            elif isinstance(node, ast.ImportFrom):
                known |= {
                    each.asname or each.name: f"{node.module}.{each.name}" for each in node.names
                }
    return known


def figures(found: Iterable[Cell], known: dict[str, str]) -> set[str]:
    """Return the names of figures and axes: what a plotting library gave."""
    return {
        name
        for cell in found
        for each in cell.statements
        if isinstance(each, ast.Assign) and draws(each.value, known, set())
        for target in each.targets
        for node in ast.walk(target)
        for name in base(node)
    }


def calls(nodes: Iterable[ast.AST], known: dict[str, str], figures: set[str]) -> Calls:
    """Return what the calls in these nodes do."""
    found = Calls()
    for call in (node for each in nodes for node in ast.walk(each) if isinstance(node, ast.Call)):
        name = called(call)
        full = known.get(name, name)
        found.names.add(name)
        found.reads = found.reads or ("" if name in CONNECTING else reader(call))
        found.draws |= draws(call, known, figures)
        found.metric |= "metrics" in full or bool(METRIC.search(name))
        found.fits |= name in FITTING
        found.predicts |= name in PREDICTING
    return found


def called(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def draws(node: ast.AST, known: dict[str, str], figures: set[str]) -> bool:
    """Return whether a call belongs to a plotting library, or is a frame's own plot."""
    if not isinstance(node, ast.Call):
        return False
    parts = {part.attr for part in ast.walk(node.func) if isinstance(part, ast.Attribute)}
    (name,) = list(base(node.func))[:1] or [""]
    return is_drawing(node.func, known) or name in figures or bool(DRAWING & parts)


def is_drawing(node: ast.AST, known: dict[str, str]) -> bool:
    """Return whether something belongs to a plotting library: `plt.rcParams["font.size"]`."""
    return any(PLOTTING.match(known.get(name, "")) for name in base(node))


def shows(statement: ast.stmt, known: dict[str, str], figures: set[str]) -> bool:
    """Return whether a statement only shows something: nothing after it needs it."""
    if isinstance(statement, ast.For | ast.If | ast.With):
        return all(shows(each, known, figures) for each in statement.body + _else(statement))
    if isinstance(statement, ast.Assign):
        return draws(statement.value, known, figures)
    if not isinstance(statement, ast.Expr) or any(changed(statement)):
        return isinstance(statement, ast.Pass)
    calls = [node for node in ast.walk(statement.value) if isinstance(node, ast.Call)]
    options = any(called(each) in OPTIONS and _of_module(each, known) for each in calls)
    return not options


def _of_module(call: ast.Call, known: dict[str, str]) -> bool:
    return any(name in known for name in base(call.func))


def _else(statement: ast.stmt) -> list[ast.stmt]:
    return list(getattr(statement, "orelse", []))
