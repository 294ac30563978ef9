"""The way of tutorials: FastAPI, and pandas for each request."""

from typing import Any

import pandas as pd
from common import score
from echo import Request
from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
def predict(request: Request) -> dict[str, Any]:
    """Return the answers to one request."""
    frame = pd.DataFrame([row.model_dump(mode="json") for row in request.instances])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {"predictions": score(rows)}
