"""Pushes updates to the bot's webhook as Telegram does: one after another per chat, until each is accepted."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from tests.emulators.telegram.parameters import JSON

LONGEST_RETRY_AFTER_S = 3600.0


@dataclass(slots=True)
class Patience:
    """How long the server waits: for an answer, and before it repeats an update.

    The first repeat comes at once, then after `first_delay_s`, doubling up to a random 60 to 120 times that.
    """

    answer_s: float = 60.0
    first_delay_s: float = 1.0

    def delay_s(self, failures: int) -> float:
        if failures <= 1:
            return 0.0
        return self.first_delay_s * min(2.0 ** min(failures - 2, 10), random.uniform(60, 120))


@dataclass(slots=True)
class Webhook:
    """One webhook setting and the deliveries to it. `accepted` is told after every 2xx."""

    url: str
    secret_token: str
    max_connections: int
    patience: Patience
    accepted: Callable[[], None]
    carry_out: Callable[[JSON], Awaitable[None]]
    last_error: tuple[int, str] | None = None
    _queues: dict[int, deque[JSON]] = field(default_factory=dict)
    _workers: set[asyncio.Task[None]] = field(default_factory=set)
    _slots: asyncio.Semaphore = field(init=False)
    _session: aiohttp.ClientSession | None = None

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.max_connections)

    @property
    def pending_count(self) -> int:
        return sum(map(len, self._queues.values()))

    def deliver(self, update: JSON, chat_id: int) -> None:
        queue = self._queues.get(chat_id)
        if queue is not None:
            queue.append(update)
            return
        self._queues[chat_id] = deque([update])
        worker = asyncio.get_running_loop().create_task(self._work_off(chat_id))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def close(self) -> list[JSON]:
        """Stops; returns what was not accepted, oldest first."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        left = [update for queue in self._queues.values() for update in queue]
        return sorted(left, key=lambda update: update.get("update_id", 0))

    async def _work_off(self, chat_id: int) -> None:
        queue = self._queues[chat_id]
        while queue:
            await self._push_until_accepted(queue[0])
            queue.popleft()
            if not queue:
                del self._queues[chat_id]
            self.accepted()

    async def _push_until_accepted(self, update: JSON) -> None:
        failures = 0
        while True:
            async with self._slots:
                retry_after_s = await self._push(update)
            if retry_after_s is None:
                return
            failures += 1
            await asyncio.sleep(retry_after_s or self.patience.delay_s(failures))

    async def _push(self, update: JSON) -> float | None:
        """None when accepted; else the seconds that the bot's Retry-After header asks for, or 0."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = {"Content-Type": "application/json"}
        if self.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret_token
        try:
            async with self._session.post(
                self.url,
                data=json.dumps(update).encode(),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.patience.answer_s),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
                if 200 <= answer.status <= 299:
                    await self._carry_out(body)
                    return None
                self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return min(_seconds(answer.headers.get("Retry-After", "")), LONGEST_RETRY_AFTER_S)
        except TimeoutError:
            self._failed("Read timeout expired")
        except aiohttp.ClientConnectorError:
            self._failed("Connection refused")
        except aiohttp.ClientError:
            self._failed("Connection reset by peer")
        return 0.0

    def _failed(self, message: str) -> None:
        self.last_error = (int(time.time()), message)

    async def _carry_out(self, body: bytes) -> None:
        """A call may stand in the answer; nobody learns what became of it."""
        if not body.startswith(b"{"):
            return
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and "method" in call:
            await self.carry_out(call)


def _seconds(header: str) -> float:
    return float(header) if header.isdigit() else 0.0
