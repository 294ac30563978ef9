"""A project with changes of its user gets the next version of the template, as the page says."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
from project import render, run, stages_run, venv
from updates import (
    OWN_MODULE,
    do,
    edit,
    files,
    first_version,
    from_last_version,
    live_in,
    marked,
    merged_by_hand,
    next_version,
    own_modules,
    page,
    sh,
)

CREATE, LINK, LOOK, UPDATE, MEND, LOCK, KEEP = page("Take a new version of the template")
# The files that belong to the project from its first day, according to the page.
OWN = ["CHANGELOG.md", "data/external/*", "data/sources.json", "docs/use-case.md", "notebooks/*"]
OWN += ["requirements/*.txt", "tests/*", "src/*/params.py", "src/*/project.py"]
OWN += [f"src/flight_delays/{folder}/*" for folder in ("data", "model", "prediction")]
GENERATED = ("dvc.lock", "docs/model-card.md", "docs/data-card.md", "reports/metrics.json")


@dataclass
class Update:
    """A project, its files before and after the update, and the output of each block."""

    project: Path
    template: Path
    touched: set[str]
    before: dict[str, bytes]
    after: dict[str, bytes]
    left: str
    said: dict[str, str]


@pytest.fixture(scope="module")
def update(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Update:
    """Walk the page with a project that has its own data, module, parameter and dependency."""
    assert project  # it makes the shared environment
    folder = tmp_path_factory.mktemp("update")
    template = first_version(folder / "template")
    do(CREATE, folder, template)
    mine = folder / "flight-delays"
    (mine / ".venv").symlink_to(venv())
    do("make setup\n", mine, template)
    commit(mine)
    touched = live_in(mine)
    do("make repro\n", mine, template)
    commit(mine)
    next_version(template)
    said = {LOOK: do(LOOK, mine, template)}
    before = files(mine)
    said[UPDATE] = do(UPDATE, mine, template)
    left, after = do(MEND, mine, template), files(mine)
    said |= {block: do(block, mine, template) for block in (LOCK, KEEP)}
    return Update(mine, template, touched, before, after, left, said)


def test_the_page_says_what_there_is_and_what_the_user_changed(update: Update) -> None:
    assert "refs/tags/v0.2.0" in update.said[LOOK]
    assert "learning_rate: 0.05" in update.said[LOOK]


def test_nothing_is_left_to_mend(update: Update) -> None:
    assert update.left == ""
    assert marked(update.project) == set()


def test_what_the_user_left_alone_is_that_of_the_new_version(
    update: Update, tmp_path: Path
) -> None:
    do(CREATE.replace("v0.1.0", "v0.2.0"), tmp_path, update.template)
    assert_untouched_is_new(update.after, files(tmp_path / "flight-delays"), update.touched)
    assert ".renovaterc.json" not in update.after
    machinery = "src/flight_delays/machinery"
    assert f"{machinery}/later.py" in update.after
    assert f"{machinery}/LATER.md" in update.after
    assert f"{machinery}/README.md" not in update.after
    assert update.after[f"{machinery}/check.py"].endswith(b"# Later.\n")
    assert update.after["scripts/ci/retrain.sh"].endswith(b"# Later.\n")


def test_what_the_user_owns_is_as_it_was(update: Update) -> None:
    mine = {name for name in update.before if is_own(name) or name.startswith("reports/")}
    mine |= {*GENERATED, "src/flight_delays/data/airlines.py", *own_modules(update.project)}
    assert {name for name in mine if update.before[name] != update.after[name]} == set()
    assert update.after["src/flight_delays/data/airlines.py"] == OWN_MODULE.encode()
    assert b"jinja2==" in update.after["requirements/serve.txt"]


def test_a_file_that_both_changed_has_both_changes(update: Update) -> None:
    params = update.after["params.yaml"].decode()
    assert "learning_rate: 0.05" in params
    assert "bootstrap_rounds: 20" in params
    assert "min_rows: 600" in params
    pyproject = update.after["pyproject.toml"].decode()
    assert '"jinja2>=3.1",\n    "click' in pyproject
    assert "pytest>=9.1" in pyproject


def test_every_lock_is_compiled_anew(update: Update) -> None:
    compiled = update.said[LOCK]
    locks = {name for name in update.after if name.startswith("requirements/")}
    locks = {name.removeprefix("requirements/") for name in locks if name.endswith(".txt")}
    assert {lock for lock in locks - {"python.txt"} if f"{lock} " not in compiled} == set()


def test_only_what_the_new_version_made_stale_ran_again(update: Update) -> None:
    assert stages_run(update.said[KEEP]) == ["evaluate", "gate"]


def test_the_update_is_a_commit_like_any_other(update: Update) -> None:
    assert run(["git", "status", "--short"], update.project) == ""
    assert "up to date" in do("cruft check --checkout v0.2.0\n", update.project, update.template)


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Path, Path]:
    """Generate a project from a first version and commit it, without an environment."""
    template = first_version(tmp_path / "template")
    do(CREATE, tmp_path, template)
    return template, born(tmp_path / "flight-delays")


def test_what_both_changed_on_the_same_line_is_left_to_the_user_and_can_be_given_up(
    fresh: tuple[Path, Path],
) -> None:
    template, mine = fresh
    edit(mine / "params.yaml", "min_rows: 500", "min_rows: 999")
    commit(mine)
    before = files(mine)
    next_version(template)
    do(UPDATE, mine, template)
    assert do(MEND, mine, template) == "params.yaml\n"
    assert marked(mine) == {"params.yaml"}
    params = (mine / "params.yaml").read_text()
    assert re.search("<{7} ours\n.*min_rows: 999.*\n={7}\n.*min_rows: 600.*\n>{7}", params)
    assert "what came later" in (mine / "Makefile").read_text()
    run(["git", "reset", "--quiet", "--hard"], mine)
    assert files(mine) == before


def test_a_change_that_finds_no_place_is_put_beside_its_file(fresh: tuple[Path, Path]) -> None:
    template, mine = fresh
    edit(mine / "params.yaml", "min_rows: 500", "min_rows: 999")
    run(["git", "rm", "--quiet", "--cached", "docs/prediction.md"], mine)
    with (mine / ".gitignore").open("a") as ignored:
        ignored.write("docs/prediction.md\n")
    commit(mine)
    next_version(template)
    do(UPDATE, mine, template)
    assert do(MEND, mine, template) == "params.yaml.rej\n"
    assert "min_rows: 999" in (mine / "params.yaml").read_text()
    assert "what came later" in (mine / "Makefile").read_text()


def test_a_project_of_cookiecutter_is_linked(tmp_path: Path) -> None:
    template = first_version(tmp_path / "template")
    mine = render(tmp_path)
    do(LINK, mine, template)
    assert "diff --git" not in do("cruft diff\n", mine, template)


def test_a_refused_answer_gets_its_sentence_from_cruft_as_well(tmp_path: Path) -> None:
    template = first_version(tmp_path / "template")
    block = CREATE.replace("--no-input", """--no-input --extra-context '{"project_slug": "a/b"}'""")
    done = sh(block, tmp_path, template)
    assert done.returncode != 0
    assert 'error: project_slug "a/b" is not a distribution name' in done.stdout
    assert "KeyError" not in done.stdout
    assert list(tmp_path.iterdir()) == [template]


def test_a_project_of_the_last_version_takes_what_the_template_is_now(
    project: Path, tmp_path: Path
) -> None:
    assert project  # it makes the shared environment
    template = from_last_version(tmp_path / "template")
    do(CREATE, tmp_path, template)
    mine = born(tmp_path / "flight-delays")
    touched = live_in(mine)
    commit(mine)
    do(UPDATE, mine, template)
    assert set(merged_by_hand(mine)) <= touched
    do(CREATE.replace("v0.1.0", "v0.2.0"), tmp_path / "template", template)
    new = files(tmp_path / "template/flight-delays")
    assert_untouched_is_new(files(mine), new, touched)


def assert_untouched_is_new(
    mine: dict[str, bytes], new: dict[str, bytes], touched: set[str]
) -> None:
    """Compare all files that the user neither owns nor changed with the new version."""
    same = {name for name in new if not is_own(name)} - touched - {".cruft.json"}
    assert len(same) > 100
    assert {name for name in same if mine.get(name) != new[name]} == set()


def is_own(name: str) -> bool:
    """Return whether a file belongs to the project from its first day."""
    return any(fnmatch(name, pattern) for pattern in OWN)


def born(project: Path) -> Path:
    """Commit a project as it was generated."""
    run(["git", "init", "--quiet", "--initial-branch=main"], project)
    commit(project)
    return project


def commit(project: Path) -> None:
    """Commit all of a project."""
    do("git add --all\ngit commit --quiet --message 'mine'\n", project, project)
