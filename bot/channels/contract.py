"""What a channel promises to the rest of the service, and what it may count on.

A channel is the code for one platform. It turns the platform's updates into `Incoming`, our `Outgoing` into the
platform's calls, and the platform's errors into `SendError`; nothing outside its folder knows the platform's name.
It keeps no queue and makes no decision: intake and sender do. What it cannot show (buttons, replies) it shows as text:
an `Outgoing.text` alone is always complete, its choices stand in it as numbers.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from bot.errors import ProductError

if TYPE_CHECKING:  # The core reads this contract and must not bring in a web server with it.
    from aiohttp import web


class IncomingKind(StrEnum):
    TEXT = "text"
    START = "start"  # She opened the chat; `text` is what the link she came by carried, if anything.
    CHOICE = "choice"  # She pressed one of our buttons; `text` is its value.
    MEDIA = "media"  # A picture, voice, file, sticker, place ...; `text` is its caption.
    PHONE = "phone"  # She shared her OWN number; `text` is it as the platform gave it.
    EDITED = "edited"  # She changed a message that we have had; `text` is the new wording.
    LEFT = "left"  # She blocked us: nothing reaches her.
    CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that somebody did, in our words."""

    address: str
    kind: IncomingKind
    text: str = ""
    message_id: str = ""  # The platform's, for quoting it.
    reply_to: str = ""  # The platform's id of OUR message that she replied to; empty when she did not.
    album: str = ""  # Several messages that she sent as one share this.
    media: str = ""  # photo, voice, file ...: for the log and for a sentence about it.
    language: str = ""  # Her app's two-letter language, a hint only.


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that means nothing to us. It is kept and counted under `why`, a constant of the channel."""

    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to pick: `value` is what is typed or pressed, `label` what a button says. The text says both."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person: plain text, never markup."""

    text: str
    choices: tuple[Choice, ...] = ()
    asks_phone: bool = False  # Offer the platform's own button for sharing one's number, where it has one.

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"text": self.text}
        if self.choices:
            stored["choices"] = [[choice.value, choice.label] for choice in self.choices]
        if self.asks_phone:
            stored["asks_phone"] = True
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Outgoing":
        choices = tuple(Choice(value, label) for value, label in stored.get("choices", ()))
        return cls(stored["text"], choices, stored.get("asks_phone", False))


class Retry(StrEnum):
    """What repeating a failed send would mean."""

    NEVER = "never"  # It will fail the same way.
    LATER = "later"  # It certainly was not sent; it may succeed.
    UNKNOWN = "unknown"  # It may have arrived: repeating may double it.


class Blame(StrEnum):
    """Whom a refusal concerns, so that one person's trouble stops nobody else."""

    MESSAGE = "message"
    CONTACT = "contact"  # This person cannot be reached.
    CHAT = "chat"  # Too fast for this person; others may go on.
    ACCOUNT = "account"  # Nothing can be sent from this account now.


class SendError(ProductError):
    """A send did not succeed. The engine reads only these fields; the code stands in the console and the metrics."""

    def __init__(
        self, code: str, retry: Retry, *, blame: Blame = Blame.MESSAGE, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.blame = blame
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform carries, as data beside the channel."""

    text_units: int  # UTF-16 units of one message.
    per_second: float  # What one account may send; 0 = no limit.
    send_timeout: timedelta  # After this the answer counts as lost.


@dataclass(frozen=True, slots=True)
class Account:
    """One account that a channel serves, as the rest of the service sees it."""

    account_id: int
    channel: str
    external_id: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """One raw update as a channel took it in: not understood yet, only addressed."""

    event_id: str  # Unique for the account: the same event twice is handled once.
    lane: str  # The sender's address: updates of one lane are handled in order.
    payload: Mapping[str, Any]


class Receive(Protocol):
    """Intake's side: returns when every update is durably kept (or was already), or raises."""

    def __call__(self, account_id: int, updates: Sequence[Update]) -> Awaitable[None]: ...


class Channel(Protocol):
    """One account's connection to its platform. Made by the channel's factory in `bot.channels.registry`."""

    name: str
    limits: Limits
    account: Account

    async def open(self) -> None:
        """Make ready to send. Must not fail because the platform is away."""

    async def close(self) -> None:
        """Close every connection; nothing is sent any more."""

    async def start_receiving(self, receive: Receive) -> None:
        """Begin to take updates in. Must not fail because the platform is away: it keeps trying in the background."""

    async def stop_receiving(self) -> None:
        """Take nothing more in; what was taken in has been handed to `receive`. Sending still works."""

    def routes(self) -> "Sequence[web.AbstractRouteDef]":
        """What the channel serves over HTTP: webhooks, pages."""

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        """Understand one kept update. Never raises on any payload: what is not understood is `Ignored`."""

    async def send(self, address: str, message: Outgoing, *, key: str) -> str:
        """Deliver one message that is within `limits`; returns the platform's id of it.

        `key` names this message for ever; a channel that can, uses it to deliver once. Raises `SendError` only.
        """

    def link(self, code: str) -> str | None:
        """An address that opens a chat with this account and says `code` (letters and digits), if there is such."""


@dataclass(frozen=True, slots=True)
class Sent:
    at: datetime
    platform_id: str
