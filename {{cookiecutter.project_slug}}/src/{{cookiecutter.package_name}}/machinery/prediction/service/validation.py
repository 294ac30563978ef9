"""Validation of a request, by a model that is made from the project's ROW."""

import re
from collections import ChainMap
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

import numpy as np
import pandera.polars as pa
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    ValidationError,
    create_model,
)

from ...data.table import KEY, Row, Table
from .by_key import asks_by_key, keys_allowed
from .request import PredictRequest

MAX_INSTANCES = 1000
MAX_CONTRIBUTIONS = 100
MAX_EXPLAINED = 50  # instances of a request with contributions

# The strings of a valid JSON document, and the colon that follows those which are keys.
STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\r\n]*+(:?)')

# The same keys, and what is like them in a string, so never less; it takes half of the time.
COLONS = re.compile(rb'"[ \t\r\n]*+:')

# What ISO 8601 calls a date and a time of day, with or without a zone. pydantic takes a number too.
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)

NO_NUL = r"^[^\u0000]*$"

# Pandera's checks, by what it calls them, as rules of pydantic.
RULES: dict[str | None, Callable[[Any], dict[str, Any]]] = {
    "in_range": lambda known: {
        "ge" if known["include_min"] else "gt": known["min_value"],
        "le" if known["include_max"] else "lt": known["max_value"],
    },
    "greater_than": lambda known: {"gt": known["min_value"]},
    "greater_than_or_equal_to": lambda known: {"ge": known["min_value"]},
    "less_than": lambda known: {"lt": known["max_value"]},
    "less_than_or_equal_to": lambda known: {"le": known["max_value"]},
    "str_matches": lambda known: {"pattern": known["pattern"]},
}


class TooManyError(ValueError):
    """The request would take so long that others wait too long."""


class DuplicateKeyError(ValueError):
    """An object of the body names a field twice, and JSON does not define which one counts."""


def validate(request_id: str, body: bytes, model: type[BaseModel]) -> PredictRequest:
    """Return the request in `body`; raise pydantic's ValidationError or DuplicateKeyError."""
    read = _read(body, model)
    # pydantic takes the last of two fields of one name, so count the keys in the bytes.
    named = len(read.model_fields_set) + sum(len(row.model_fields_set) for row in read.instances)
    if len(COLONS.findall(body)) != named and sum(map(len, STRINGS.findall(body))) != named:
        raise DuplicateKeyError("an object names a field twice: name it once")
    by_key = [row.model_fields_set == {KEY} for row in read.instances]
    instances = [
        {KEY: row.__dict__[KEY]} if alone else values(row)
        for row, alone in zip(read.instances, by_key, strict=True)
    ]
    if read.contributions and len(instances) > MAX_EXPLAINED:
        raise TooManyError(
            f"{len(instances)} instances are too many with contributions: send {MAX_EXPLAINED} at"
            " a time"
        )
    return PredictRequest(request_id, instances, read.contributions, any(by_key))


def values(instance: BaseModel) -> dict[str, Any]:
    """Return the values of an instance by the names of the columns."""
    renamed = _renamed(type(instance))
    if not renamed:
        return instance.__dict__
    return {renamed.get(name, name): value for name, value in instance.__dict__.items()}


@cache
def _renamed(model: type[BaseModel]) -> dict[str, str]:
    """Return the column of each field that has another name."""
    return {name: field.alias for name, field in model.model_fields.items() if field.alias}


def _read(body: bytes, model: type[BaseModel]) -> Any:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        if not asks_by_key(error):
            raise
    return keys_allowed(model).model_validate_json(body)


def _fields(row: Row) -> dict[str, Any]:
    """Return each column as a field, under another name where pydantic reserves that of it."""
    reserved = {name for name in row.columns if name.startswith("_") or hasattr(BaseModel, name)}
    return {
        f"{place} {name}" if name in reserved else name: _field(
            column, alias=name if name in reserved else None
        )
        for place, (name, column) in enumerate(row.columns.items())
    }


