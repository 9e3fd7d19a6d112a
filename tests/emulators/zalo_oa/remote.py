"""Drives a ZaloOAEmulator in another process; what has no method here goes through `do(verb, ...)`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from tests.emulators.parameters import JSON
from tests.emulators.remote import Remote, RemotePhone


class RemoteZaloOA(Remote):
    """`async with RemoteZaloOA.started() as zalo:`. Apps and OAs by id; the first where none is named."""

    name: ClassVar[str] = "zalo_oa"

    @property
    def base_url(self) -> str:
        return f"{self.address}/openapi"

    @property
    def oauth_base_url(self) -> str:
        return f"{self.address}/oauth"

    @property
    def business_base_url(self) -> str:
        return f"{self.address}/business"

    async def user(
        self, *, name: str = "Hoa", interacted: timedelta | None = None, **more: Any
    ) -> RemoteUser:
        """As ZaloOAEmulator.user."""
        ago = None if interacted is None else interacted.total_seconds()
        return RemoteUser(self, str(await self.do("user", name=name, interacted_s=ago, **more)))

    async def app(self, **fields: Any) -> JSON:
        """Sets fields of the app, gives them all."""
        found: JSON = await self.do("app", **fields)
        return found

    async def oa(self, **fields: Any) -> JSON:
        """Sets fields of the OA, gives them all."""
        found: JSON = await self.do("oa", **fields)
        return found

    async def connect(self, **which: str) -> JSON:
        """A first token pair."""
        pair: JSON = await self.do("connect", **which)
        return pair

    async def approves(self, authorize_url: str, **which: str) -> str:
        return str(await self.do("approves", authorize_url=authorize_url, **which))

    async def saves_webhook(self, url: str, **which: str) -> bool:
        """The console's save button with its unsigned probe."""
        return bool((await self.do("webhook", url=url, **which))["saved"])

    async def admin_says(self, user: RemoteUser, text: str, admin_id: str | None = None) -> None:
        await self.do("admin_says", user=user.user_id, text=text, admin_id=admin_id)

    async def arrivals(self) -> dict[str, list[float]]:
        """When each user's messages arrived, by time.monotonic()."""
        found: dict[str, list[float]] = await self.do("arrivals")
        return found


class RemoteUser(RemotePhone):
    """A user at one OA; verbs as in `people.User`, those without a method by `act`."""

    async def follows(self) -> None:
        await self.act("follows")

    async def unfollows(self) -> None:
        await self.act("unfollows")

    async def sends_image(self, *, caption: str = "", url: str = "") -> str:
        return str(await self.act("sends_image", caption=caption, url=url))

    async def submits_info(self, **fields: str) -> None:
        await self.act("submits_info", **fields)

    async def withdraws(self) -> None:
        await self.act("withdraws")

    async def reads(self) -> None:
        await self.act("reads")
