"""What this project is: the one object through which the machinery reaches your code."""

from .data.features import VERSION, features
from .data.rows import rows
from .data.schema import ROW, TABLES
from .data.target import target
from .machinery.cli import run
from .machinery.project import Project
from .params import Params
from .prediction.decide import decide

PROJECT = Project(
    package=__package__,
    params=Params,
    tables=TABLES,  # data/<table>.py cleans each of them
    row=ROW,
    rows=rows,
    target=target,
    features=features,
    features_version=VERSION,
    train="model.train:train",  # by name, so that the service never imports it
    decide=decide,
)


def main() -> None:
    """Run a command of this project."""
    run(PROJECT)


if __name__ == "__main__":
    main()
