"""What /openapi.json says beyond what FastAPI reads from the code: the body is parsed by us."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from .problems import MEDIA_TYPE, Problem

REF = "#/components/schemas/"


class Contribution(BaseModel):
    """What a feature adds to a score, in the model's own unit: log-odds for a probability."""

    feature: str
    value: float


class Prediction(BaseModel):
    """The answer for one instance."""

    key: str
    score: float
    decision: bool | None
    arm: str
    model_version: str
    contributions: list[Contribution] | None = None


class Predictions(BaseModel):
    """The answers, in the order of the instances."""

    predictions: list[Prediction]
    request_id: str


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REF}{Problem.__name__}"}}},
    }


TOKEN: dict[int | str, dict[str, Any]] = {401: _problem("No token, or one that is not known.")}

# /predict, which is no route of FastAPI's.
PREDICT: dict[str, Any] = {
    "summary": "Predict",
    "description": "Score the instances; what is answered is recorded.",
    "operationId": "predict",
    "responses": {
        "200": {
            "description": "The answers, in the order of the instances.",
            "content": {"application/json": {"schema": {"$ref": f"{REF}{Predictions.__name__}"}}},
        },
        "401": TOKEN[401],
        "400": _problem("The body is not JSON."),
        "413": _problem("The body is too large."),
        "415": _problem("The body is not JSON in UTF-8, uncompressed."),
        "422": _problem("An instance breaks a rule; the detail names it and its field."),
        "503": _problem("Too much waits, or the answer cannot be recorded: come again later."),
    },
    "security": [{"token": []}, {}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"{REF}Request"}}},
    },
}


def describe(app: FastAPI, body: type[BaseModel]) -> None:
    """Add to the document of `app` the path and the models that it knows nothing of."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made()["paths"]["/predict"] = {"post": PREDICT}
            components = made().setdefault("components", {})
            known = components.setdefault("schemas", {})
            for model in (body, Predictions, Problem):
                schema = model.model_json_schema(ref_template=REF + "{model}")
                known |= schema.pop("$defs", {}) | {model.__name__: schema}
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        return made()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation does
