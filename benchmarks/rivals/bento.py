"""BentoML with adaptive batching."""

from typing import Any

import bentoml


@bentoml.service(workers=1)
class Service:
    """Answers as the others do."""

    def __init__(self) -> None:
        """Load the model in the process that predicts."""
        from common import score

        self.score = score

    @bentoml.api(batchable=True, max_batch_size=256, max_latency_ms=1000)
    def predict(self, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the answers to what came together."""
        return self.score(instances)
