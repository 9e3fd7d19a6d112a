"""A bot as the emulator's own tests play it: bare calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from tests.emulators.parameters import JSON
from tests.emulators.zalo_bot import ZaloBotEmulator

SECRET = "secret-token-1"
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine o'clock in Viet Nam


@dataclass
class BotClient:
    session: aiohttp.ClientSession
    zalo: ZaloBotEmulator

    async def __call__(self, method: str, **params: Any) -> JSON:
        url = f"{self.zalo.base_url}{self.zalo.bot.token}/{method}"
        async with self.session.post(url, json=params) as answer:
            assert answer.status == 200
            found: JSON = await answer.json()
            return found

    async def code(self, method: str, **params: Any) -> int:
        """0, or the error_code."""
        answer = await self(method, **params)
        return 0 if answer["ok"] else int(answer["error_code"])
