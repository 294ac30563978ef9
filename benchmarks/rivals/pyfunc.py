"""MLflow's server: the model is saved as a function of its own, and served."""

import sys
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd


class Model(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Answers as the others do."""

    def load_context(self, context: Any) -> None:  # noqa: ARG002  MLflow's own
        """Load the model once."""
        sys.path.insert(0, str(Path(__file__).parent))
        from common import score

        self.score = score

    def predict(self, _context: Any, model_input: pd.DataFrame) -> Any:
        """Return the answers to one request."""
        frame = model_input.astype(object)
        return self.score(frame.where(frame.notna(), None).to_dict("records"))


mlflow.models.set_model(Model())

if __name__ == "__main__":
    mlflow.pyfunc.save_model(sys.argv[1], python_model=__file__)
