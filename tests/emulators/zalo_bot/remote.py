"""Drives a ZaloBotEmulator in another process; what has no method here goes through `do(verb, ...)`."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.emulators.parameters import JSON
from tests.emulators.remote import Remote, RemotePhone


class RemoteZaloBot(Remote):
    """`async with RemoteZaloBot.started() as zalo:`. Bots by token; the first where none is named."""

    name: ClassVar[str] = "zalo_bot"

    @property
    def base_url(self) -> str:
        return f"{self.address}/bot"

    async def user(self, *, name: str = "Lan", **more: Any) -> RemoteUser:
        """As ZaloBotEmulator.user."""
        return RemoteUser(self, str(await self.do("user", name=name, **more)))

    async def bot(self, **fields: Any) -> JSON:
        """Sets fields of the bot, gives them all."""
        found: JSON = await self.do("bot", **fields)
        return found

    async def arrivals(self) -> dict[str, list[float]]:
        """When each user's messages arrived, by time.monotonic()."""
        found: dict[str, list[float]] = await self.do("arrivals")
        return found


class RemoteUser(RemotePhone):
    """A user of one bot; verbs as in `people.User`, those without a method by `act`."""

    async def sends_photo(self, *, caption: str = "", url: str = "") -> str:
        return str(await self.act("sends_photo", caption=caption, url=url))

    async def blocks(self) -> None:
        await self.act("blocks")

    async def repeats_last_update(self) -> None:
        await self.act("repeats_last_update")
