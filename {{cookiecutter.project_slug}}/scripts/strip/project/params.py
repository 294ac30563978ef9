"""Your own sections of params.yaml; the other sections belong to the machinery."""

from typing import Annotated, Literal

from pydantic import Field

from .machinery import params
from .machinery.params import Section, Seed


class Rows(Section):
    """What one row is and what its label says; declare here what params.yaml may set."""


class Train(Section):
    """How the model learns; everything from `seed` on goes to XGBoost under its own name."""

    model: Literal["constant", "additive", "boosted"]
    rounds: Annotated[int, Field(gt=0)]
    early_stopping_rounds: Annotated[int, Field(gt=0)]
    seed: Seed
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    max_depth: Annotated[int, Field(gt=0, le=64)]
    min_child_weight: Annotated[float, Field(ge=0)]
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample_bynode: Annotated[float, Field(gt=0, le=1)]
    num_parallel_tree: Annotated[int, Field(gt=0)]
    reg_lambda: Annotated[float, Field(ge=0)]
    max_cat_to_onehot: Annotated[int, Field(gt=0)]
    monotone_constraints: dict[str, Literal[-1, 1]]


class Params(params.Params):
    """All of params.yaml."""

    rows: Rows
    train: Train
