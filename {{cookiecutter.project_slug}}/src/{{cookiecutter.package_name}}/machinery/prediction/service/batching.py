"""Concurrent requests share one pass, and a lone request waits for nobody."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class BusyError(Exception):
    """So much waits already that what comes now would wait too long."""


class Batcher(Generic[Item, Answer]):
    """Runs one pass at a time in a thread of its own; what comes meanwhile shares the next."""

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        size: Callable[[Item], int],
        max_waiting: int,
        max_pass: int,
    ) -> None:
        self._run, self._size = run, size
        self._max_waiting, self._max_pass = max_waiting, max_pass
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._queued = 0
        self._passes: asyncio.Task[None] | None = None
        self.thread = ThreadPoolExecutor(1, "pass")

    async def submit(self, item: Item) -> Answer:
        """Return the answer to `item`; raise BusyError, or what the pass raised for this item."""
        if self._queued and self._queued + self._size(item) > self._max_waiting:
            raise BusyError
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._queued += self._size(item)
        if self._passes is None or self._passes.done():
            self._passes = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._read_what_is_here()
            taken = self._take()
            outcomes = await loop.run_in_executor(
                self.thread, self._outcomes, [item for item, _ in taken]
            )
            for (_, future), outcome in zip(taken, outcomes, strict=True):
                if future.done():  # whoever asked has gone
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    async def _read_what_is_here(self) -> None:
        """Let requests that have arrived join the next pass; a lone one waits some microseconds."""
        known = 0
        while len(self._waiting) > known:
            known = len(self._waiting)
            await asyncio.sleep(0)  # their bytes are read,
            await asyncio.sleep(0)  # and their tasks run

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        """Take from the queue what fits one pass, the first in any case."""
        rows = number = 0
        for item, _ in self._waiting:
            rows += self._size(item)
            if number and rows > self._max_pass:
                break
            number += 1
        taken, self._waiting = self._waiting[:number], self._waiting[number:]
        self._queued -= sum(self._size(item) for item, _ in taken)
        return taken

    def _outcomes(self, items: list[Item]) -> Sequence[Answer | Exception]:
        """Run a pass; when it fails, each item alone, so that only its cause fails."""
        try:
            return self._run(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
            return [self._outcomes([item])[0] for item in items]
