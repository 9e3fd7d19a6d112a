"""Lets claimed messages go, each at a slot of its account's pace, and knows which are under way.

A slot that is missed is not used: the sends behind it would come too close. Its message goes at the next one, so that it is
the last of a batch that are left over. On a busy machine slots are missed all the time: that must cost no more than the slots.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.sending.parcels import Parcel

LATE_S = 0.006  # A slot missed by more is not used.


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed message that has not gone yet, and since when (on the loop's clock)."""

    parcel: Parcel
    since: float


class Departures:
    """Of one account."""

    def __init__(self, send: Callable[[Parcel], Awaitable[None]], *, on_end: Callable[[], None]) -> None:
        """`on_end` is called whenever a send, or a batch, has come to its end."""
        self._send = send
        self._on_end = on_end
        self._sends: dict[asyncio.Task[None], Parcel] = {}
        self._batches: dict[asyncio.Task[None], deque[Waiting]] = {}
        self._left_over: list[Waiting] = []
        self._in_doubt: list[Parcel] = []

    @property
    def count(self) -> int:
        """How many are under way or wait for their slot; those left over are not among them."""
        return len(self._sends) + sum(len(batch) for batch in self._batches.values())

    def depart(self, batch: Iterable[Waiting], moments: Sequence[float] | None) -> None:
        """Send them in order at these moments of the loop's clock; None: all at once."""
        if moments is None:
            for waiting in batch:
                self._begin(waiting.parcel)
            return
        queue = deque(batch)
        task = asyncio.create_task(self._keep_pace(queue, moments))
        self._batches[task] = queue
        task.add_done_callback(self._batch_ended)

    @property
    def has_left_over(self) -> bool:
        return bool(self._left_over)

    def take_left_over(self) -> list[Waiting]:
        """Those for which no slot was left. They are the caller's now."""
        taken, self._left_over = self._left_over, []
        return taken

    def put_left_over(self, waiting: Sequence[Waiting]) -> None:
        """Back to those that were taken: nothing could be done about them."""
        self._left_over = [*waiting, *self._left_over]

    async def finish(self, timeout_s: float) -> Sequence[Parcel]:
        """Wait until all have gone and come to their end. Returns those cut short after so long: their requests may be out."""
        clock = asyncio.get_running_loop().time
        until = clock() + timeout_s
        while self.count and (rest := until - clock()) > 0:
            await asyncio.wait([*self._batches, *self._sends], timeout=rest, return_when="FIRST_COMPLETED")
        late = [*self._batches, *self._sends]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return self._in_doubt

    async def _keep_pace(self, queue: deque[Waiting], moments: Sequence[float]) -> None:
        clock = asyncio.get_running_loop().time
        for moment in moments:
            if (early_s := moment - clock()) > 0:
                await asyncio.sleep(early_s)
            if clock() - moment <= LATE_S:
                self._begin(queue.popleft().parcel)

    def _begin(self, parcel: Parcel) -> None:
        task = asyncio.ensure_future(self._send(parcel))
        self._sends[task] = parcel
        task.add_done_callback(self._send_ended)

    def _batch_ended(self, task: asyncio.Task[None]) -> None:
        self._left_over += self._batches.pop(task)
        self._on_end()

    def _send_ended(self, task: asyncio.Task[None]) -> None:
        parcel = self._sends.pop(task)
        if task.cancelled():
            self._in_doubt.append(parcel)
        self._on_end()
