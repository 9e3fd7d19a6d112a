"""One turn of a conversation: what somebody did, where her conversation stands, and what is answered.

A handler gets a `Turn`, changes rows through `turn.connection`, says things with `turn.say`, and moves
`turn.conversation`. All of it commits in one transaction with the inbox row, or none of it: a handler calls no platform
and keeps nothing in memory.
"""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from gettext import NullTranslations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import files
from bot.channels.contract import Choice, Incoming, IncomingKind, Outgoing
from bot.outbox import Outbox
from bot.people import contacts
from bot.people.contacts import Contact
from bot.said import Note, log_interaction
from bot.store.database import put
from bot.store.tables import conversations, interactions
from bot.store.tables.messages import Direction

# What the log has no line of hers for.
_NOT_HER_WORDS = frozenset({IncomingKind.LEFT, IncomingKind.CAME_BACK, IncomingKind.TAKEN_OVER})
_QUESTION_ROW = "question_row"  # Kept beside what a flow has gathered.
_OF_PICTURES = frozenset({"album", "album_refused"})  # What a picture leaves there for those that come along.
_MOST_FILES = 10  # Of one message; no platform of ours lets people send more at once.


@dataclass(slots=True)
class Conversation:
    """Where a chat stands: nothing is being asked while `flow` is empty. `data` holds what a flow has gathered."""

    flow: str = ""
    step: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    question_row: int = 0
    """The outbox row of the message that asked what is open now; 0 when nothing has been asked yet."""
    changed_at: datetime | None = None

    def begin(self, flow: str, step: str = "", **data: Any) -> None:
        self.flow, self.step, self.data = flow, step, data

    def end(self) -> None:
        self.begin("")


@dataclass(slots=True)
class Turn:
    """What a handler works with."""

    connection: AsyncConnection
    contact: Contact
    incoming: Incoming
    conversation: Conversation
    now: datetime
    translations: NullTranslations
    outbox: Outbox
    heard: Note = field(default_factory=Note)  # How the log keeps what she said; a handler may replace it.
    on_logged: Callable[[int], Awaitable[None]] | None = None
    """Told, in the same transaction, which line of the log has what she said."""
    sent: int = 0
    _stood: tuple[str, str, dict[str, Any]] = field(
        init=False
    )  # Where the conversation stood when the turn began.
    _said_row: int = field(default=0, init=False)
    _asked_row: int = field(default=0, init=False)  # The last message of this turn that offers her choices.

    def __post_init__(self) -> None:
        self._stood = _where(self.conversation)

    def gettext(self, message: str) -> str:
        """The sentence in her language."""
        return self.translations.gettext(message)

    async def say(
        self, text: str, *choices: Choice, note: Note | None = None, asks_phone: bool = False
    ) -> None:
        """Answer her. The text must be complete without the buttons: it names each choice's number."""
        await self.tell(self.contact, Outgoing(text, choices, asks_phone), note=note)

    async def say_beside(self, text: str, *, note: Note | None = None) -> None:
        """Tell her something that asks nothing: what was asked before it, in this turn too, stays the open question."""
        said = self._said_row
        await self.say(text, note=note)
        self._said_row = said

    async def tell(self, contact: Contact, message: Outgoing, *, note: Note | None = None) -> int:
        """Write a message to anybody, on whatever platform she is. Returns its outbox row."""
        self.sent += 1
        row_id = await self.outbox.put(self.connection, contact, message, now=self.now, note=note)
        if contact.contact_id == self.contact.contact_id:
            self._said_row = row_id
            self._asked_row = row_id if message.choices else self._asked_row
        return row_id

    async def change_contact(self, **values: object) -> None:
        """Set columns of her contact row; `turn.contact` follows."""
        await contacts.change(self.connection, self.contact.contact_id, **values)
        self.contact = await _again(self.connection, self.contact)

    async def hear(self) -> None:
        """She did something that counts as writing to us: whatever kept messages from her is over."""
        await contacts.heard_from(self.connection, self.contact.contact_id, now=self.now, at=self.incoming.at)
        self.contact = await _again(self.connection, self.contact)

    def question_row(self) -> int:
        """The outbox row of the message that asked what this turn leaves open.

        A sentence that only explains what is expected asks nothing new: the buttons of the question itself still count.
        """
        if self._asked_row:
            return self._asked_row
        has_moved = _where(self.conversation) != self._stood
        return self._said_row if self._said_row and has_moved else self.conversation.question_row

    def settle_question(self) -> None:
        """What was said last is the open question, even if it offers no choices and nothing has moved."""
        self._asked_row = self._said_row

    @property
    def keeps_files(self) -> bool:
        """Whether files that she sent are fetched and kept: not what is private, and not from a phone that others read."""
        is_hers = self.incoming.kind in {IncomingKind.MEDIA, IncomingKind.TEXT}
        return (
            bool(self.incoming.files) and is_hers and not (self.heard.is_sensitive or self.contact.is_quiet)
        )

    def hide_words(self) -> None:
        """Keep what she said, and what she sent, out of the interaction log."""
        self.heard = replace(self.heard, is_sensitive=True)


