"""LitServe with batching."""

import sys
from typing import Any

import litserve

Rows = list[dict[str, Any]]


class Api(litserve.LitAPI):
    """Answers as the others do."""

    def setup(self, device: str) -> None:  # noqa: ARG002  LitServe's own
        """Load the model in the process that predicts."""
        from common import score

        self.score = score

    def decode_request(self, request: dict[str, Rows]) -> Rows:
        """Return the rows of a request."""
        return request["instances"]

    def batch(self, inputs: list[Rows]) -> list[Rows]:
        """Keep requests apart, as each may have several rows."""
        return inputs

    def predict(self, requests: list[Rows]) -> list[Rows]:
        """Return the answers to what came together."""
        answers = iter(self.score([row for rows in requests for row in rows]))
        return [[next(answers) for _ in rows] for rows in requests]

    def unbatch(self, output: list[Rows]) -> list[Rows]:
        """Return the answers by request."""
        return output

    def encode_response(self, output: Rows) -> dict[str, Rows]:
        """Return the body of an answer."""
        return {"predictions": output}


if __name__ == "__main__":
    server = litserve.LitServer(
        Api(max_batch_size=64, batch_timeout=0.001), accelerator="cpu", workers_per_device=1
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
