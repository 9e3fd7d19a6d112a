"""What officers have put with an entry that is still off: whoever asks so gets no answer yet, until somebody switches it on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.learning.sight import within
from bot.answers.learning.waiting import LOOKED_AT
from bot.languages import DEFAULT
from bot.store.tables import askings, entries, entry_texts, units
from bot.store.tables.askings import ChosenBy

_WORDINGS = 3
"""So many of each are shown, the commonest."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """An entry that is off, and what was asked that it is to answer."""

    entry_id: str
    question: str
    unit_path: str | None  # Of whose it is; None: everybody.
    count: int
    texts: tuple[str, ...]


async def drafted(connection: AsyncConnection, sight: str, *, now: datetime) -> Sequence[Drafted]:
    """Those asked in her sight, the most asked first."""
    times = sa.func.count()
    found = await connection.execute(
        sa.select(entries.c.id, entry_texts.c.question, units.c.path, askings.c.text, times.label("times"))
        .select_from(askings)
        .join(entries, entries.c.id == askings.c.chosen_entry_id)
        .join(entry_texts, sa.and_(entry_texts.c.entry_id == entries.c.id, entry_texts.c.language == DEFAULT))
        .outerjoin(units, units.c.id == entries.c.unit_id)
        .where(
            entries.c.is_on.is_(False),
            askings.c.chosen_by == ChosenBy.OFFICER,
            askings.c.dealt_with_at.is_not(None),
            askings.c.at >= now - LOOKED_AT,
            within(sight, askings.c.unit_id),
        )
        .group_by(entries.c.id, entry_texts.c.question, units.c.path, askings.c.text)
        .order_by(entries.c.id, times.desc(), sa.func.max(askings.c.at).desc())
    )
    made = [
        Drafted(
            entry_id,
            rows[0].question,
            rows[0].path,
            sum(row.times for row in rows),
            tuple(row.text for row in rows[:_WORDINGS] if row.text),
        )
        for entry_id, same in groupby(found, key=lambda row: row.id)
        for rows in [list(same)]
    ]
    return sorted(made, key=lambda one: (-one.count, one.entry_id))
