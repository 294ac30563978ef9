"""Refuses a request with an instance that breaks a relation between its columns.

The fields of an instance are validated one by one; a relation is an expression over a whole table,
so that it is computed once for all requests of a micro-batch.
"""

from collections.abc import Sequence
from http import HTTPStatus

import polars as pl

from ...data.table import Row
from .problems import Fault, RefusalError
from .request import PredictRequest


def refusals(
    requests: Sequence[PredictRequest], rows: pl.DataFrame, row: Row
) -> dict[str, RefusalError]:
    """Return the refusal of each request that breaks a relation of `row`, by its id.

    `rows` are those of all requests.
    """
    if not row.relations:
        return {}
    found = row.broken_relations(rows)
    if found.null_count() == len(found):  # as nearly always
        return {}
    broken = iter(found.to_list())
    own = {request.id: [next(broken) for _ in range(request.rows)] for request in requests}
    return {id_: _refusal(found) for id_, found in own.items() if any(found)}


def _refusal(broken: Sequence[str | None]) -> RefusalError:
    faults = {
        place: Fault(pointer=f"#/instances/{place}", detail=f"breaks a relation: {names}")
        for place, names in enumerate(broken)
        if names
    }
    first = min(faults)
    detail = f"instances[{first}]: {faults[first].detail}."
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=list(faults.values()))
