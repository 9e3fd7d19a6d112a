"""Keeps what was asked of the FAQ, what came of it, and what turned out to be meant: the evidence that the bank is made better by.

The words are kept without names and numbers, and not at all where the matter or her phone is private.
"""

from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.matcher import Match
from bot.answers.plain_asking import plain
from bot.store.tables import askings
from bot.store.tables.askings import ChosenBy, Outcome

_GOES_ON_FOR = timedelta(hours=1)  # What she asked before is not passed on by 0 any more.


class Asker(Protocol):
    """Who asked, as a contact says it."""

    @property
    def contact_id(self) -> int: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def language(self) -> str: ...
    @property
    def is_quiet(self) -> bool: ...


async def note(
    connection: AsyncConnection,
    contact: Asker,
    words: str,
    *,
    outcome: Outcome,
    match: Match | None,
    now: datetime,
    is_private: bool,
) -> int:
    """Keep one asking and the best match, on or off. Returns its id, by which the rest is added later."""
    is_kept = not (is_private or contact.is_quiet)
    inserted = await connection.execute(
        sa.insert(askings)
        .values(
            at=now,
            contact_id=contact.contact_id,
            unit_id=contact.unit_id,
            language=contact.language,
            text=plain(words) if is_kept else "",
            outcome=outcome,
            entry_id=match.entry_id if match else None,
            confidence=match.confidence if match else None,
        )
        .returning(askings.c.id)
    )
    return int(inserted.scalar_one())


async def verdict(connection: AsyncConnection, asking_id: int, *, is_clear: bool) -> None:
    """What she said to the answer. A clear one was what she meant; one that was not clear may have been, if she picked it."""
    await _change(connection, asking_id, is_clear=is_clear)
    if is_clear:
        answered = sa.update(askings).where(
            askings.c.id == asking_id,
            askings.c.outcome == Outcome.ANSWERED,
            askings.c.entry_id.is_not(None),
            askings.c.chosen_entry_id.is_(None),
        )
        await connection.execute(
            answered.values(chosen_entry_id=askings.c.entry_id, chosen_by=ChosenBy.MEMBER)
        )


async def chosen(connection: AsyncConnection, asking_id: int, entry_id: str, by: ChosenBy) -> None:
    """The entry that was meant turned out to be this one; who says so last is believed."""
    await _change(connection, asking_id, chosen_entry_id=entry_id, chosen_by=by)


async def asked_a_cadre(connection: AsyncConnection, asking_id: int, question_id: int) -> None:
    """The asking went on to a person, as this question."""
    await _change(connection, asking_id, question_id=question_id)


async def chosen_for_question(
    connection: AsyncConnection, question_id: int, entry_id: str, by: ChosenBy
) -> None:
    """Whoever answered the question sent this entry: it is what the asking meant that the question came of, if there is one."""
    await connection.execute(
        sa.update(askings)
        .where(askings.c.question_id == question_id)
        .values(chosen_entry_id=entry_id, chosen_by=by)
    )


async def just_asked(
    connection: AsyncConnection, contact_id: int, words: str, *, now: datetime
) -> int | None:
    """The asking that these words, passed on to a cadre now, came of, as far as the words tell: the last within the hour that has
    no question yet. Of a private one no words are kept, so it is known by its id alone.
    """
    lines = [line for line in (plain(words), *map(plain, words.split("\n"))) if line]
    found = await connection.execute(
        sa.select(askings.c.id)
        .where(
            askings.c.contact_id == contact_id,
            askings.c.at > now - _GOES_ON_FOR,
            askings.c.question_id.is_(None),
            askings.c.text.in_(lines),
        )
        .order_by(askings.c.id.desc())
        .limit(1)
    )
    return found.scalar()


async def _change(connection: AsyncConnection, asking_id: int, **values: object) -> None:
    await connection.execute(sa.update(askings).where(askings.c.id == asking_id).values(**values))
