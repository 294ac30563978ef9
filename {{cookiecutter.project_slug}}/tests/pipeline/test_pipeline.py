"""The whole pipeline on the sample: the dependencies in dvc.yaml, and which stages run again."""

import json
import sys

from .conftest import ROOT, run


def stale(project, edit, file):
    """Return the stages that would run after `edit` of the text of `file`."""
    path = project / file
    before = path.read_text()
    path.write_text(edit(before))
    try:
        status = run(sys.executable, "-m", "dvc", "repro", "--dry", cwd=project).stdout
    finally:
        path.write_text(before)
    return [line.split("'")[1] for line in status.splitlines() if line.startswith("Running stage")]


def test_running_it_again_runs_nothing(project):
    again = run(sys.executable, "-m", "dvc", "repro", cwd=project)
    assert again.returncode == 0, again.stderr
    assert "Running stage" not in again.stdout


def test_a_learning_rate_retrains_and_cleans_nothing_again(project):
    edit = lambda text: text.replace("learning_rate: ", "learning_rate: 0.0")
    assert stale(project, edit, "params.yaml")[0] == "train"


def test_the_notebook_runs_on_the_sample(project):
    notebook = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    done = run(sys.executable, "-c", "\n".join(cells), cwd=project)
    assert done.returncode == 0, done.stderr
