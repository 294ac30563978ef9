"""A stage of dvc.yaml depends on the modules whose code it runs, and on no other."""

import ast
from pathlib import Path

import pytest
from project import SOURCE
from ruamel.yaml import YAML

SRC = SOURCE / "src/{{cookiecutter.package_name}}"
STAGES = YAML(typ="safe").load(SOURCE / "dvc.yaml")["stages"]
# They decide no number: DVC tracks the keys of params.yaml, and the runner only calls a stage.
WITHOUT_EFFECT = {
    "machinery/errors.py",
    "machinery/params.py",
    "machinery/project.py",
    "machinery/settings.py",
    "machinery/stages.py",
    "machinery/waiting.py",
    "params.py",
}
# The pieces that a stage gets from the project, in addition to the schema.
HANDED = {
    "clean": {"data/${item.table}.py"},
    "rows": {"data/rows.py", "data/target.py"},
    "features": {"data/features.py"},
    "train": {"data/features.py", "model/train.py"},
}
WITHOUT_SCHEMA = {"environment"}


def imports(module: str) -> set[str]:
    """Return the files of the package that a file imports, within functions, too."""
    found = set()
    for node in ast.walk(ast.parse((SRC / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = Path(module).parents[node.level - 1] / (node.module or "").replace(".", "/")
            names = [base, *(base / alias.name for alias in node.names)]
            found |= {f"{name}.py" for name in names if (SRC / f"{name}.py").is_file()}
    return found


def closure(modules: set[str]) -> set[str]:
    """Return `modules` and all that they import, those without effect left out."""
    found: set[str] = set()
    new = modules
    while new:
        found |= new
        new = {name for module in new for name in imports(module)} - found - WITHOUT_EFFECT
    return found


def main_of(name: str) -> str:
    """Return the file that holds the main function of a stage, as machinery/stages.py has it."""
    tree = ast.parse((SRC / "machinery/stages.py").read_text(encoding="utf-8"))
    (known,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STAGES"
    )
    return f"machinery/{known[name].replace('.', '/')}.py"


def used(name: str) -> set[str]:
    """Return the files whose code a stage runs."""
    schema = set() if name in WITHOUT_SCHEMA else {"data/schema.py"}
    found = closure({main_of(name), *schema, *HANDED.get(name, set()) - HANDED["clean"]})
    if name == "clean":
        tables = STAGES[name]["matrix"]["table"]
        of_tables = {f"data/{table}.py" for table in tables}
        found |= (closure(of_tables) - of_tables) | HANDED[name]
    if name == "environment":  # the project may name further packages, and hands over no code
        found.add("project.py")
    return found


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_the_modules_that_it_imports(name: str) -> None:
    prefix = "${src}/"
    declared = [dep.removeprefix(prefix) for dep in STAGES[name]["deps"] if dep.startswith(prefix)]
    assert declared == sorted(used(name))


def test_every_path_of_a_command_is_declared() -> None:
    for name, stage in STAGES.items():
        declared = [*stage["deps"], *stage["outs"], *stage.get("metrics", ())]
        declared += [each for each in stage.get("params", ()) if isinstance(each, dict)]
        paths = [path for each in declared for path in ([each] if isinstance(each, str) else each)]
        for path in stage["cmd"].split()[5:]:
            assert any(f"{known}/".startswith(f"{path}/") for known in paths), f"{name}: {path}"


def test_only_evaluate_and_gate_read_the_test_part() -> None:
    readers = {name for name, stage in STAGES.items() if "data/split/test.parquet" in stage["deps"]}
    assert readers == {"evaluate", "gate"}


def test_the_readme_of_a_project_names_the_stages_in_their_order() -> None:
    chain = " → ".join(["data/external", *(name for name in STAGES if name != "environment")])
    assert f"\n{chain}\n" in (SOURCE / "README.md").read_text(encoding="utf-8")
