"""The parts of /openapi.json that FastAPI cannot read from the code, as /predict is not its own."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from ...data.table import KEY
from .problems import MEDIA_TYPE, Problem

REF = "#/components/schemas/"


class Contribution(BaseModel):
    """The contribution of a feature to a score, in the model's unit: log-odds for a probability."""

    feature: str
    value: float


class Prediction(BaseModel):
    """The prediction for one instance."""

    key: str
    score: float
    label: str | None = None
    scores: dict[str, float] | None = None
    decision: bool | None
    arm: str
    model_version: str
    contributions: list[Contribution] | None = None


class Predictions(BaseModel):
    """The predictions, in the order of the instances."""

    predictions: list[Prediction]
    request_id: str


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REF}{Problem.__name__}"}}},
    }


TOKEN: dict[int | str, dict[str, Any]] = {401: _problem("The token is missing or not known.")}

# /predict is a route of Starlette, not of FastAPI.
PREDICT: dict[str, Any] = {
    "summary": "Predict",
    "description": "Score the instances; every answer is recorded.",
    "operationId": "predict",
    "responses": {
        "200": {
            "description": "The predictions, in the order of the instances.",
            "content": {"application/json": {"schema": {"$ref": f"{REF}{Predictions.__name__}"}}},
        },
        "401": TOKEN[401],
        "400": _problem("The body is not JSON."),
        "404": _problem("An instance holds only its key, and no row is stored under it."),
        "409": _problem("The stored row of a key is too old, or was written by other code."),
        "408": _problem("The body came too slowly."),
        "413": _problem("The body is too large."),
        "415": _problem("The body is not JSON in UTF-8, uncompressed."),
        "422": _problem("An instance breaks a rule; the detail names the instance and the field."),
        "500": _problem("The service failed; its log says why."),
        "503": _problem(
            "Too many rows wait, the answer cannot be recorded or stored rows cannot be read:"
            " try again later."
        ),
    },
    "security": [{"token": []}, {}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"{REF}PredictRequest"}}},
    },
}


def _key(instance: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an instance that holds only its key."""
    return {
        "type": "object",
        "description": "The key alone: the row that the command `rows` has stored is predicted.",
        "properties": {KEY: instance["properties"][KEY]},
        "required": [KEY],
        "additionalProperties": False,
    }


def describe(app: FastAPI, body: type[BaseModel]) -> None:
    """Add /predict and its models to the document of `app`."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made()["paths"]["/predict"] = {"post": PREDICT}
            components = made().setdefault("components", {})
            known = components.setdefault("schemas", {})
            for model in (body, Predictions, Problem):
                schema = model.model_json_schema(ref_template=REF + "{model}")
                known |= schema.pop("$defs", {}) | {model.__name__: schema}
            known["Key"] = _key(known["Instance"])
            either = [{"$ref": f"{REF}{name}"} for name in ("Instance", "Key")]
            known[body.__name__]["properties"]["instances"]["items"] = {"anyOf": either}
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        return made()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation does
