"""A client for work that can wait: its calls stand apart, so that what people wait for is never behind them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.channels.zalo_oa.client import OAClient


class Unhurried:
    """One account's; whoever works with it takes turns."""

    def __init__(self, client: OAClient, gap: timedelta) -> None:
        self._client = client
        self._gap_s = gap.total_seconds()
        self._free_at = 0.0

    async def get(
        self, path: str, data: Mapping[str, Any] | None = None, *, answer: timedelta | None = None
    ) -> Any:
        await self._turn()
        return await self._client.get(path, data, answer=answer)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        await self._turn()
        return await self._client.post(path, body)

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at)
        self._free_at = at + self._gap_s
        if at > now:
            await asyncio.sleep(at - now)
