"""What a channel promises to the rest of the service, and what it may count on.

A channel is the code for one platform. It turns the platform's updates into `Incoming`, our `Outgoing` into the
platform's calls, and the platform's errors into `SendError`; nothing outside its folder knows the platform's name.
It keeps no queue and makes no decision: intake and sender do. What it cannot show (buttons, replies) it shows as text:
an `Outgoing.text` alone is always complete, its choices stand in it as numbers.
"""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncConnection

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
    REACTED = "reacted"  # She put a sign under the message `reply_to`; `text` is the sign.
    FOLLOWED = "followed"  # She follows the account from now on, where one can; like START she may be new.
    UNFOLLOWED = "unfollowed"  # She does not follow it any more; what she asks can still be answered.
    LEFT = "left"  # She blocked us: nothing reaches her.
    CAME_BACK = "came_back"
    WITHDRAWN = "withdrawn"  # She had the platform tell us to erase what we keep of her.
    DELIVERED = "delivered"  # Our messages `message_ids` are on her phone.
    SEEN = "seen"  # She has opened our messages `message_ids`.
    TAKEN_OVER = (
        "taken_over"  # Somebody of the Union wrote to her in the platform's own tool; `text` is what.
    )
    TAGGED = "tagged"  # Somebody put the tag `text` on her in the platform's own tool.
    UNTAGGED = "untagged"  # Took it off; an empty `address`: off everybody, the tag is gone.
    TEMPLATES_CHANGED = (
        "templates_changed"  # What we know of the account's templates is out of date; `address` is empty.
    )


class FileKind(StrEnum):
    IMAGE = "image"
    GIF = "gif"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Something that she sent, still at the platform. It may be gone there after a while: fetch it early."""

    kind: FileKind
    source: (
        str  # What `Channel.fetch` needs: an address or the platform's id. It may hold a key: never show it.
    )
    name: str = ""  # As her phone called it.


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
    files: tuple[RemoteFile, ...] = ()
    language: str = ""  # Her app's two-letter language, a hint only.
    message_ids: tuple[str, ...] = ()  # DELIVERED and SEEN: the platform's ids of OUR messages.
    at: datetime | None = None  # When it happened, where the platform says so: it may be told late.


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that means nothing to us. It is kept and counted under `why`, a constant of the channel."""

    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to pick: `value` is what is typed or pressed, `label` what a button says. The text says both."""

    value: str
    label: str


class Style(StrEnum):
    BOLD = "bold"
    ITALIC = "italic"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that stands out where the platform can show it."""

    style: Style
    start: int  # In UTF-16 units, as is the length.
    length: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of ours (`bot.files`) that goes with a message."""

    kind: FileKind
    file_id: int


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """A message whose wording the platform has approved beforehand, with what is filled in."""

    template_id: str
    values: Mapping[str, str]
    phone: str = ""  # E.164; given: it goes to whoever has this number, whether or not she ever wrote to us.


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person: plain text, never markup. The text says everything, also where the rest cannot be shown."""

    text: str
    choices: tuple[Choice, ...] = ()
    asks_phone: bool = False  # Offer the platform's own button for sharing one's number, where it has one.
    attachment: Attachment | None = None
    quotes: str = ""  # The platform's id of HER message that this answers; shown above it where it can be.
    template: TemplateCall | None = None  # Sent in place of all else; `text` is its wording for the log.
    spans: tuple[Span, ...] = ()
    # What stands at the platform under this id is shown to all who follow the account: sent in place of all else, to no address.
    article: str = ""

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"text": self.text}
        if self.choices:
            stored["choices"] = [[choice.value, choice.label] for choice in self.choices]
        if self.asks_phone:
            stored["asks_phone"] = True
        if self.attachment:
            stored["attachment"] = [self.attachment.kind, self.attachment.file_id]
        if self.quotes:
            stored["quotes"] = self.quotes
        if self.template:
            stored["template"] = [self.template.template_id, dict(self.template.values), self.template.phone]
        if self.spans:
            stored["spans"] = [[span.style, span.start, span.length] for span in self.spans]
        if self.article:
            stored["article"] = self.article
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Outgoing":
        attachment, template = stored.get("attachment"), stored.get("template")
        return cls(
            stored["text"],
            tuple(Choice(value, label) for value, label in stored.get("choices", ())),
            stored.get("asks_phone", False),
            Attachment(FileKind(attachment[0]), attachment[1]) if attachment else None,
            stored.get("quotes", ""),
            TemplateCall(*template) if template else None,
            tuple(Span(Style(style), start, length) for style, start, length in stored.get("spans", ())),
            stored.get("article", ""),
        )


class Retry(StrEnum):
    """What repeating a failed send would mean."""

    NEVER = "never"  # It will fail the same way.
    LATER = "later"  # It certainly was not sent; it may succeed.
    UNKNOWN = "unknown"  # It may have arrived: repeating may double it.
    WHEN_SHE_WRITES = "when_she_writes"  # The platform lets nothing through to her until she writes again.


class Blame(StrEnum):
    """Whom a refusal concerns, so that one person's trouble stops nobody else."""

    MESSAGE = "message"
    CONTACT = "contact"  # This person cannot be reached.
    CHAT = "chat"  # Too fast for this person; others may go on.
    ACCOUNT = "account"  # Nothing can be sent from this account now.