def _checks(column: pa.Column) -> tuple[dict[str, Any], list[pa.Check], list[pa.Check]]:
    """Return the checks of `column` as rules of pydantic, those of a single value, and the others.

    Pydantic takes one rule of a kind.
    """
    rules: dict[str, Any] = {}
    single, others = [], []
    for check in column.checks:
        rule = RULES[name](check.statistics) if (name := check.registry_name) in RULES else {}
        if rule and not rule.keys() & rules.keys():
            rules |= rule
        elif name == "isin" or "holds" in (check.statistics or {}):
            single.append(check)
        else:
            others.append(check)
    return rules, single, others


def other_rules(row: Row) -> Table:
    """Return the rules of `row` that `body_model` leaves out: checks, and all relations."""
    columns = {
        name: pa.Column(column.dtype.type, _checks(column)[2], nullable=True)
        for name, column in row.columns.items()
    }
    return Table(name=row.name, key=row.key, columns=columns, relations=row.relations)


def _field(column: pa.Column, alias: str | None = None) -> Any:
    """Return the type and rules of `column` for pydantic."""
    kind = column.dtype.type.to_python()
    rules: dict[str, Any] = {}
    if kind is int:
        bounds = np.iinfo(str(column.dtype.type).lower())
        rules = {"ge": int(bounds.min), "le": int(bounds.max)}
    if kind is datetime:
        rules = {"strict": False}  # _moment is stricter, and passes on a text
    known, single, _ = _checks(column)
    rules |= known
    own: list[Any] = []
    shown: list[dict[str, Any]] = []
    for check in single:
        facts: dict[str, Any] = check.statistics or {}
        if "holds" in facts:
            own.append(_holds(str(check.name).replace("_", " "), facts["holds"]))
            shown.append(facts.get("schema", {}))
        else:
            allowed = list(facts["allowed_values"])
            own.append(_holds(f"one of {allowed}", allowed.__contains__))
            shown.append({"enum": allowed})
    if kind is str:
        shown.append({"allOf": [{"pattern": NO_NUL}]})
    annotated: Any = Annotated[kind, Field(**rules, json_schema_extra=dict(ChainMap(*shown)))]
    for validator in [*map(AfterValidator, own), *OF_KIND.get(kind, [])]:
        annotated = Annotated[annotated, validator]
    if column.nullable:
        return annotated | None, Field(None, description=column.description, alias=alias)
    return annotated, Field(description=column.description, alias=alias)


def _holds(name: str, rule: Any) -> Any:
    def validate(value: Any) -> Any:
        if not rule(value):
            raise ValueError(f"must hold: {name}")
        return value

    return validate


def _moment(value: Any) -> Any:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("not a date and a time: write 2026-03-02T10:15:00, with Z or +01:00")
    return value


def _utc(time: datetime) -> datetime:
    """Return a time in UTC without its zone, as Polars stores it; no zone means UTC."""
    try:
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except OverflowError:
        raise ValueError("time is out of range") from None


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("contains the character NUL, which databases refuse")
    return text


def _whole(number: Any) -> Any:
    """Return 1400 for 1400.0: pandas writes the latter, and JSON does not distinguish them."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)

OF_KIND: dict[type, list[Any]] = {
    datetime: [AfterValidator(_utc), BeforeValidator(_moment)],
    int: [WHOLE],
    str: [AfterValidator(_no_nul)],
}


def _shown(example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())


def body_model(row: Row) -> type[BaseModel]:
    """Return the pydantic model of a request's body: up to MAX_INSTANCES instances of `row`."""
    instance: Any = create_model(
        "Instance",
        __config__=STRICT | _shown(row.example),
        **_fields(row),
    )
    # Stop at the first invalid instance: a request must not cause a list of a million errors.
    instances: Any = Annotated[
        list[instance], Field(min_length=1, max_length=MAX_INSTANCES), FailFast()
    ]
    meaning = "how many features explain each score"
    number = Field(0, ge=0, le=MAX_CONTRIBUTIONS, description=meaning)
    return create_model(
        "PredictRequest",
        __config__=STRICT | _shown({"instances": [row.example]}),
        instances=instances,
        contributions=(Annotated[int, WHOLE], number),
    )
