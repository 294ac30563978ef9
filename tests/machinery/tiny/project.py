"""The tiny project, as the machinery sees it."""

from machinery.cli import run
from machinery.project import Project

from .data.features import VERSION, features
from .data.rows import rows
from .data.schema import ROW, TABLES
from .data.target import target
from .params import Params
from .prediction.decide import decide

PROJECT = Project(
    package=__package__,
    params=Params,
    tables=TABLES,
    row=ROW,
    rows=rows,
    target=target,
    features=features,
    features_version=VERSION,
    train="model.train:train",
    decide=decide,
)


def main():
    """Run a command of this project."""
    run(PROJECT)


if __name__ == "__main__":
    main()
