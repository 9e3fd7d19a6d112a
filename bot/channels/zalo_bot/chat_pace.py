"""Keeps messages to one person a second apart: Zalo names no limit, so we keep to what a hand could do (zalo-bot.md 6, 2026-11).

The account's own pace is the sender's business, for all processes together; this one is a courtesy of each.
"""

import asyncio
from datetime import timedelta

_MOST = 1000  # People remembered at a time.


class ChatPace:
    """Of one account."""

    def __init__(self, gap: timedelta) -> None:
        self._gap_s = gap.total_seconds()
        self._free_at: dict[str, float] = {}

    async def turn(self, address: str) -> None:
        """Returns when she may be written to."""
        now = asyncio.get_running_loop().time()
        if len(self._free_at) >= _MOST:
            self._free_at = {whose: at for whose, at in self._free_at.items() if at > now}
        at = max(now, self._free_at.get(address, now))
        self._free_at[address] = at + self._gap_s
        await asyncio.sleep(at - now)