async def open_turn(
    connection: AsyncConnection,
    contact: Contact,
    incoming: Incoming,
    *,
    now: datetime,
    translations: NullTranslations,
    outbox: Outbox,
) -> Turn:
    # Locked until the turn is over: a cadre's answer that comes meanwhile must see where this turn leaves her.
    mine = sa.select(conversations).where(conversations.c.contact_id == contact.contact_id).with_for_update()
    row = (await connection.execute(mine)).one_or_none()
    conversation = Conversation()
    if row:
        data = dict(row.data)
        question_row = data.pop(_QUESTION_ROW, 0)
        conversation = Conversation(row.flow, row.step, data, question_row, row.updated_at)
    turn = Turn(connection, contact, incoming, conversation, now, translations, outbox)
    turn.heard = Note(kind=str(incoming.kind))
    return turn


async def close_turn(turn: Turn) -> None:
    """Write down where the conversation stands and what was heard."""
    values = {
        "flow": turn.conversation.flow,
        "step": turn.conversation.step,
        "data": {**turn.conversation.data, _QUESTION_ROW: turn.question_row()},
        "updated_at": turn.now,
    }
    await put(turn.connection, conversations, {"contact_id": turn.contact.contact_id}, values)
    if turn.incoming.kind not in _NOT_HER_WORDS:
        words = turn.incoming.text or (f"[{turn.incoming.media}]" if turn.incoming.media else "")
        line_id = await log_interaction(
            turn.connection, turn.contact, Direction.IN, words, now=turn.now, note=turn.heard
        )
        if turn.on_logged:
            await turn.on_logged(line_id)
    if turn.keeps_files:
        await _want_files(turn)


async def _want_files(turn: Turn) -> None:
    """Have what she sent fetched. It goes when the line of the log goes that it came with."""
    latest = sa.select(sa.func.max(interactions.c.id)).where(
        interactions.c.contact_id == turn.contact.contact_id, interactions.c.direction == Direction.IN
    )
    interaction_id = (await turn.connection.execute(latest)).scalar()
    for file in turn.incoming.files[:_MOST_FILES]:
        await files.want(
            turn.connection,
            turn.contact,
            file,
            now=turn.now,
            interaction_id=interaction_id,
            question_id=turn.heard.question_id,
        )


def _where(conversation: Conversation) -> tuple[str, str, dict[str, Any]]:
    # A picture moves nothing.
    data = {name: value for name, value in conversation.data.items() if name not in _OF_PICTURES}
    return conversation.flow, conversation.step, deepcopy(data)


async def _again(connection: AsyncConnection, contact: Contact) -> Contact:
    found = await contacts.get(connection, contact.contact_id)
    if found is None:
        raise LookupError("the contact of this turn is gone")
    return found
