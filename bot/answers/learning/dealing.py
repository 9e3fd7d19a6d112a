"""What an officer makes of askings: they are put with an entry, whose phrasings grow by theirs, or put aside.

Who may, and the record of who did, are the pages' business. Asking ids come from `waiting.still_waiting`, which holds them.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.editing import LONGEST_PHRASING, MOST_PHRASINGS
from bot.answers.learning.grouping import Wording
from bot.languages import DEFAULT
from bot.store import versions
from bot.store.tables import askings, entries, entry_texts
from bot.store.tables.askings import ChosenBy
from bot.text import squeeze

MOST_OFFERED = 8
"""So many wordings of a group are offered as phrasings: more of the same teach the matcher nothing."""

_AT_ONCE = 500  # Numbers in one IN: both databases bound the parameters of a statement.
_GAP = re.compile(r"\s*…\s*")  # Where a name or number was taken out.


def phrasings_of(wordings: Sequence[Wording]) -> list[str]:
    """What to add of them: the commonest first, then each time the one that brings most words that none before it had."""
    texts = {
        squeeze(text): text for one in reversed(wordings) if 0 < len(text := _tidied(one)) <= LONGEST_PHRASING
    }
    left = [(text, frozenset(map(squeeze, text.split()))) for text in reversed(texts.values())]
    found: list[str] = []
    said: frozenset[str] = frozenset()
    while left and len(found) < MOST_OFFERED:
        text, words = max(left, key=lambda one: len(one[1] - said)) if found else left[0]
        if found and not words - said and not _is_khmer(text):
            break
        left.remove((text, words))
        found.append(text)
        said |= words
    return found


def _tidied(wording: Wording) -> str:
    return _GAP.sub(" ", " ".join(wording.text.split())).strip()


def _is_khmer(text: str) -> bool:
    return any("\u1780" <= char <= "\u17ff" for char in text)


async def add_phrasings(
    connection: AsyncConnection, entry_id: str, phrasings: Sequence[str], *, staff_id: int, now: datetime
) -> int | None:
    """Add those that the entry does not have yet; how many. None, and nothing is changed, when it would have too many."""
    await versions.has_changed(connection, versions.ENTRIES)  # First: it keeps others off meanwhile.
    its = sa.and_(entry_texts.c.entry_id == entry_id, entry_texts.c.language == DEFAULT)
    row = (await connection.execute(sa.select(entry_texts).where(its))).one()
    known = {squeeze(text) for text in [row.question, *row.phrasings]}
    told_apart = {squeeze(text): text for text in reversed(phrasings)}
    new = [text for said, text in reversed(told_apart.items()) if said and said not in known]
    if len(row.phrasings) + len(new) > MOST_PHRASINGS:
        return None
    if new:
        await connection.execute(sa.update(entry_texts).where(its).values(phrasings=[*row.phrasings, *new]))
        await connection.execute(
            sa.update(entries).where(entries.c.id == entry_id).values(updated_at=now, updated_by=staff_id)
        )
    return len(new)


async def put_with(
    connection: AsyncConnection, asking_ids: Sequence[int], entry_id: str, *, now: datetime
) -> None:
    """They meant this entry: dealt with, and evidence for the confidence."""
    await _change(
        connection,
        asking_ids,
        dealt_with_at=now,
        chosen_entry_id=entry_id,
        chosen_by=ChosenBy.OFFICER,
    )


async def put_aside(connection: AsyncConnection, asking_ids: Sequence[int], *, now: datetime) -> None:
    """Nothing is to be made of them."""
    await _change(connection, asking_ids, dealt_with_at=now)


async def take_back(connection: AsyncConnection, asking_ids: Sequence[int], *, put_aside_at: datetime) -> int:
    """What was put aside then waits again; how many."""
    return await _change(connection, asking_ids, askings.c.dealt_with_at == put_aside_at, dealt_with_at=None)


async def _change(
    connection: AsyncConnection,
    asking_ids: Sequence[int],
    *conditions: sa.ColumnElement[bool],
    **values: object,
) -> int:
    changed = 0
    for at in range(0, len(asking_ids), _AT_ONCE):
        some = askings.c.id.in_(asking_ids[at : at + _AT_ONCE])
        updated = await connection.execute(sa.update(askings).where(some, *conditions).values(**values))
        changed += updated.rowcount
    return changed
