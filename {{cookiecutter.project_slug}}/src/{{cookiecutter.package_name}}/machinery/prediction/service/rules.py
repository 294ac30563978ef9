"""Refuses a request with an instance that breaks a relation, or a rule that pydantic does not know.

The fields of an instance are validated one by one; such a rule is an expression over a whole table,
so that it is computed once for all requests of a micro-batch.
"""

from collections.abc import Sequence
from http import HTTPStatus

import polars as pl

from ...data.border import broken_rules
from ...data.table import Table
from .problems import Fault, RefusalError
from .request import PredictRequest


def refusals(
    requests: Sequence[PredictRequest], rows: pl.DataFrame, rules: Table
) -> dict[str, RefusalError]:
    """Return the refusal of each request that breaks one of the `rules`, by its id.

    `rows` are those of all requests.
    """
    # Mostly, pydantic knows all checks, and to look for columns that break none would take longest.
    checks = any(column.checks for column in rules.columns.values())
    found = broken_rules(rows, rules) if checks else rules.broken_relations(rows)
    if found.null_count() == len(found):  # as nearly always
        return {}
    each = iter(found.to_list())
    own = {request.id: [next(each) for _ in range(request.rows)] for request in requests}
    return {id_: _refusal(found) for id_, found in own.items() if any(found)}


def _refusal(names: Sequence[str | None]) -> RefusalError:
    faults = {
        place: Fault(pointer=f"#/instances/{place}", detail=f"breaks a rule: {name}")
        for place, name in enumerate(names)
        if name
    }
    first = min(faults)
    detail = f"instances[{first}]: {faults[first].detail}."
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=list(faults.values()))
