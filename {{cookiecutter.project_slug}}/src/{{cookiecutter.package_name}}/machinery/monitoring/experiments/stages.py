"""The stages of an experiment: since when which shares of the units had which versions."""

from dataclasses import dataclass

import polars as pl

from ...errors import InputError
from ...prediction.rollout import CHALLENGER, CHAMPION, HOLDOUT


@dataclass(frozen=True)
class Compared:
    """The arms of an experiment: the share of `new` grows from nothing."""

    treated: str
    control: str
    new: str
    same: tuple[str, ...]  # what changes in the table `rollouts` when another experiment begins


# Against the holdout, the experiment goes on when the champion changes.
COMPARED = {
    CHALLENGER: Compared(
        CHALLENGER, CHAMPION, CHALLENGER, ("champion_version", "challenger_version")
    ),
    HOLDOUT: Compared(CHAMPION, HOLDOUT, HOLDOUT, ()),
}


def stages(rollouts: pl.DataFrame, compared: Compared, *, salt: str) -> pl.DataFrame:
    """Return the newest experiment's periods, by `time` and `stage`, with their shares.

    A period without the new arm, such as a pause, has no stage. Raises InputError when no unit was
    ever assigned to that arm.
    """
    numbered = rollouts.with_row_index("period")
    running = numbered.filter(pl.col(compared.new) > 0)
    if running.is_empty():
        raise InputError(
            f"no rollout with the salt {salt!r} gave units to the {compared.new}: raise"
            f" {compared.new} in rollout.yaml and let the service or a run of batch record it"
        )
    newest = running.row(-1, named=True)
    other = running.filter(
        pl.any_horizontal(
            pl.lit(value=False), *(pl.col(name) != newest[name] for name in compared.same)
        )
    )
    first = other["period"].max()
    later = running if first is None else running.filter(pl.col("period") > first)
    own = numbered.filter(pl.col("period") >= later["period"].min())
    shares = pl.struct("holdout", CHALLENGER)
    return own.with_columns(
        stage=pl.when(pl.col(compared.new) > 0).then(shares.rle_id() + 1).cast(pl.Int64),
        **{CHAMPION: 1 - pl.col("holdout") - pl.col(CHALLENGER)},
    )
