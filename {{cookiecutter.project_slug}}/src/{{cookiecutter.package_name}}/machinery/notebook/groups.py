"""Groups tagged cells into functions: what each takes, does and returns."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from .cells import Cell, is_magic
from .names import Names, analyse

LAYERS = {
    "setup": "data",
    "data": "data",
    "rows": "data",
    "target": "data",
    "features": "data",
    "train": "model",
    "evaluate": "model",
    "predict": "model",  # what predicts in the service has no pandas
}
RESULTS = ("train", "evaluate", "predict")  # what they bind is a result, also if nothing reads it


@dataclass
class Part:
    """A statement of a cell with the lines of its source, comments above it included."""

    cell: int
    node: ast.stmt
    source: str

    @property
    def names(self) -> Names:
        """What the statement reads, writes and changes."""
        return analyse([self.node])


@dataclass
class Group:
    """The cells that become one function."""

    tag: str
    name: str = ""
    cells: list[Cell] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    reading: list[Part] = field(default_factory=list)  # done before the call, in the steps
    takes: list[str] = field(default_factory=list)
    returns: list[str] = field(default_factory=list)

    @property
    def layer(self) -> str:
        """The package of the project that its function belongs to."""
        return LAYERS[self.tag.split(":")[0]]

    @property
    def names(self) -> Names:
        """What the function's statements read, write and change."""
        return analyse([part.node for part in self.parts])

    @property
    def all_names(self) -> Names:
        """The same, with what is read from files before the call."""
        return analyse([part.node for part in (*self.reading, *self.parts)])


def parts(cell: Cell) -> list[Part]:
    """Return the statements of a cell with their lines, without magics."""
    lines, found, end = cell.code.splitlines(), [], 0
    for node in [] if cell.fault else ast.parse(cell.code).body:
        last = node.end_lineno or node.lineno
        alone = node.lineno > end and node.col_offset == 0
        source = "\n".join(lines[end:last]) if alone else ast.unparse(node)
        if not is_magic(node):
            found.append(Part(cell.number, node, source.strip("\n")))
        end = last
    return found


def join(groups: list[Group], cell: Cell, body: list[Part], reading: list[Part]) -> None:
    """Add a cell to the last group of its tag, or to a new one where the order would matter."""
    new = Group(cell.tag, "", [cell], body, reading)
    same = [place for place, group in enumerate(groups) if group.tag == cell.tag]
    if same and not any(_conflict(group, new) for group in groups[same[-1] + 1 :]):
        group = groups[same[-1]]
        bound = {*group.names.writes, *group.names.changes}
        if not any(bound & {*part.names.writes, *part.names.reads} for part in reading):
            group.cells.append(cell)
            group.parts += body
            group.reading += reading
            return
    groups.append(new)


def _conflict(before: Group, after: Group) -> bool:
    """Return whether two groups cannot change places."""
    one, two = before.all_names, after.all_names
    made = {*one.writes, *one.changes}
    changed = {*two.writes, *two.changes}
    return bool(made & {*two.reads, *changed} or changed & {*one.reads})


def finish(groups: list[Group], shared: set[str]) -> None:
    """Name the functions, and say what each takes and returns."""
    for place, group in enumerate(groups):
        kind, _, table = group.tag.partition(":")
        name = f"clean_{table}" if table else kind
        used = {*shared, *(each.name for each in groups)}
        numbered = (name, *(f"{name}_{number}" for number in range(2, len(groups) + 9)))
        group.name = next(each for each in numbered if each not in used)
        names = group.names
        group.takes = [each for each in names.reads if each not in shared]
        later = {each for other in groups[place + 1 :] for each in other.all_names.reads}
        made = [*dict.fromkeys([*names.changes, *names.writes])]
        if kind in RESULTS:
            made = [each for each in made if each in names.changes or each in _plain(group.parts)]
            later |= set(_plain(group.parts))
        wanted = [each for each in made if each in later]
        group.returns = wanted or ([] if kind == "setup" else made)


def _plain(body: Iterable[Part]) -> list[str]:
    """Return the names that plain assignments bind: no loop variable, no helper."""
    return [
        node.id
        for part in body
        if isinstance(part.node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        for node in ast.walk(part.node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
