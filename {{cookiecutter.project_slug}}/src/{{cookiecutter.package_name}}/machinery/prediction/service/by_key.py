"""Instances that hold only their key."""

from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Discriminator, Tag, ValidationError, create_model

from ...data.table import KEY
from .problems import AS_KEY, AS_ROW


def asks_by_key(error: ValidationError) -> bool:
    """Return whether an instance of a refused body holds only its key."""
    found = error.errors(include_url=False, include_context=False)
    return any(each["type"] == "missing" and alone(each["input"]) for each in found)


@cache
def keys_allowed(body: type[BaseModel]) -> type[BaseModel]:
    """Return the model of a body whose instances may hold only their key."""
    field = body.model_fields["instances"]
    (instance,) = get_args(field.annotation)
    known = instance.model_fields[KEY]
    fields: Any = {KEY: (known.annotation, known)}
    key = create_model("Key", __config__=body.model_config, **fields)
    either: Any = Annotated[
        Annotated[instance, Tag(AS_ROW)] | Annotated[key, Tag(AS_KEY)],
        Discriminator(lambda value: AS_KEY if alone(value) else AS_ROW),
    ]
    instances = Annotated[list[either], *field.metadata]
    return create_model(body.__name__, __base__=body, instances=(instances, ...))


def alone(value: Any) -> bool:
    """Return whether an instance holds only its key."""
    return isinstance(value, dict) and value.keys() == {KEY}
