"""What an officer's own phrase of danger would turn into alerts: questions of the FAQ, and what was asked lately."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing
from bot.answers.learning.waiting import LOOKED_AT, MOST
from bot.answers.phrases import Ear, compile_phrase, find
from bot.answers.safety import SafetyDetector
from bot.answers.safety_own import khmer_form
from bot.answers.safety_phrases import Language
from bot.store.tables import askings

_TRIED = 200  # Of what has the phrase in it: more than an officer reads, and a second's work.


@dataclass(frozen=True, slots=True)
class Turned:
    """A question that is none of danger now, and how often it was asked; of the FAQ with the entry whose it is."""

    text: str
    count: int = 0
    entry_id: str = ""
    question: str = ""


async def turned(
    connection: AsyncConnection, safety: SafetyDetector, language: Language, phrase: str, *, now: datetime
) -> Sequence[Turned]:
    """Those of the FAQ first, one for each entry, then what was asked, the commonest first. The phrase is one without fault."""
    known = [
        Turned(text, entry_id=row.id, question=row.question)
        for row in await editing.listed(connection)
        for text in (row.question, *row.phrasings, row.khmer_question or "")
        if text
    ]
    times = sa.func.count()
    rows = await connection.execute(
        sa.select(askings.c.text, times)
        .where(askings.c.at >= now - LOOKED_AT, askings.c.text != "")
        .group_by(askings.c.text)
        .order_by(times.desc(), sa.func.max(askings.c.at).desc())
        .limit(MOST)
    )
    every = [*known, *(Turned(text, count) for text, count in rows)]
    hears = _ear(language, phrase)
    having = await asyncio.to_thread(lambda: [one for one in every if hears(one.text)])
    found: dict[str, Turned] = {}
    for one in having[:_TRIED]:
        if (one.entry_id or one.text) not in found and safety.assess(one.text) is None:
            found[one.entry_id or one.text] = one
        await asyncio.sleep(0)  # Others have their turn.
    return list(found.values())


def _ear(language: Language, phrase: str) -> Callable[[str], bool]:
    if language == "km":
        written = khmer_form(phrase)
        return lambda text: written in khmer_form(text)
    compiled = compile_phrase(phrase.casefold(), {})
    ear = Ear([compiled], {})
    return lambda text: any(True for _ in find(compiled, ear.hear(text)))
