"""Dependencies point one way: never out of the machinery, and never back."""

import ast
from pathlib import Path

import grimp
import pytest

import machinery

FOLDER = Path(machinery.__file__).resolve().parent
LAYERS = (
    "data",
    "model",
    "prediction",
    "monitoring",
    "notebook",
)  # each may import those before it


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of each module, also within functions."""
    return grimp.build_graph("machinery", cache_dir=None)


def relative_imports(path: Path) -> list[ast.ImportFrom]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in tree if isinstance(node, ast.ImportFrom) and node.level]


def modules_of(layer: str, graph: grimp.ImportGraph) -> set[str]:
    return {name for name in graph.modules if f"{name}.".startswith(f"machinery.{layer}.")}


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER))
)
def test_a_module_imports_nothing_of_the_package_around_it(path: Path) -> None:
    depth = len(path.relative_to(FOLDER).parts)
    assert max((node.level for node in relative_imports(path)), default=0) <= depth
    assert "machinery" not in {
        name.name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for name in node.names
    }


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_those_below_it(layer: str, graph: grimp.ImportGraph) -> None:
    above = LAYERS[LAYERS.index(layer) + 1 :]
    upwards = {
        (name, imported)
        for name in modules_of(layer, graph)
        for imported in graph.find_modules_directly_imported_by(name)
        if imported.split(".")[1] in above
    }
    assert upwards == set()


def test_no_module_imports_itself_by_a_detour(graph: grimp.ImportGraph) -> None:
    circles = {
        " -> ".join(chain)
        for name in graph.modules
        for imported in graph.find_modules_directly_imported_by(name)
        if (chain := graph.find_shortest_chain(importer=imported, imported=name))
    }
    assert circles == set()


def test_prediction_and_data_need_no_library_of_training() -> None:
    training = {"sklearn", "threadpoolctl", "dvclive", "gto", "jinja2", "packaging"}
    training |= {"markdown_it", "matplotlib"}
    for layer in ("data", "prediction"):
        for path in (FOLDER / layer).rglob("*.py"):
            tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            names = {
                name.partition(".")[0]
                for node in tree
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom) and not node.level
                    else []
                )
            }
            assert not names & training, path
