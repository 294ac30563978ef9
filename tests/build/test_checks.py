"""A project is clean and complete at birth, whatever the answers."""

from pathlib import Path

from pages import blocks
from project import another_venv, make, render, run, venv
from releases import take_tables

# The default answers pass in `make check` of the template.
ANSWERS = {
    "project_name": "Prévisions d été",
    "project_slug": "x" * 40,
    "description": "Says: what’s [late] & <early>, 100 % #1?",
    "license": "proprietary",
}


def test_a_project_of_odd_answers_passes_its_own_checks(tmp_path: Path) -> None:
    project = render(tmp_path, **ANSWERS)
    env = another_venv(tmp_path)
    make(project, "setup", env=env)
    make(project, "check", env=env)


def test_the_commands_of_the_readme_work_from_first_to_last(tmp_path: Path) -> None:
    project = render(tmp_path)
    own = {"PYTHONPATH": str(project / "src"), "MAKEFLAGS": f" -j4 -- VENV={venv()}"}
    (commands,) = blocks((project / "README.md").read_text())
    setup, *others = commands.splitlines(keepends=True)
    run(["sh", "-ec", setup], project, own)
    take_tables(project)
    said = run(["sh", "-ec", "".join(others)], project, own)
    assert " passed" in said
    assert (project / "reports/gate.md").exists()


def test_setup_can_be_repeated(project: Path) -> None:
    before = state(project)
    make(project, "setup")
    assert state(project) == before


def test_a_lock_older_than_the_dependencies_is_said(tmp_path: Path) -> None:
    project = render(tmp_path)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text()
    pyproject.write_text(text.replace("dependencies = [", 'dependencies = [\n    "attrs>=99",', 1))
    assert "make lock" in make(project, "setup")


def test_a_remote_with_signs_of_its_format_reaches_dvc(tmp_path: Path) -> None:
    remote = "/srv/the storage, part #1"
    project = render(tmp_path, dvc_remote=remote)
    run(["git", "init", "--quiet"], project)
    assert f"{remote} " in run([str(venv() / "bin/dvc"), "remote", "list"], project)


def test_pip_sync_makes_the_same_environment(project: Path, tmp_path: Path) -> None:
    env = another_venv(tmp_path)
    uv = [str(venv() / "bin/uv"), "pip", "uninstall", "--quiet", f"--python={env}/bin/python"]
    run([*uv, "nbstripout", "six"], project)
    assert packages(env) != packages(venv())
    make(project, "setup", "PIP_SYNC=pip-sync --quiet", env=env)
    assert packages(env) == packages(venv())


def state(project: Path) -> str:
    """Describe the state of a project in Git and DVC."""
    dvc = str(venv() / "bin/dvc")
    commands = [["git", "status", "--short"], [dvc, "status"], [dvc, "remote", "list"]]
    return "".join(run(command, project) for command in commands)


def packages(environment: Path) -> list[str]:
    """List the installed packages except the project itself."""
    uv = str(venv() / "bin/uv")
    python = str(environment / "bin/python")
    lines = run([uv, "pip", "freeze", "--python", python], environment).splitlines()
    return [line for line in lines if "==" in line]
