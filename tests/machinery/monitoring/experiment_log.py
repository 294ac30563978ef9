"""A log of an experiment that is written by hand: units of two arms, their answers and outcomes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import sqlalchemy as sa
from click.testing import CliRunner, Result

from machinery import cli, database
from machinery.prediction.log import rollouts, tables
from machinery.prediction.log.tables import predictions
from machinery.prediction.rollout import assign, load
from tiny.project import PROJECT

START = datetime(2026, 3, 2, tzinfo=UTC)
SHARE = 0.5
ROLLOUT = """
salt: s
assign_by: carrier
holdout: 0.1
challenger: {share}
shadow: false
default_decision: false
experiment:
  measure: {measure}
  better: lower
  matters: 0.05
  days: 1
models: {{champion: a, challenger: b, before_release: null}}
"""


class Log:
    """A log in a folder, with a rollout."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or f"sqlite:///{folder}/log.sqlite"
        self.engine = tables.open_tables(database.parse(self.url))
        self.set(SHARE)

    def set(self, share: float, measure: str = "error", *, day: float = 0, version: str = "v2"):
        """Change the share of the challenger and say so in the log."""
        path = self.folder / "rollout.yaml"
        path.write_text(ROLLOUT.format(share=share, measure=measure), encoding="utf-8")
        self.rollout = load(path, PROJECT.row)
        versions = {"champion": "v1", "challenger": version} if share else {"champion": "v1"}
        row = rollouts.row(self.rollout, versions, START + timedelta(days=day))
        with self.engine.begin() as connection:
            rollouts.write(connection, row)

    def predict(self, number: int, *, day: float = 0.5, first: int = 0, worse: float = 0.0):
        """Record answers for two rows of each unit; the challenger's scores are `worse`."""
        names = [f"unit {first + place}" for place in range(number)]
        arms = assign(pl.Series(names), self.rollout)
        generator = np.random.default_rng(first)
        answers, known = [], []
        for name, arm in zip(names, arms, strict=True):
            for row in range(2):
                outcome = float(generator.random() < 0.3)
                off = generator.normal(0.3, 0.1) + (worse if arm == "challenger" else 0)
                answers.append(
                    {
                        "request_id": f"{name} {day}",
                        "index": row,
                        "unit": f"{name} {row}",
                        "arm": arm,
                        "model_version": "v2" if arm == "challenger" else "v1",
                        "score": abs(outcome - off),
                        "inputs": "{}",
                        "time": START + timedelta(days=day),
                        "assigned": name,
                    }
                )
                known.append({"unit": f"{name} {row}", "outcome": outcome, "label": None})
        with self.engine.begin() as connection:
            connection.execute(predictions.insert(), answers)
            at = pl.lit(START + timedelta(days=day + 1))
            tables.record_outcomes(connection, pl.DataFrame(known).with_columns(time=at))

    def run(self, *arguments: str, until: float | None = 10) -> Result:
        """Read the experiment as of so many days after its start."""
        moment = ["--until", f"{START + timedelta(days=until):%Y-%m-%d %H:%M:%S}"] if until else []
        given = ["--log-url", self.url, "--rollout", str(self.folder / "rollout.yaml"), *moment]
        return CliRunner().invoke(
            cli.commands, ["experiment", "read", *given, *arguments], obj=PROJECT
        )

    def read(self, *arguments: str, until: float | None = 10) -> str:
        result = self.run(*arguments, until=until)
        assert result.exit_code == 0, result.output
        return result.output

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))
