"""The FAQ as officers keep it: the list, what they write, switching on and off.

Who may, and the record of who did, are the pages' business. Every change says in the same transaction that the book is
to be read anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.answers.bank import Certainty, Escalate, Sensitive, stricter
from bot.languages import DEFAULT
from bot.store import versions
from bot.store.database import insert_ignoring
from bot.store.tables import entries, entry_texts, local_fields, topics, units

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_PHRASING, MOST_PHRASINGS, LONGEST_SOURCE = 300, 1900, 200, 60, 1000
LONGEST_CITES = 150
KHMER = "km"
_OWN_PREFIX = "RIENG"  # Ids of entries that officers add: no bank file has them.

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as an officer writes it. Khmer may be left empty as a whole."""

    topic: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    source: str
    escalate: str
    sensitive: str
    khmer_question: str = ""
    khmer_answer: str = ""
    khmer_is_reviewed: bool = False
    cites: str = ""
    cites_on: date | None = None
    unit_id: int | None = None  # Whose it is; None: everybody's.
    stands_for: str = ""
    expires_on: date | None = None


async def as_careful(connection: AsyncConnection, written: Written) -> Written:
    """What stands for a general entry, as private as that and leading as soon to a person, whatever the form said."""
    found = await connection.execute(
        sa.select(entries.c.escalate, entries.c.sensitive).where(entries.c.id == written.stands_for)
    )
    general = found.one_or_none()
    if general is None:
        return written
    return replace(
        written,
        escalate=stricter(written.escalate, general.escalate, Escalate),
        sensitive=stricter(written.sensitive, general.sensitive, Sensitive),
    )


def phrasings_of(typed: str) -> tuple[str, ...]:
    """One a line, each once."""
    return tuple(dict.fromkeys(line for line in text.clean(typed).split("\n") if line))


async def listed(connection: AsyncConnection) -> Sequence[Row]:
    """Every entry with the names of its topic and unit, in their order; `khmer_is_reviewed` is None without a Khmer text."""
    vietnamese, khmer = entry_texts.alias("vietnamese"), entry_texts.alias("khmer")
    found = await connection.execute(
        sa.select(
            entries,
            topics.c.name.label("topic_name"),
            units.c.name.label("unit_name"),
            units.c.path.label("unit_path"),
            vietnamese.c.question,
            vietnamese.c.answer,
            vietnamese.c.phrasings,
            khmer.c.question.label("khmer_question"),
            khmer.c.answer.label("khmer_answer"),
            khmer.c.is_reviewed.label("khmer_is_reviewed"),
        )
        .join(topics, topics.c.topic == entries.c.topic)
        .outerjoin(units, units.c.id == entries.c.unit_id)
        .join(vietnamese, sa.and_(vietnamese.c.entry_id == entries.c.id, vietnamese.c.language == DEFAULT))
        .outerjoin(khmer, sa.and_(khmer.c.entry_id == entries.c.id, khmer.c.language == KHMER))
        .order_by(topics.c.position, entries.c.position, entries.c.id)
    )
    return found.all()


def is_expired(row: Row, today: date) -> bool:
    return row.expires_on is not None and row.expires_on < today


def search(rows: Sequence[Row], words: str) -> list[Row]:
    """Those in whose question, phrasings, answer or id all the words stand, with or without marks."""
    parts = text.fold(text.clean(words)).split()
    return [
        row
        for row in rows
        for said in [text.fold(" ".join([row.id, row.question, row.answer, *row.phrasings]))]
        if all(part in said for part in parts)
    ]


async def get(connection: AsyncConnection, entry_id: str) -> Row | None:
    return next((row for row in await listed(connection) if row.id == entry_id), None)


async def topic_names(connection: AsyncConnection) -> dict[str, str]:
    rows = await connection.execute(sa.select(topics).order_by(topics.c.position))
    return {row.topic: row.name for row in rows}


async def field_names(connection: AsyncConnection) -> dict[str, str]:
    """The local fields that an answer may hold, and what each is for."""
    rows = await connection.execute(sa.select(local_fields).order_by(local_fields.c.name))
    return {row.name: row.description for row in rows}


