"""The answer that the FAQ has ready for a question on a desk: one digit shows it to the cadre, one more sends it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.book import filled
from bot.clock import in_vietnam
from bot.languages import DEFAULT
from bot.questions.record import Question
from bot.store.tables import contacts, entries, entry_texts


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """An entry as it would go to whoever asked: in her language, with the facts of her unit."""

    entry_id: str
    question: str  # In Vietnamese, for the cadre.
    words: str


async def of(connection: AsyncConnection, question: Question, *, now: datetime) -> ReadyAnswer | None:
    """None where no entry is near, where it is switched off, or where its time is over."""
    if question.entry_id is None:
        return None
    rows = await connection.execute(
        sa.select(entry_texts)
        .join(entries, entries.c.id == entry_texts.c.entry_id)
        .where(
            entries.c.id == question.entry_id,
            entries.c.is_on,
            sa.or_(entries.c.expires_on.is_(None), entries.c.expires_on >= in_vietnam(now).date()),
        )
    )
    texts = {row.language: row for row in rows}
    if DEFAULT not in texts:
        return None
    answer: str = texts[DEFAULT].answer
    hers = texts.get(await _language(connection, question))
    if hers is not None and hers.language != DEFAULT:
        # What no native speaker has read goes with the Vietnamese beside it, as everywhere.
        answer = hers.answer if hers.is_reviewed else f"{hers.answer}\n\n{answer}"
    words = await filled(connection, answer, question.unit_id)
    return ReadyAnswer(question.entry_id, texts[DEFAULT].question, words)


async def _language(connection: AsyncConnection, question: Question) -> str:
    hers = sa.select(contacts.c.language).where(contacts.c.id == question.contact_id)
    return (await connection.execute(hers)).scalar() or DEFAULT