class SendError(ProductError):
    """A send did not succeed. The engine reads only these fields; the code stands in the console and the metrics."""

    def __init__(
        self,
        code: str,
        retry: Retry,
        *,
        blame: Blame = Blame.MESSAGE,
        retry_after: timedelta | None = None,
        is_for_money: bool = False,
    ) -> None:
        """`is_for_money`: what the account may spend, money or an allowance, is used up."""
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.blame = blame
        self.retry_after = retry_after
        self.is_for_money = is_for_money


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform answered to a send that it took."""

    platform_id: str  # The platform's id of our message; "" where it gives none.
    charge: str = ""  # What the platform took it from (its own word, such as an allowance's name); "" where nothing is counted.


class FetchError(ProductError):
    """A file of hers could not be fetched. `is_final`: it never can."""

    def __init__(self, code: str, *, is_final: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform carries, as data beside the channel."""

    text_units: int  # UTF-16 units of one message.
    per_second: float  # What one account may send; 0 = no limit.
    send_timeout: timedelta  # After this the answer counts as lost.
    carries: frozenset[FileKind] = frozenset(FileKind)  # Of other files a person gets no more than the words.
    # What it takes of a kind that it carries; a kind that is not among them is bound by nothing that we know of.
    file_bytes: Mapping[FileKind, int] = field(default_factory=dict)
    file_types: Mapping[FileKind, frozenset[str]] = field(
        default_factory=dict
    )  # By their endings, such as ".pdf".
    caption_units: int | None = None  # Longer words stand apart from a picture; None: as long as any message.
    shows_spans: bool = False  # What stands out is seen; else it reads like the rest.
    shows_choices: bool = False  # There are buttons; else she types the number.
    edits: bool = False  # The channel is `Revising`.
    recalls_within: timedelta | None = (
        None  # How old a message of ours may be that is taken back; None: none is.
    )


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


class Keep(Protocol):
    """Intake's side for what is looked up rather than received: writes updates, each with its account, in the caller's
    transaction. What is there already is left as it is.
    """

    def __call__(
        self, connection: AsyncConnection, arrived: Sequence[tuple[int, Update]], *, now: datetime
    ) -> Awaitable[None]: ...


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

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        """Deliver one message that is within `limits`.

        `key` names this message for ever; a channel that can, uses it to deliver once. Raises `SendError` only.
        """

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        """What she sent. Raises `FetchError` only, also for what is larger."""

    def link(self, code: str) -> str | None:
        """An address that opens a chat with this account and says `code` (letters and digits), if there is such."""


@runtime_checkable
class Revising(Protocol):
    """A channel whose `limits.edits`: what was sent can be changed, and taken back for a while."""

    async def edit(self, address: str, platform_id: str, message: Outgoing) -> None:
        """Make our message read like this. Doing it twice does no harm. Raises `SendError` only."""

    async def recall(self, address: str, platform_id: str) -> None:
        """Take our message back, not older than `limits.recalls_within`. Twice does no harm. Raises `SendError` only."""


class Platform(Protocol):
    """One platform in this process: which accounts it has, and what they share."""

    name: str

    async def open_accounts(self, connection: AsyncConnection, now: datetime) -> Sequence[Account]:
        """Write a row for each account that is set up, active again from now on, and return them (none: the platform is not
        used). Called at each start. Raises ConfigurationError where it is set up wrongly.
        """

    async def more_accounts(self, connection: AsyncConnection) -> Sequence[Account]:
        """The accounts there are now, for those that were added while the service runs. Called every few seconds."""

    def channel(self, account: Account) -> Channel:
        """The channel of one of these accounts, without any connection yet."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def start_receiving(self, receive: Receive) -> None: ...

    async def stop_receiving(self) -> None: ...

    async def start_work(self, keep: Keep) -> None:
        """Begin what nobody waits for, such as taking over followers, in the process that ticks."""

    async def stop_work(self) -> None:
        """Leave that work where it is: the next process goes on with it."""

    def routes(self) -> "Sequence[web.AbstractRouteDef]":
        """What all accounts share, such as one webhook for all of them."""

    def link(self, external_id: str) -> str:
        """An address that opens a chat with this account and says nothing there; "" where there is none, or a better one
        (`Channel.link`).
        """

    def sentence(self, code: str) -> str:
        """What an officer should know of this code of a `SendError` or of an account's trouble, as a msgid; "" for none of ours."""

    connecting: "Connecting | None"
    """How officers add accounts in the console; None where settings do."""

    care: "AccountCare | None"
    """What officers can have done with its accounts; None where there is nothing."""


class AccountCare(Protocol):
    """What officers can have done with the accounts of one platform."""

    jobs: Collection[str]  # The kinds of long work there are (bot.channels.account_jobs).
    shows_articles: bool  # It sends an `Outgoing.article`.
    has_groups: bool  # There are groups that many read, and `fetch_groups` finds them.

    async def fetch_templates(self, account_id: int) -> int:
        """Ask the platform for its message templates and keep them. Returns how many; raises SendError."""

    async def fetch_groups(self, account_id: int) -> int:
        """Ask the platform which groups the account is in and keep them (bot.groups). Returns how many; raises SendError."""


class ConnectError(ProductError):
    """An account could not be connected; `sentence` is a msgid that an officer can act on."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Connecting(Protocol):
    """Adds accounts, or gives them new permission, from the console."""

    title: str  # What people call the platform: "Zalo OA".

    def is_ready(self) -> str:
        """Empty when officers can connect; else the msgid of what the operator has to set first."""

    async def begin(self, connection: AsyncConnection, *, staff_id: int, back: str, now: datetime) -> str:
        """The platform's address at which an administrator says yes; `back` is the address it returns her to."""

    async def finish(self, query: Mapping[str, str], *, staff_id: int, back: str, now: datetime) -> Account:
        """She came back with this query. Raises ConnectError; calls the platform, so not inside a transaction."""

    async def paste(self, access_token: str, refresh_token: str, *, staff_id: int, now: datetime) -> Account:
        """She brought a first pair of tokens from the platform's own page. Raises ConnectError; calls the platform."""
