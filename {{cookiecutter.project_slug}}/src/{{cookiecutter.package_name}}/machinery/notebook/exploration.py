"""Where an imported notebook lives: its files by the name of the exploration."""

import keyword
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError

NOTEBOOKS, PAGES = Path("notebooks/explorations"), Path("docs/explorations")


def library(name: str) -> Any:
    """Import a module that only notebooks need; raise InputError without it."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise InputError(
            f"this environment has no {package}: `make setup LOCK=explore` installs it"
        ) from None


@dataclass(frozen=True)
class Exploration:
    """The files of one imported notebook."""

    name: str

    @property
    def notebook(self) -> Path:
        """The notebook as it came, without outputs."""
        return NOTEBOOKS / f"{self.name}.ipynb"

    @property
    def script(self) -> Path:
        """The notebook as a Python file, whose tags and cells the author corrects."""
        return NOTEBOOKS / f"{self.name}.py"

    @property
    def steps(self) -> Path:
        """Calls the graduated functions in their order."""
        return NOTEBOOKS / f"{self.name}_steps.py"

    @property
    def left(self) -> Path:
        """The cells that no function holds, each with the reason."""
        return NOTEBOOKS / f"{self.name}_left.py"

    @property
    def page(self) -> Path:
        """Says who imported what, and shows the outputs."""
        return PAGES / f"{self.name}.md"

    @property
    def outputs(self) -> Path:
        """Holds the outputs; DVC tracks it."""
        return PAGES / self.name

    @property
    def pointer(self) -> Path:
        """What DVC knows the outputs by."""
        return Path(f"{self.outputs}.dvc")

    @property
    def files(self) -> tuple[Path, ...]:
        """All that an import writes."""
        return self.script, self.notebook, self.page, self.outputs, self.pointer


def named(text: str) -> Exploration:
    """Return the exploration of this name, or of a file's name made into a module's name."""
    name = re.sub(r"\W+", "_", text.lower()).strip("_")
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii():
        raise InputError(
            f"{text!r} cannot be the name of a module: give a name such as --name churn"
        )
    return Exploration(name)


def imported(name: str) -> Exploration:
    """Return the imported exploration `name`; raise InputError if there is none."""
    exploration = named(name)
    if not exploration.script.is_file():
        known = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
        raise InputError(
            f"no notebook {name} was imported, only {', '.join(known) or 'none'}:"
            " `notebook import FILE.ipynb` imports one"
        )
    return exploration
