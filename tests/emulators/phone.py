"""What a person holds in her hand: the messages of one chat as she sees them, and the waiting for them.

Platforms differ in what they can show; a `Received` holds what any of them can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from tests.emulators.news import News
from tests.emulators.parameters import JSON

Wanted = Callable[["Received"], bool]


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: `type` is the platform's name for what it does, `payload` what it carries."""

    title: str
    type: str
    payload: Any
    message_id: str = ""


@dataclass(slots=True)
class Received:
    """One message from the account. `raw` is what the client sent; `arrived_at` is time.monotonic().

    `by_hand`: the id of the person who wrote it in the platform's own tool, when no program did.
    """

    message_id: str
    kind: str
    text: str
    raw: JSON
    arrived_at: float
    sent_ms: int = 0
    buttons: tuple[Button, ...] = ()
    elements: tuple[JSON, ...] = ()
    quotes: str | None = None
    quota_type: str | None = None
    by_hand: str | None = None
    media: str = ""
    is_seen: bool = False
    reaction: str = ""

    def button(self, title: str) -> Button:
        return next(button for button in self.buttons if button.title == title)

    @classmethod
    def from_json(cls, plain: JSON) -> Received:
        buttons = tuple(Button(**button) for button in plain["buttons"])
        return cls(**plain | {"buttons": buttons, "elements": tuple(plain["elements"])})

    def plain(self) -> JSON:
        return asdict(self)


@dataclass(slots=True)
class Bubble:
    """One line of the chat as the phone shows it: her own, or (`received`) the account's."""

    text: str
    sent_ms: int
    received: Received | None = None
    message_id: str = ""
    kind: str = "text"
    media: str = ""


@dataclass(eq=False, repr=False, slots=True)
class Phone:
    """`hears` is for conversations: it looks only at messages that no earlier `hears` returned.

    `sees` looks at everything on the screen. Both fail with what did arrive when `timeout` is over.
    """

    received: list[Received] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)
    _heard: int = 0
    _news: News = field(default_factory=News)

    def ring(self, received: Received) -> None:
        self.received.append(received)
        self.bubbles.append(
            Bubble(
                received.text,
                received.sent_ms,
                received,
                received.message_id,
                received.kind,
                received.media,
            )
        )
        self._news.tell()

    def forget(self) -> None:
        self.received.clear()
        self.bubbles.clear()
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
                raise self._missed(f"{wanted} more messages", self._heard)
            heard = self.received[self._heard : end]
            self._heard = end
            return heard
        at = -1

        def is_here() -> bool:
            nonlocal at
            at = next((i for i in range(self._heard, len(self.received)) if wanted(self.received[i])), -1)
            return at >= 0

        if not await self._news.until(is_here, timeout):
            raise self._missed("the message waited for", self._heard)
        self._heard = at + 1
        return self.received[at]

    async def sees(self, wanted: Wanted, timeout: float = 20.0) -> Received:
        """The newest message on the screen that fits, heard before or not."""
        found: list[Received] = []

        def is_here() -> bool:
            found[:] = [r for r in reversed(self.received) if wanted(r)][:1]
            return bool(found)

        if not await self._news.until(is_here, timeout):
            raise self._missed("the message looked for", 0)
        return found[0]

    async def received_after(self, count: int, timeout: float) -> list[Received]:
        """What came after the first `count` messages; waits until that is at least one, or the time is over."""
        await self._news.until(lambda: len(self.received) > count, timeout)
        return self.received[count:]

    def button_titled(self, title: str) -> Button:
        """The newest button of this title."""
        shown = [button for received in reversed(self.received) for button in received.buttons]
        for button in shown:
            if button.title == title:
                return button
        raise LookupError(f"no button {title!r}; shown: {[button.title for button in shown]}")

    def message(self, message_id: str) -> Received | None:
        return next((r for r in reversed(self.received) if r.message_id == message_id), None)

    def _missed(self, what: str, since: int) -> TimeoutError:
        return TimeoutError(f"{what} did not come; here: {[r.text for r in self.received[since:]]}")
