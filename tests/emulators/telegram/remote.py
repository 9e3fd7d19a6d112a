"""Drives an emulator that runs in another process, with the verbs of TelegramEmulator and User."""

from __future__ import annotations

from typing import Any

from tests.emulators.remote import Ears, Line
from tests.emulators.telegram.calls import Call
from tests.emulators.telegram.chats import Button, Received
from tests.emulators.telegram.parameters import JSON


class RemoteTelegram(Line):
    name = "telegram"

    @property
    def base_url(self) -> str:
        return f"{self.address}/bot"

    @property
    def file_base_url(self) -> str:
        return f"{self.address}/file/bot"

    async def user(self, *, name: str = "Hoa", id: int | None = None, **more: Any) -> RemoteUser:  # noqa: A002
        """Makes the user where there is none of this id; see TelegramEmulator.user."""
        given: JSON = {"name": name, **more} | ({"id": id} if id is not None else {})
        return RemoteUser(self, await self.do("user", **given))

    async def set(
        self, *, delay_s: float | None = None, limits: dict[str, tuple[int, float]] | None = None
    ) -> None:
        """`limits`: {"overall": (30, 1.0), "per_chat": ..., "per_group": ...}; {} switches them off."""
        await self.do("set", delay_s=delay_s, limits=limits)

    async def calls(self, *, since: int = 0, with_params: bool = False) -> list[Call]:
        """The call log from number `since` on; parameters only when asked for, because they are long."""
        found = await self.do("calls", since=since, with_params=with_params)
        if with_params:
            return [Call(**call) for call in found]
        return [
            Call(m, {}, arrived, chat, answered, outcome) for m, chat, arrived, answered, outcome in found
        ]

    async def arrivals(self) -> dict[int, list[float]]:
        """When each chat's messages arrived."""
        return {int(chat_id): times for chat_id, times in (await self.do("arrivals")).items()}

    async def state(self) -> JSON:
        found: JSON = await self.do("state")
        return found

    async def updates_taken(self, timeout: float = 20.0) -> None:
        await self.do("updates_taken", timeout=timeout)

    async def forget(self) -> None:
        await self.do("forget")


class RemoteUser(Ears[Received]):
    """Verbs as in `people.User`."""

    def __init__(self, remote: RemoteTelegram, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id
        self._remote = remote

    async def says(self, text: str, *, reply_to: int | Received | None = None) -> int:
        target = reply_to.message_id if isinstance(reply_to, Received) else reply_to
        return int(await self._act("says", text=text, reply_to=target))

    async def starts(self, payload: str = "") -> int:
        return int(await self._act("starts", payload=payload))

    async def edits(self, message_id: int, text: str) -> None:
        await self._act("edits", message_id=message_id, text=text)

    async def sends_photo(self, *, caption: str = "") -> int:
        return int(await self._act("sends_photo", caption=caption))

    async def shares_contact(self, phone: str | None = None, *, own: bool = True) -> int:
        return int(await self._act("shares_contact", phone=phone, own=own))

    async def presses(self, button: Button | str, timeout: float | None = None) -> JSON | None:
        """Presses the newest button of this text; with `timeout`, waits for the bot's answer to the press."""
        text = button if isinstance(button, str) else button.text
        answer: JSON | None = await self._act("presses", button=text, timeout=timeout)
        return answer

    async def blocks(self) -> None:
        await self._act("blocks")

    async def unblocks(self) -> None:
        await self._act("unblocks")

    async def repeats_last_update(self) -> None:
        """Telegram delivers this user's last update a second time."""
        await self._remote.do("deliver_again", user=self.user_id)

    async def received(self, after: int = 0, timeout: float = 0.0) -> list[Received]:
        found = await self._remote.do("received", user=self.user_id, after=after, timeout=timeout)
        return [Received(**message) for message in found]

    async def _act(self, deed: str, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if value is not None}
        return await self._remote.do("act", user=self.user_id, deed=deed, arguments=given)
