"""The floor: FastAPI that reads the request into a model and writes it out again."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, create_model

from flight_delays.data.schema import EXAMPLES


def _field(column: Any) -> Any:
    kind = column.dtype.type.to_python()
    return (kind | None, None) if column.nullable else (kind, ...)


fields = {name: _field(column) for name, column in EXAMPLES.columns.items()}
Instance: Any = create_model("Instance", **fields)


class Request(BaseModel):
    """The request model, without rules."""

    instances: list[Instance]


app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Request:
    """Return what was asked."""
    return request