async def create(connection: AsyncConnection, written: Written, *, staff_id: int, now: datetime) -> str:
    """Keep a new entry, switched off, and a draft until somebody vouches for it. Returns its id."""
    # First, because it holds a row: two officers adding at once get two ids.
    await versions.has_changed(connection, versions.ENTRIES)
    entry_id = f"{_OWN_PREFIX}-{await _next_number(connection):02d}"
    last = (await connection.execute(sa.select(sa.func.max(entries.c.position)))).scalar() or 0
    await connection.execute(
        sa.insert(entries).values(
            id=entry_id,
            position=last + 1,
            certainty=Certainty.DRAFT.value,
            needs_local_check=False,
            is_on=False,
            **_columns(written, staff_id, now),
        )
    )
    await _keep_texts(connection, entry_id, written)
    return entry_id


async def save(
    connection: AsyncConnection,
    entry_id: str,
    written: Written,
    *,
    seen_at: datetime,
    staff_id: int,
    now: datetime,
) -> bool:
    """Change an entry. False, and nothing is changed, when a colleague has changed it since `seen_at`."""
    saved = await connection.execute(
        sa.update(entries)
        .where(entries.c.id == entry_id, entries.c.updated_at == seen_at)
        .values(**_columns(written, staff_id, now))
    )
    if not saved.rowcount:
        return False
    await _keep_texts(connection, entry_id, written)
    await versions.has_changed(connection, versions.ENTRIES)
    return True


async def switch(
    connection: AsyncConnection,
    entry_id: str,
    *,
    is_on: bool,
    seen_at: datetime,
    staff_id: int,
    now: datetime,
) -> bool:
    """Let the assistant answer with it, or not. False when it stood so already, or a colleague has changed it since `seen_at`.

    A draft is none from the first time on: switched off again, its question leads to a cadre.
    """
    certainty = sa.case(
        (entries.c.certainty == Certainty.DRAFT.value, Certainty.UNCONFIRMED.value),
        else_=entries.c.certainty,
    )
    switched = await connection.execute(
        sa.update(entries)
        .where(entries.c.id == entry_id, entries.c.is_on != is_on, entries.c.updated_at == seen_at)
        .values(is_on=is_on, certainty=certainty, updated_at=now, updated_by=staff_id)
    )
    if switched.rowcount:
        await versions.has_changed(connection, versions.ENTRIES)
    return bool(switched.rowcount)


def _columns(written: Written, staff_id: int, now: datetime) -> dict[str, object]:
    return {
        "topic": written.topic,
        "escalate": written.escalate,
        "sensitive": written.sensitive,
        "source": written.source,
        "cites": written.cites,
        "cites_on": written.cites_on if written.cites else None,
        "unit_id": written.unit_id,
        "stands_for": written.stands_for or None,
        "expires_on": written.expires_on,
        "updated_at": now,
        "updated_by": staff_id,
    }


async def _keep_texts(connection: AsyncConnection, entry_id: str, written: Written) -> None:
    vietnamese = {
        "question": written.question,
        "answer": written.answer,
        "phrasings": list(written.phrasings),
        "is_reviewed": True,
    }
    await _put(connection, entry_id, DEFAULT, vietnamese)
    if written.khmer_question:
        khmer = {
            "question": written.khmer_question,
            "answer": written.khmer_answer,
            "is_reviewed": written.khmer_is_reviewed,
        }
        await _put(connection, entry_id, KHMER, khmer)
    else:
        await connection.execute(
            sa.delete(entry_texts).where(entry_texts.c.entry_id == entry_id, entry_texts.c.language == KHMER)
        )


async def _put(
    connection: AsyncConnection, entry_id: str, language: str, values: Mapping[str, object]
) -> None:
    same = sa.and_(entry_texts.c.entry_id == entry_id, entry_texts.c.language == language)
    updated = await connection.execute(sa.update(entry_texts).where(same).values(**values))
    if not updated.rowcount:
        new = {"phrasings": [], **values}
        await connection.execute(
            insert_ignoring(entry_texts, connection.dialect.name).values(
                entry_id=entry_id, language=language, **new
            )
        )


async def _next_number(connection: AsyncConnection) -> int:
    taken = await connection.scalars(
        sa.select(entries.c.id).where(entries.c.id.startswith(f"{_OWN_PREFIX}-", autoescape=True))
    )
    return max((int(entry_id.rpartition("-")[2]) for entry_id in taken), default=0) + 1
