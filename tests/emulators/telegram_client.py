"""A bot as the emulator's own tests play it: bare calls, and a clock to move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

JSON = dict[str, Any]


@dataclass
class Client:
    """Calls the emulator as a bot would: (status, envelope) of every call."""

    session: aiohttp.ClientSession
    base_url: str

    async def __call__(self, method: str, **params: Any) -> tuple[int, JSON]:
        async with self.session.post(f"{self.base_url}1:x/{method}", json=params) as answer:
            return answer.status, await answer.json()

    async def result(self, method: str, **params: Any) -> Any:
        status, envelope = await self(method, **params)
        assert status == 200, envelope
        assert envelope["ok"] is True
        return envelope["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        status, envelope = await self(method, **params)
        assert envelope["ok"] is False
        assert envelope["error_code"] == status
        return status, envelope["description"]

    async def send_many(self, *chat_ids: int) -> list[int]:
        """Sends one message after another; the seconds each was told to wait, 0 for sent."""
        waits = []
        for chat_id in chat_ids:
            status, envelope = await self("sendMessage", chat_id=chat_id, text="a")
            waits.append(envelope["parameters"]["retry_after"] if status == 429 else 0)
        return waits


class Moment:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
