"""Calls a member back to the chat where an answer waits for her, by a wording that her platform has approved.

Officers choose it, and what stands in its blanks, for each account. It costs money, so it goes only where the rules let
nothing else through and the account may cost; once until she writes, and never to one who is quiet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing, TemplateCall
from bot.people import units
from bot.people.contacts import Contact
from bot.questions.post import Post
from bot.rules import Way
from bot.said import Note
from bot.store.tables import accounts, interactions, members

KIND = "call_back"
_SETTING = "call_back"  # Among the account's settings.


class Blank(StrEnum):
    """What may stand in a blank of the wording."""

    NAME = "name"  # Hers; "chị" where we do not know it.
    CODE = "code"  # The question's.
    UNIT = "unit"  # Where she lives; the Union where we do not know it.


@dataclass(frozen=True, slots=True)
class Wording:
    template_id: str
    name: str  # As officers know the template.
    blanks: Mapping[str, Blank]  # By the template's own names.


async def chosen(connection: AsyncConnection, account_id: int) -> Wording | None:
    """The wording that officers chose for this account."""
    settings = await connection.scalar(sa.select(accounts.c.settings).where(accounts.c.id == account_id))
    stored = (settings or {}).get(_SETTING)
    if not stored:
        return None
    blanks = {name: Blank(what) for name, what in stored["blanks"].items()}
    return Wording(stored["template_id"], stored["name"], blanks)


async def choose(connection: AsyncConnection, account_id: int, wording: Wording | None) -> None:
    """Call members of this account back by this wording from now on; None: by none."""
    locked = sa.select(accounts.c.settings).where(accounts.c.id == account_id).with_for_update()
    settings: dict[str, Any] = dict((await connection.scalar(locked)) or {})
    settings.pop(_SETTING, None)
    if wording is not None:
        settings[_SETTING] = {
            "template_id": wording.template_id,
            "name": wording.name,
            "blanks": {name: what.value for name, what in wording.blanks.items()},
        }
    await connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(settings=settings))


async def call_back(post: Post, asker: Contact, question_id: int) -> bool:
    """An answer to this question waits for her: tell her so, if anything lets us. Whether it does."""
    if asker.is_quiet or asker.allowance(post.now).way is not Way.TEMPLATE:
        return False
    wording = await chosen(post.connection, asker.account_id)
    if wording is None or await _was_called(post.connection, asker):
        return False
    values = await _values(post.connection, asker, question_id)
    call = TemplateCall(wording.template_id, {name: values[what] for name, what in wording.blanks.items()})
    # No question beside it: that it fails must not look as if the answer had.
    message = Outgoing(f"[{wording.name}]", template=call)
    await post.outbox.put(post.connection, asker, message, now=post.now, note=Note(kind=KIND))
    return True


async def _was_called(connection: AsyncConnection, asker: Contact) -> bool:
    """Whether she was called since she last wrote."""
    called = sa.select(interactions.c.id).where(
        interactions.c.contact_id == asker.contact_id,
        interactions.c.kind == KIND,
        interactions.c.at >= asker.last_in_at,
    )
    return (await connection.execute(called.limit(1))).first() is not None


async def _values(connection: AsyncConnection, asker: Contact, question_id: int) -> Mapping[Blank, str]:
    name = await connection.scalar(sa.select(members.c.full_name).where(members.c.id == asker.member_id))
    place = await units.name_of(connection, asker.unit_id)
    return {
        Blank.NAME: name or "chị",
        Blank.CODE: str(question_id),
        Blank.UNIT: place or "Hội Liên hiệp Phụ nữ",
    }
