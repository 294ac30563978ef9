"""Imports a notebook: its outputs go to DVC, its code to Git, its story to a page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ..data.dvc import dvc
from ..errors import InputError
from ..files import write_folder, write_text
from ..model.registry.tags import git
from . import findings
from .cells import cells, write_script
from .exploration import Exploration, library
from .outputs import outputs, write
from .page import Report, page
from .reading import language, read
from .reads import reads


def examine(notebook: Any, path: Path) -> Report:
    """Return what was found in a notebook; raise InputError if it must not be imported."""
    found = cells(notebook)
    if not any(cell.statements or cell.fault for cell in found):
        raise InputError(f"{path} holds no Python, only magics, shell lines or text")
    if found and all(cell.fault for cell in found if cell.code.strip()):
        raise InputError(f"no cell of {path} is Python (cell {found[0].number}: {found[0].fault})")
    if secret := next(findings.secrets(notebook), None):
        raise InputError(
            f"{path}: cell {secret[0]} holds what looks like a secret ({secret[1]}): take it out,"
            " replace it where it is valid, and import again; a line without one needs the comment"
            " 'pragma: allowlist secret'"
        )
    faults = sorted(findings.faults(found, notebook))
    if not language(notebook):
        faults.insert(0, (0, "names no kernel: it was read as Python"))
    return Report(reads(found), findings.imports(found), faults)


def import_notebook(path: Path, exploration: Exploration, *, command: str, today: date) -> Report:
    """Store the notebook at `path` under its name, commit it, and return what was found."""
    for path_ in exploration.files:
        if path_.exists():
            raise InputError(f"{path_} exists: give another --name, or remove it")
    notebook = read(path)
    report = examine(notebook, path)
    git("rev-parse", "--git-dir", advice="`make setup` creates a repository")
    author = git("var", "GIT_AUTHOR_IDENT", advice="tell Git your name: git config user.name")
    files = dict(outputs(notebook))
    facts = {
        "Imported": today.isoformat(),
        "By": author.partition(" <")[0],
        "File": path.name,
        "Python": notebook.metadata.get("language_info", {}).get("version", "not stated"),
    }
    with _removed_on_error(exploration):
        script = write_script(notebook)
        stripped = library("nbstripout").strip_output(notebook, False, False, False)
        write_text(library("nbformat").writes(stripped) + "\n", exploration.notebook)
        write_text(script, exploration.script)
        write_text(page(exploration, facts, report, list(files), command), exploration.page)
        made = [exploration.notebook, exploration.script, exploration.page]
        if files:
            write_folder(lambda folder: write(files, folder), exploration.outputs)
            dvc("add", exploration.outputs, advice="`dvc doctor` may say more")
            made += [exploration.pointer, exploration.outputs.parent / ".gitignore"]
        names = [str(each) for each in made]
        git("add", "--", *names)
        message = f"Import the notebook {exploration.name}"
        git("commit", "--quiet", "--message", message, "--", *names, advice="see `git status`")
    return report


@contextmanager
def _removed_on_error(exploration: Exploration) -> Iterator[None]:
    """Remove what was written if the rest fails."""
    files = [path for path in exploration.files if path != exploration.outputs]
    try:
        yield
    except BaseException:
        names = [str(path) for path in files if path.exists()]
        if names:
            git("rm", "--cached", "--quiet", "--ignore-unmatch", "--", *names)
        for path in files:
            path.unlink(missing_ok=True)
        shutil.rmtree(exploration.outputs, ignore_errors=True)
        raise
