"""The stage `rows` on Spark: the project's own rows() joins each group of the clean tables."""

from collections.abc import Mapping
from contextlib import closing
from io import BytesIO

import polars as pl

from ... import params
from ...project import Project
from ...spark.attempt import Attempt
from ...spark.frames import collected, in_arrow, kinds
from ...spark.session import session
from .join import Join, in_order, make
from .refusals import refuse_duplicates, refuse_small_parts
from .tables import groups, read


def main(
    project: Project, clean: str, target: str, *, master: str, every: str, upcoming: bool
) -> int:
    """Write the rows of the tables in the folder `clean` to the folder `target`; return how many.

    Raises InputError for a key that is there twice, and for rows that need more than the parts of
    the tables hold.
    """
    settings, function = params.load(project.params), "upcoming" if upcoming else "labelled"
    with (
        session(f"{project.package} rows", master) as spark,
        closing(Attempt.new(spark, target)) as attempt,
    ):
        tables = read(spark, clean, project)
        whole = {name: in_order(collected(frame)) for name, frame in tables.whole.items()}

        def again(parted: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
            ordered = {name: in_order(rows) for name, rows in parted.items()}
            return make(project, whole | ordered, settings, function)

        nothing = {name: collected(frame.limit(0)) for name, frame in tables.parted.items()}
        wanted = kinds(again(nothing))
        known = settings, {name: packed(table) for name, table in whole.items()}
        join = Join(
            package=str(project.package),
            known=spark.sparkContext.broadcast(known),
            function=function,
            every=every,
            schema=in_arrow(wanted),
        )
        # A lambda, because Spark would count `self` as the key of a group.
        made = groups(tables, project, every).applyInArrow(lambda group: join(group), wanted)  # noqa: PLW0108
        made.write.parquet(attempt.part)
        written = spark.read.parquet(attempt.part)
        refuse_duplicates(written)
        refuse_small_parts(written, project, tables, again, every)
        attempt.publish()
        return int(spark.read.parquet(target).count())


def packed(table: pl.DataFrame) -> bytes:
    """Return a table as bytes, which a worker reads without a copy of its types."""
    content = BytesIO()
    table.write_ipc(content)
    return content.getvalue()
