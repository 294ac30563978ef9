"""Takes messy notebooks to green functions in a new project, as somebody did, and prints the minutes.

`.venv/bin/python benchmarks/notebook_hours.py FOLDER [NAME ...]`, on the whole tables: about three
minutes a notebook. For each of tests/notebooks with a patch, it imports, maps, graduates, runs the
tests, which fail, applies what somebody typed, runs them again, checks and proves. The minutes are
those of the commands; `benchmarks/notebooks.py` counts the lines and the tags to correct. At the
end it runs `make check test` on all of them.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import graduation
from project import run


def main(folder: Path, names: list[str]) -> None:
    """Print a line for each notebook."""
    folder.mkdir(parents=True)
    env = graduation.environment(folder)
    project = graduation.project(folder, env, whole=True)
    own = graduation.variables(project, env)
    for name in names:
        began = time.perf_counter()
        notebook = graduation.messy(name, folder, env)
        command = ["flight-delays", "notebook"]
        run([*command, "import", str(notebook), "--name", name], project, own)
        run([*command, "map", name], project, own)
        graduation.correct(name, project)
        run([*command, "graduate", name], project, own)
        before = graduation.outcome(name, project, env)
        graduation.fill_in(name, project)
        after = graduation.outcome(name, project, env)
        graduation.check(name, project, env)
        proof = run([*command, "prove", name], project, own)
        compared = f"{proof.count(' equal ')} results equal"
        minutes = (time.perf_counter() - began) / 60
        print(
            f"{name}: {before}; {after}; {compared}; {minutes:.1f} minutes of commands", flush=True
        )
    run(["make", "check", "test", f"VENV={env}"], project, own)
    print("make check test: green")


if __name__ == "__main__":
    patches = sorted(path.stem for path in graduation.NOTEBOOKS.glob("*.patch"))
    main(Path(sys.argv[1]).resolve(), sys.argv[2:] or patches)
