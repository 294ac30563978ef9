"""What a notebook reads, each with what makes it an external table."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ..data.provenance import FOLDER
from .cells import Cell, constants

READERS = re.compile(
    r"(?:\w+\.)?(?:read_(?!sql)\w+|scan_\w+)|open|gzip\.open|(?:np|numpy)\.(?:load|loadtxt|genfromtxt)"
    r"|requests\.get|(?:urllib\.request\.)?urlopen|joblib\.load"
)
DATABASES = re.compile(
    r"(?:\w+\.)?(?:read_sql\w*|create_engine)|(?:sqlite3|psycopg2?|pyodbc|duckdb)\.connect"
)
BUNDLED = re.compile(r"(?:\w+\.)*((?:load|fetch)_[a-z0-9_]+)")
LOADING = re.compile(r"^(?:.*\.)?(?:load|fetch)_")
WRITING = re.compile(r"[wax]")
CONNECTING = {"connect", "create_engine"}  # they read nothing yet
PATH = re.compile(r"[\w./\\:-]+")


@dataclass(frozen=True)
class Read:
    """One thing that a notebook reads: the kind is `file`, `address`, `database` or `package`."""

    cell: int
    kind: str
    what: str

    def advice(self, command: str) -> str:
        """Return what makes it an external table of the project."""
        path = PurePosixPath(self.what.replace("\\", "/"))
        if FOLDER.parts == path.parent.parts[-2:] and (FOLDER / path.name).exists():
            return f"is the external table {path.stem}"
        first, origin, more = "", self.what or "ORIGIN", ""
        stem = PurePosixPath(urlsplit(self.what).path).stem if "://" in self.what else path.stem
        if self.kind == "database":
            origin, more, stem = "URL", ' --query "SELECT …"', "NAME"
        elif self.kind == "package":
            stem = LOADING.sub("", self.what)
            first, origin = "write it to a Parquet file once, then ", f"{stem}.parquet"
        name = re.sub(r"\W+", "_", stem.lower()).strip("_") or "NAME"
        return (
            f'{first}`{command} data add "{origin}"{more} --name {name} --license LICENSE'
            f" --owner OWNER --personal-data …`, then read {FOLDER}/{name}.parquet"
        )


def reads(found: list[Cell]) -> list[Read]:
    """Return what the cells read, each once."""
    known = dict(constants(found))
    return list(dict.fromkeys(each for cell in found for each in _of(cell, known)))


def _of(cell: Cell, known: dict[str, ast.expr]) -> Iterator[Read]:
    if cell.source.lstrip().startswith("%%sql"):
        yield Read(cell.number, "database", "")
    for statement in cell.statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and (kind := reader(node)):
                arguments = [*node.args, *(each.value for each in node.keywords)]
                what = text(arguments[0], known) if arguments else ""
                if kind == "package":
                    what = ast.unparse(node.func)
                yield Read(cell.number, "address" if "://" in what else kind, what)


def reader(call: ast.Call) -> str:
    """Return what kind of thing a call reads, or nothing."""
    name = ast.unparse(call.func)
    if name == "open" and any(
        isinstance(each, ast.Constant) and WRITING.match(str(each.value)) for each in call.args[1:2]
    ):
        return ""
    if READERS.fullmatch(name):
        return "file"
    if DATABASES.fullmatch(name):
        return "database"
    return "package" if BUNDLED.fullmatch(name) else ""


def text(node: ast.expr, known: dict[str, ast.expr]) -> str:  # noqa: PLR0911  one a kind
    """Return the text that an expression of constants gives, with … for what is not one."""
    match node:
        case ast.Constant(value):
            return str(value)
        case ast.Name(id=name) if name in known:
            return text(known[name], {key: value for key, value in known.items() if key != name})
        case ast.BinOp(left, ast.Add(), right):
            return text(left, known) + text(right, known)
        case ast.BinOp(left, ast.Div(), right):
            return str(Path(text(left, known)) / text(right, known))
        case ast.JoinedStr(values):
            return "".join(text(each, known) for each in values)
        case ast.FormattedValue(value):
            return text(value, known)
        case ast.Call(args=[first]):
            return text(first, known)
        case ast.Call(args=[first, *rest]) if ast.unparse(node.func).endswith("join"):
            return str(Path(text(first, known), *(text(each, known) for each in rest)))
    return "…"


def table_name(cell: Cell, known: dict[str, ast.expr]) -> str:
    """Return the name of the table that a cell reads: that of its file, or of its variable."""
    nodes = [node for each in cell.statements for node in ast.walk(each)]
    called = [node for node in nodes if isinstance(node, ast.Call)]
    given = [each.what for each in _of(cell, known) if each.kind != "database"]
    given += [
        text(each.args[0], known)
        for each in called
        if isinstance(each.func, ast.Name) and each.args and not reader(each)
    ]
    for what in filter(PATH.fullmatch, (re.sub(r"\?.*$", "", each) for each in given)):
        path = PurePosixPath(what.replace("\\", "/"))
        if path.suffix or "://" not in what:
            return identifier(LOADING.sub("", path.stem))
    bound = [
        node.targets[0].id
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and any(_fetches(part) for part in ast.walk(node.value))
    ]
    return identifier((bound or cell.names.writes)[0])


def identifier(text: str) -> str:
    """Return a text as the name of a table, or `NAME` if it has no letter."""
    name = re.sub(r"\W+", "_", text.lower()).strip("_")
    return name if name.isidentifier() else "table"


def _fetches(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] not in CONNECTING
