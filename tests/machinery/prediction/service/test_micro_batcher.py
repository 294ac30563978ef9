"""Which requests share a batch, and which wait for others."""

import asyncio
import time

from machinery.prediction.service import micro_batcher
from machinery.prediction.service.micro_batcher import MicroBatcher


def batches_of(clients):
    """Return the batches of clients that send their requests at once, each after its last answer."""
    batches = []

    def run(items):
        batches.append(sorted(items))
        time.sleep(0.02)
        return items

    async def client(batcher, name, start, number):
        await asyncio.sleep(start)
        for request in range(number):
            await batcher.submit(f"{name}{request}")
            for _ in range(10):  # an answer takes some turns of the loop to a client and back
                await asyncio.sleep(0)

    async def all_of_them():
        batcher = MicroBatcher(run, size=len, max_waiting=100, max_batch=100)
        await asyncio.gather(*(client(batcher, *each) for each in clients))
        batcher.thread.shutdown()

    asyncio.run(all_of_them())
    return batches


def test_a_client_that_has_its_answer_joins_those_that_wait(monkeypatch):
    monkeypatch.setattr(micro_batcher, "PAUSE", 0.1)
    found = batches_of([("a", 0, 3), ("b", 0.01, 2)])
    assert found == [["a0"], ["a1", "b0"], ["a2", "b1"]]


def test_a_lone_client_never_waits(monkeypatch):
    monkeypatch.setattr(micro_batcher, "PAUSE", 60)
    assert batches_of([("a", 0, 3)]) == [["a0"], ["a1"], ["a2"]]
