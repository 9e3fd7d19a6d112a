"""Pushes events to a webhook: in order per chat, the exact bytes, with a deadline, and misbehaving on command.

What an event holds and how it is signed is the platform's; so is what happens when it was not taken, which stands in
the fields here.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from tests.emulators.clock import EmulatorClock
from tests.emulators.news import News


@dataclass(slots=True)
class Try:
    """One POST. `status` 0: no answer; `tried_at` and `took_s` by time.monotonic()."""

    num_retry: int
    status: int
    tried_at: float
    took_s: float
    why: str = ""


@dataclass(slots=True)
class Delivery:
    """One event for one app, and what became of it."""

    event_name: str
    body: bytes
    headers: dict[str, str]
    lane: str
    tries: list[Try] = field(default_factory=list)
    is_given_up: bool = False

    @property
    def is_taken(self) -> bool:
        return bool(self.tries) and self.tries[-1].status == 200


@dataclass(eq=False, repr=False, slots=True)
class Webhook:
    """What could not be delivered because no connection opened is repeated after `retry_offsets` on the clock.

    `retries_refusals`: a slow or wrong answer is, too. `retry_steps_add_up`: each offset counts from the try before,
    not from the first. `retry_header` carries the number of the repeat. After the last one the address is off.
    `holds` keeps events back until `release`.
    """

    clock: EmulatorClock
    url: str = ""
    is_on: bool = True
    answer_s: float = 2.0
    retry_offsets: tuple[timedelta, ...] = ()
    retry_header: str = ""
    retries_refusals: bool = False
    retry_steps_add_up: bool = False
    deliveries: list[Delivery] = field(default_factory=list)
    holds: bool = False
    _held: list[Delivery] = field(default_factory=list)
    _twice: int = 0
    _lost: int = 0
    _lanes: dict[str, deque[Delivery]] = field(default_factory=dict)
    _retrying: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _news: News = field(default_factory=News)

    # What a test orders

    def doubles(self, times: int = 1) -> None:
        """The next events come twice, the same bytes."""
        self._twice += times

    def loses(self, times: int = 1) -> None:
        """The next events never come."""
        self._lost += times

    def release(self, *, reverse: bool = True) -> None:
        """Ends `holds`: what was held back goes out, newest first."""
        self.holds = False
        held, self._held = self._held, []
        for delivery in reversed(held) if reverse else held:
            delivery.lane = "released"  # One lane for all: the order given here is the order sent.
            self._enqueue(delivery)

    def repeats(self, delivery: Delivery) -> None:
        """The same event once more, whatever became of it."""
        self._send(Delivery(delivery.event_name, delivery.body, dict(delivery.headers), delivery.lane))

    async def posts(self, body: bytes, headers: dict[str, str], url: str = "") -> tuple[int, str]:
        """Any POST to the address, for forged and broken ones: the status (0: none) and why there was none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.post(
                url or self.url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.answer_s),
                allow_redirects=False,
            ) as answer:
                await answer.read()
                return answer.status, ""
        except TimeoutError:
            return 0, "timeout"
        except aiohttp.ClientConnectorError:
            return 0, "connection"
        except aiohttp.ClientError:
            return 0, "reset"

    # How an event goes out

    def deliver(self, delivery: Delivery) -> None:
        if not self.url or not self.is_on:
            return
        if self._lost:
            self._lost -= 1
            return
        if self._twice:
            self._twice -= 1
            self._send(Delivery(delivery.event_name, delivery.body, dict(delivery.headers), delivery.lane))
        self._send(delivery)

    async def all_taken(self, timeout: float) -> bool:
        """Waits until nothing is under way; what waits for the clock to retry it does not count."""
        return await self._news.until(lambda: not self._lanes, timeout)

    @property
    def retrying_count(self) -> int:
        return self._retrying

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _send(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self.holds:
            self._held.append(delivery)
        else:
            self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        queue = self._lanes.get(delivery.lane)
        if queue is not None:
            queue.append(delivery)
            return
        self._lanes[delivery.lane] = deque([delivery])
        self._start(self._work_off(delivery.lane))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, lane: str) -> None:
        queue = self._lanes[lane]
        while queue:
            delivery, first = queue[0], self.clock.now()
            if self.is_on and await self._is_wanted_again(delivery, 0):
                self._retrying += 1
                self._start(self._retry(delivery, first))
            queue.popleft()
            if not queue:
                del self._lanes[lane]
            self._news.tell()

    async def _retry(self, delivery: Delivery, before: datetime) -> None:
        try:
            for number, offset in enumerate(self.retry_offsets, start=1):
                await self.clock.reaches(before + offset)
                if self.retry_steps_add_up:
                    before += offset
                if not self.is_on or not await self._is_wanted_again(delivery, number):
                    return
            if self.retry_offsets:
                delivery.is_given_up = True
                self.is_on = False
        finally:
            self._retrying -= 1
            self._news.tell()

    async def _is_wanted_again(self, delivery: Delivery, num_retry: int) -> bool:
        headers = delivery.headers | (
            {self.retry_header: str(num_retry)} if num_retry and self.retry_header else {}
        )
        started = time.monotonic()
        status, why = await self.posts(delivery.body, headers)
        delivery.tries.append(Try(num_retry, status, started, time.monotonic() - started, why))
        self._news.tell()
        return why == "connection" or (self.retries_refusals and status != 200)

    async def tried(self, delivery: Delivery, times: int, timeout: float = 20.0) -> None:
        """Waits until the event was sent so many times."""
        if not await self._news.until(lambda: len(delivery.tries) >= times, timeout):
            raise TimeoutError(f"{len(delivery.tries)} of {times} tries")

    async def is_switched_off(self, timeout: float = 20.0) -> None:
        """Waits until the vendor has given the address up."""
        if not await self._news.until(lambda: not self.is_on, timeout):
            raise TimeoutError("the webhook is still on")
