"""The floor: FastAPI that reads the request into a model and writes it out again."""

from typing import Any

from fastapi import FastAPI
from flight_delays.data.schema import ROW
from pydantic import BaseModel, create_model


def _field(column: Any) -> Any:
    kind = column.dtype.type.to_python()
    return (kind | None, None) if column.nullable else (kind, ...)


fields = {name: _field(column) for name, column in ROW.columns.items()}
Instance: Any = create_model("Instance", **fields)


class Request(BaseModel):
    """The request model, without rules."""

    instances: list[Instance]


app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Request:
    """Return the request."""
    return request
