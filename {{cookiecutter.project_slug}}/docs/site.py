"""Gathers the pages of the site: those of docs/, and those that README, dvc.yaml and src/ hold."""

import ast
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import networkx as nx
from ruamel.yaml import YAML

PARTS = ("data", "model", "prediction")
WIDTH, HEIGHT, ROOM = 120, 36, 28  # of a stage's box, and between two
MERMAID = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def main(project: Path, target: Path) -> None:
    """Write every page of the site to `target`: those of docs/ and those that are made."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(project / "docs", target, ignore=shutil.ignore_patterns("templates", "*.py"))
    for name, text in pages(project).items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")
    for name in ("model-card.md", "data-card.md"):
        if not (target / name).exists():
            (target / name).write_text(f"# {name}\n\n`make repro` writes this page.\n", "utf-8")


def pages(project: Path) -> dict[str, str]:
    """Return the text of each page that is made, by its name."""
    stages, (package,) = read_stages(project / "dvc.yaml"), (project / "src").glob("*/__init__.py")
    readme = (project / "README.md").read_text(encoding="utf-8").replace("](docs/", "](")
    drawing = draw(graph(stages))
    return {
        "index.md": MERMAID.sub(lambda _: drawing, readme),
        "pipeline.md": pipeline(stages, drawing, project / "src"),
        **{f"reference/{part}.md": reference(package.parent, part) for part in PARTS},
    }


def reference(package: Path, part: str) -> str:
    """Return a page with the docstrings of every module of one part of the package."""
    modules = sorted(
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for path in (package / part).rglob("*.py")
        if path.name != "__init__.py"
    )
    intro = ast.get_docstring(ast.parse((package / part / "__init__.py").read_text("utf-8")))
    return f"# {part}\n\n{intro}\n\n" + "\n".join(f"::: {module}\n" for module in modules)


def read_stages(path: Path) -> dict[str, dict[str, Any]]:
    """Return the stages of a dvc.yaml, its variables filled in."""
    text = path.read_text(encoding="utf-8")
    variables = YAML(typ="safe").load(text).get("vars", [])
    for each in variables:
        for name, value in each.items() if isinstance(each, dict) else ():
            text = text.replace("${" + name + "}", str(value))
    parameters = path.with_name("params.yaml")
    sections = YAML(typ="safe").load(parameters) if parameters.exists() else {}
    for section, keys in sections.items():
        for name, value in keys.items():
            text = text.replace("${" + f"{section}.{name}" + "}", str(value))
    stages: dict[str, dict[str, Any]] = YAML(typ="safe").load(text)["stages"]
    return stages


def reads(stage: dict[str, Any]) -> list[str]:
    """List the files that a stage reads, parameters in files of their own included."""
    files = [name for each in stage.get("params", []) if isinstance(each, dict) for name in each]
    return [*stage.get("deps", []), *files]


def writes(stage: dict[str, Any]) -> list[str]:
    """List the files and folders that a stage writes."""
    outputs = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return [name for each in outputs for name in (each if isinstance(each, dict) else [each])]


def graph(stages: dict[str, dict[str, Any]]) -> "nx.DiGraph[str]":
    """Return which stage waits for which, less what follows from the others."""
    edges: nx.DiGraph[str] = nx.DiGraph()
    edges.add_nodes_from(stages)
    for one, written in ((name, out) for name, stage in stages.items() for out in writes(stage)):
        for other, stage in stages.items():
            if any(f"{dep}/".startswith(f"{written}/") for dep in reads(stage)):
                edges.add_edge(one, other)
    return nx.transitive_reduction(edges)


def draw(edges: "nx.DiGraph[str]") -> str:
    """Draw the stages from top to bottom as SVG, each below all that it waits for."""
    rows = [[name for name in edges if name in row] for row in nx.topological_generations(edges)]
    width = max(len(row) for row in rows) * (WIDTH + ROOM)
    places = {
        name: (width * (place + 0.5) / len(row), 4 + number * (HEIGHT + ROOM))
        for number, row in enumerate(rows)
        for place, name in enumerate(row)
    }
    lines = [line(places[one], places[other]) for one, other in sorted(edges.edges)]
    boxes = [box(name, *places[name]) for name in places]
    height = len(rows) * (HEIGHT + ROOM) - ROOM + 8
    opening = f'<svg class="pipeline" viewBox="0 0 {width} {height}" width="{width}" role="img"'
    title = f"The stages in the order in which they run: {', '.join(places)}"
    return f'{opening} aria-label="{title}">{"".join(lines + boxes)}</svg>'


def line(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Draw the curve from the lower side of one box to the upper side of another."""
    (x, y), (to_x, to_y) = (start[0], start[1] + HEIGHT), end
    middle = (y + to_y) / 2
    return f'<path d="M{x:g},{y:g} C{x:g},{middle:g} {to_x:g},{middle:g} {to_x:g},{to_y:g}"/>'


def box(name: str, x: float, y: float) -> str:
    """Draw a stage, the middle of its upper side given."""
    frame = f'<rect x="{x - WIDTH / 2:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="4"/>'
    return f'{frame}<text x="{x:g}" y="{y + HEIGHT / 2 + 5:g}">{name}</text>'


def pipeline(stages: dict[str, dict[str, Any]], drawing: str, sources: Path) -> str:
    """Return the page of the pipeline: the graph, and what each stage reads and writes."""
    sections = [
        f"## {name}\n\n{purpose(stage['cmd'], sources)}\n\n"
        f"- reads {code(file for file in reads(stage) if not file.startswith('src/'))}\n"
        f"- writes {code(writes(stage))}\n"
        for name, stage in stages.items()
    ]
    intro = "`dvc.yaml` is the pipeline; this page is drawn from it when the site is built."
    return "\n\n".join(["# The pipeline", intro, drawing, *sections])


def purpose(command: str, sources: Path) -> str:
    """Return the first sentence of the module that a command runs, or else the command."""
    module = re.search(r"-m (\S+)", command)
    path = sources / f"{module[1].replace('.', '/')}.py" if module else None
    if path is None or not path.exists():
        return f"`{command}`"
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n\n")[0]


def code(names: Any) -> str:
    """Set names in type for code, with commas between them."""
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "nothing"


if __name__ == "__main__":
    main(Path(), Path(sys.argv[1]))
