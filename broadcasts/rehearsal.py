"""A test send: an announcement to staff who want to see it on their own phones, as if each were a member of her unit.

It goes the way of replies, marked as a test, and counts for nothing: whoever presses one of its answers is told that it was one.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing, Span
from bot.outbox import Outbox
from bot.people import contacts, first_officer
from bot.people.contacts import Contact
from bot.people.viewers import Viewer
from bot.said import Note
from bot.store.tables import contacts as contact_rows
from bot.store.tables import staff
from bot.store.tables.broadcasts import Variant
from bot.text import utf16_length
from broadcasts import merge_fields, responses
from broadcasts.prepared import Prepared
from broadcasts.writing import Draft

KIND = "rehearsal"
_MARK = {"vi": "[Thử]", "km": "[សាកល្បង]"}
_MOST_LISTED = 60


@dataclass(frozen=True, slots=True)
class Colleague:
    staff_id: int
    name: str
    has_chat: bool  # Something can reach her: she has joined from a phone.


@dataclass(frozen=True, slots=True)
class Sent:
    name: str
    channels: tuple[str, ...]  # None: nothing reaches her now.


async def colleagues(connection: AsyncConnection, viewer: Viewer) -> list[Colleague]:
    """Who can be shown it: the viewer herself first, then the others of her unit."""
    joined = sa.exists().where(contact_rows.c.staff_id == staff.c.id, contact_rows.c.unreachable_at.is_(None))
    rows = await connection.execute(
        sa.select(staff.c.id, staff.c.name, joined.label("has_chat"))
        .where(staff.c.unit_id == viewer.unit_id, staff.c.is_active)
        .order_by(staff.c.id != viewer.staff_id, staff.c.name_sort)
        .limit(_MOST_LISTED)
    )
    return [Colleague(row.id, row.name, row.has_chat) for row in rows]


async def send(
    connection: AsyncConnection, outbox: Outbox, draft: Draft, to: Colleague, viewer: Viewer, *, now: datetime
) -> Sent:
    """Show it to one of them, in each chat that she has with us: in every language that it is written in, her own first, and both
    texts where two are tried.
    """
    prepared = Prepared(draft.texts, draft.content, await merge_fields.local(connection))
    # A made-up name is nobody's: as for a member without one.
    name = "" if to.name == first_officer.NAME else to.name
    person = await merge_fields.somebody(connection, name, viewer.unit_id)
    answer_value = partial(responses.choice_value, responses.REHEARSED)
    chats = _one_each(await contacts.of_staff(connection, to.staff_id))
    for chat in chats:
        variants = (Variant.WHOLE, Variant.B) if draft.content.trial else (Variant.WHOLE,)
        written = [language for language, text in draft.texts.items() if text.strip()]
        languages = sorted(written, key=lambda language: language != chat.language)
        for language, variant in itertools.product(languages, variants):
            message = _marked(
                prepared.outgoing(language, person, answer_value=answer_value, variant=variant), language
            )
            if message.attachment and not outbox.carries(chat, message.attachment.kind):
                message = replace(message, attachment=None)
            await outbox.put(connection, chat, message, now=now, note=Note(kind=KIND))
    return Sent(to.name, tuple(chat.channel for chat in chats))


def _one_each(chats: list[Contact]) -> list[Contact]:
    """The chat she last wrote in of each channel, but for those that nothing reaches, or where she wants quiet."""
    found: dict[str, Contact] = {}
    for chat in chats:
        if chat.is_reachable and not chat.is_quiet:
            found.setdefault(chat.channel, chat)
    return list(found.values())


def _marked(message: Outgoing, language: str) -> Outgoing:
    mark = f"{_MARK.get(language, _MARK['vi'])} "
    moved = tuple(Span(one.style, one.start + utf16_length(mark), one.length) for one in message.spans)
    return replace(message, text=mark + message.text, spans=moved)
