"""Micro-batching: concurrent requests share a batch; a single request never waits for others."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from polars.exceptions import PanicException

# Seconds in which clients that have just got an answer send their next request. Without them, half
# of a few clients would always wait for the other half.
PAUSE = 0.0005

Item = TypeVar("Item")
Result = TypeVar("Result")


class BusyError(Exception):
    """Too many rows wait already."""


class MicroBatcher(Generic[Item, Result]):
    """Runs a batch at a time in its own thread; items that arrive meanwhile share the next."""

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        *,
        size: Callable[[Item], int],
        max_waiting: int,
        max_batch: int,
    ) -> None:
        self._run, self._size = run, size
        self._max_waiting, self._max_batch = max_waiting, max_batch
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._queued = 0
        self._worker: asyncio.Task[None] | None = None
        self.thread = ThreadPoolExecutor(1, "micro-batch")

    async def submit(self, item: Item) -> Result:
        """Return the result for `item`; raise BusyError, or the error that this item caused."""
        if self._queued and self._queued + self._size(item) > self._max_waiting:
            raise BusyError
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._queued += self._size(item)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._let_arrived_join()
            taken = self._take()
            outcomes = await loop.run_in_executor(
                self.thread, self._outcomes, [item for item, _ in taken]
            )
            for (_, future), outcome in zip(taken, outcomes, strict=True):
                if future.done():  # the client has gone
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
            if self._waiting:
                await asyncio.sleep(PAUSE)

    async def _let_arrived_join(self) -> None:
        """Let requests that have arrived join the next batch; a single one waits microseconds."""
        known = 0
        while len(self._waiting) > known:
            known = len(self._waiting)
            await asyncio.sleep(0)  # their bytes are read,
            await asyncio.sleep(0)  # and their tasks run

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """Take from the queue what fits into one batch, but at least the first item."""
        rows = number = 0
        for item, _ in self._waiting:
            rows += self._size(item)
            if number and rows > self._max_batch:
                break
            number += 1
        taken, self._waiting = self._waiting[:number], self._waiting[number:]
        self._queued -= sum(self._size(item) for item, _ in taken)
        return taken

    def _outcomes(self, items: list[Item]) -> Sequence[Result | Exception]:
        """Run a batch; if it fails, run each item alone, so that only the cause fails."""
        try:
            return self._run(items)
        except (Exception, PanicException) as error:  # the latter is Polars' own
            if len(items) == 1:
                return [error if isinstance(error, Exception) else RuntimeError(str(error))]
            return [self._outcomes([item])[0] for item in items]
