"""The askings that nobody has made anything of yet: those without an answer, not understood, or answered unclearly.

Private matters are kept without words, so they can only be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.learning.sight import within
from bot.store.tables import askings
from bot.store.tables.askings import Outcome

LOOKED_AT = timedelta(days=90)
"""What lies longer is not asked any more, or was seen often enough."""

MOST = 4000
"""The newest so many are looked at; where more wait, the older ones come up as these are dealt with."""

_TO_A_CADRE = (
    (askings.c.outcome == Outcome.SUGGESTED)
    & askings.c.question_id.is_not(None)
    & askings.c.chosen_entry_id.is_(None)
)
_WAITS = askings.c.dealt_with_at.is_(None) & (
    askings.c.outcome.in_([Outcome.REPHRASE, Outcome.NO_ANSWER]) | askings.c.is_clear.is_(False) | _TO_A_CADRE
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One that waits. `chosen` is the entry by which a cadre answered it or which she picked herself, where that is known."""

    asking_id: int
    at: datetime
    language: str
    text: str
    chosen: str | None


State = tuple[int, int]
"""By this it is known whether anything waits, or was dealt with, that was not before."""


async def state(connection: AsyncConnection, sight: str, *, now: datetime) -> State:
    last = sa.func.coalesce(sa.func.max(askings.c.id), 0)
    found = await connection.execute(
        sa.select(sa.func.count(), last).where(*_hers(sight, now), askings.c.text != "")
    )
    count, newest = found.one()
    return count, newest


async def waiting(connection: AsyncConnection, sight: str, *, now: datetime) -> Sequence[Asking]:
    """Those in her sight, the newest first, as far as words of them are kept."""
    found = await connection.execute(
        sa.select(askings.c.id, askings.c.at, askings.c.language, askings.c.text, askings.c.chosen_entry_id)
        .where(*_hers(sight, now), askings.c.text != "")
        .order_by(askings.c.at.desc(), askings.c.id.desc())
        .limit(MOST)
    )
    return [Asking(*row) for row in found]


async def private_ones(connection: AsyncConnection, sight: str, *, now: datetime) -> int:
    """How many of private matters wait, whose words are not kept."""
    counted = sa.select(sa.func.count()).where(*_hers(sight, now), askings.c.text == "")
    return await connection.scalar(counted) or 0


async def still_waiting(
    connection: AsyncConnection, sight: str, asking_ids: Sequence[int], *, now: datetime
) -> list[int]:
    """Which of these lie in her sight and wait still; locked, so that two officers do not both."""
    found: list[int] = []
    for at in range(0, len(asking_ids), _AT_ONCE):
        some = askings.c.id.in_(asking_ids[at : at + _AT_ONCE])
        locked = (
            sa.select(askings.c.id).where(some, *_hers(sight, now)).order_by(askings.c.id).with_for_update()
        )
        found += await connection.scalars(locked)
    return found


def _hers(sight: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return askings.c.at >= now - LOOKED_AT, _WAITS, within(sight, askings.c.unit_id)


_AT_ONCE = 500  # Numbers in one IN: both databases bound the parameters of a statement.
