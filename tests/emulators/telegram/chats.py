"""A chat as the people in it see it: the bot's messages with their buttons, and the waiting for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from tests.emulators.news import News
from tests.emulators.telegram.parameters import JSON
from tests.emulators.telegram.refusals import Refused

Wanted = Callable[["Received"], bool]


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message (`data` or `url`) or on the reply keyboard (`asks` for contact or location)."""

    text: str
    message_id: int
    data: str | None = None
    url: str | None = None
    asks: str | None = None
    is_inline: bool = True


@dataclass(slots=True)
class Received:
    """One message from the bot. `raw` is the Bot API's Message, kept up to date when the bot edits it.

    `arrived_at` is time.monotonic(), which all processes of one machine share.
    """

    raw: JSON
    keyboard: JSON | None
    arrived_at: float
    edits: int = 0
    is_deleted: bool = False

    @property
    def message_id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """The visible text, or a media message's caption."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def reply_to(self) -> int | None:
        target = self.raw.get("reply_to_message")
        return int(target["message_id"]) if target else None

    @property
    def buttons(self) -> list[Button]:
        keyboard = self.keyboard or {}
        inline = [
            Button(b["text"], self.message_id, data=b.get("callback_data"), url=b.get("url"))
            for row in keyboard.get("inline_keyboard", ())
            for b in row
        ]
        return inline + [
            Button(
                b if isinstance(b, str) else b["text"],
                self.message_id,
                asks=None if isinstance(b, str) else _asks(b),
                is_inline=False,
            )
            for row in keyboard.get("keyboard", ())
            for b in row
        ]


def _asks(button: JSON) -> str | None:
    return next((kind for kind in ("contact", "location") if button.get(f"request_{kind}")), None)


class Chat:
    """A private chat or a group, with all its messages. `refusal` is what the bot hears when it sends here.

    `hears` is for conversations: it looks only at messages that no earlier `hears` returned. `sees` looks at
    everything on the screen, edits included. Both fail with what did arrive when `timeout` is over.
    """

    __slots__ = ("_heard", "_news", "description", "messages", "received", "refusal", "topics")

    def __init__(self, description: JSON) -> None:
        self.description = description
        self.messages: dict[int, JSON] = {}
        self.received: list[Received] = []
        self.refusal: Refused | None = None
        self.topics: dict[int, bool] | None = None  # of a forum: thread id -> is open
        self._heard = 0
        self._news = News()

    @property
    def chat_id(self) -> int:
        return int(self.description["id"])

    def ring(self, message: JSON, keyboard: JSON | None, now: float) -> None:
        self.received.append(Received(message, keyboard, now))
        self._news.tell()

    def changed(self, message_id: int, *, keyboard: JSON | None = None, is_deleted: bool = False) -> None:
        """The bot edited or deleted one of its messages."""
        for received in reversed(self.received):
            if received.message_id == message_id:
                received.edits += not is_deleted
                received.is_deleted = is_deleted
                received.keyboard = keyboard
                break
        self._news.tell()

    def forget(self) -> None:
        """Drops what was received so far."""
        self.received.clear()
        self.messages.clear()
        self._heard = 0

    @overload
    async def hears(self, wanted: int = 1, timeout: float = 20.0) -> list[Received]: ...
    @overload
    async def hears(self, wanted: Wanted, timeout: float = 20.0) -> Received: ...
    async def hears(self, wanted: int | Wanted = 1, timeout: float = 20.0) -> list[Received] | Received:
        """The next `wanted` messages, or the next one that fits; those passed over count as heard."""
        if isinstance(wanted, int):
            end = self._heard + wanted
            if not await self._news.until(lambda: len(self.received) >= end, timeout):
                raise self._missed(f"{wanted} more messages")
            heard = self.received[self._heard : end]
            self._heard = end
            return heard
        at = -1

        def is_here() -> bool:
            nonlocal at
            at = next((i for i in range(self._heard, len(self.received)) if wanted(self.received[i])), -1)
            return at >= 0

        if not await self._news.until(is_here, timeout):
            raise self._missed("the message waited for")
        self._heard = at + 1
        return self.received[at]

    async def sees(self, wanted: Wanted, timeout: float = 20.0) -> Received:
        """The newest message on the screen that fits, heard before or not."""
        found: list[Received] = []

        def is_here() -> bool:
            found[:] = [r for r in reversed(self.received) if not r.is_deleted and wanted(r)][:1]
            return bool(found)

        if not await self._news.until(is_here, timeout):
            raise self._missed("the message looked for", since=0)
        return found[0]

    async def received_after(self, count: int, timeout: float) -> list[Received]:
        """What came after the first `count` messages; waits until that is at least one, or the time is over."""
        await self._news.until(lambda: len(self.received) > count, timeout)
        return self.received[count:]

    def _missed(self, what: str, since: int | None = None) -> TimeoutError:
        here = [r.text for r in self.received[self._heard if since is None else since :]]
        return TimeoutError(f"{what} did not come; here: {here}")
