"""The FAQ as officers keep it: the list, what they write, switching on and off.

Who may, and the record of who did, are the pages' business. Every change says in the same transaction that the book is
to be read anew.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.answers.bank import Certainty, Escalate, Sensitive
from bot.answers.book import Book
from bot.languages import DEFAULT
from bot.store import versions
from bot.store.database import insert_ignoring
from bot.store.tables import entries, entry_texts, local_fields, topics

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_PHRASING, MOST_PHRASINGS, LONGEST_SOURCE = 300, 1900, 200, 60, 1000
KHMER = "km"
_OWN_PREFIX = "RIENG"  # Ids of entries that officers add: no bank file has them.
_ALIKE = 0.6  # The score from which a phrasing could be taken for another entry's; on our own bank none of 457 reaches it.
_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")

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


@dataclass(frozen=True, slots=True)
class Overlap:
    """A phrasing that a member could mean another entry by."""

    phrasing: str
    entry_id: str
    question: str


def phrasings_of(typed: str) -> tuple[str, ...]:
    """One a line, each once."""
    return tuple(dict.fromkeys(line for line in text.clean(typed).split("\n") if line))


async def listed(connection: AsyncConnection) -> Sequence[Row]:
    """Every entry with its topic's name, in their order; `khmer_is_reviewed` is None where there is no Khmer text."""
    vietnamese, khmer = entry_texts.alias("vietnamese"), entry_texts.alias("khmer")
    found = await connection.execute(
        sa.select(
            entries,
            topics.c.name.label("topic_name"),
            vietnamese.c.question,
            vietnamese.c.answer,
            vietnamese.c.phrasings,
            khmer.c.question.label("khmer_question"),
            khmer.c.answer.label("khmer_answer"),
            khmer.c.is_reviewed.label("khmer_is_reviewed"),
        )
        .join(topics, topics.c.topic == entries.c.topic)
        .join(vietnamese, sa.and_(vietnamese.c.entry_id == entries.c.id, vietnamese.c.language == DEFAULT))
        .outerjoin(khmer, sa.and_(khmer.c.entry_id == entries.c.id, khmer.c.language == KHMER))
        .order_by(topics.c.position, entries.c.position, entries.c.id)
    )
    return found.all()


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


def needs_vouching(row: Row) -> bool:
    """Whether somebody has to answer for the entry when it is switched on."""
    return row.certainty == Certainty.UNCONFIRMED or bool(row.needs_local_check)


def faults(
    written: Written, topic_keys: Mapping[str, str], fields: Mapping[str, str], _: Callable[[str], str]
) -> dict[str, str]:
    """What is wrong with it, a sentence for each field; empty when it can be kept."""
    found: dict[str, str] = {}
    if written.topic not in topic_keys:
        found["topic"] = _("Chị chọn chủ đề giúp.")
    if not text.squeeze(written.question):
        found["question"] = _("Chưa có câu hỏi.")
    elif len(written.question) > LONGEST_QUESTION:
        found["question"] = _("Câu hỏi dài quá, chị viết ngắn lại giúp.")
    if len(written.phrasings) > MOST_PHRASINGS:
        found["phrasings"] = _("Nhiều cách hỏi quá, chị giữ tối đa %d dòng.") % MOST_PHRASINGS
    elif any(len(one) > LONGEST_PHRASING for one in written.phrasings):
        found["phrasings"] = _("Có dòng dài quá %d ký tự. Mỗi dòng là một cách hỏi ngắn.") % LONGEST_PHRASING
    if fault := _fault_of_answer(written.answer, fields, _):
        found["answer"] = fault
    if len(written.source) > LONGEST_SOURCE:
        found["source"] = _("Phần nguồn dài quá.")
    if written.escalate not in set(Escalate):
        found["escalate"] = _("Chị chọn lại giúp.")
    if written.sensitive not in set(Sensitive):
        found["sensitive"] = _("Chị chọn lại giúp.")
    if written.khmer_question or written.khmer_answer:
        if not written.khmer_question or len(written.khmer_question) > LONGEST_QUESTION:
            found["khmer_question"] = _("Bản tiếng Khmer cần có cả câu hỏi, không quá dài.")
        if fault := _fault_of_answer(written.khmer_answer, fields, _):
            found["khmer_answer"] = fault
    return found


def _fault_of_answer(answer: str, fields: Mapping[str, str], _: Callable[[str], str]) -> str:
    if not text.clean(answer):
        return _("Chưa có câu trả lời.")
    if text.utf16_length(answer) > LONGEST_ANSWER:
        return _("Câu trả lời dài quá %d ký tự, chị viết ngắn lại giúp.") % LONGEST_ANSWER
    name: str
    for name in _FIELD.findall(answer):
        if name not in fields:
            return _("Không có ô địa phương nào tên {{%s}}. Chị xem danh sách ô bên dưới.") % name
    rest = _FIELD.sub(" ", answer)
    if "{{" in rest or "}}" in rest:
        return _("Có dấu {{ hoặc }} chưa khép. Viết đủ như {{ten_don_vi}}.")
    return ""


def overlaps(book: Book, entry_id: str, phrasings: Sequence[str]) -> list[Overlap]:
    """The phrasings that fit another entry strongly as well: members who type them may get the wrong answer."""
    return [
        Overlap(phrasing, match.entry_id, book.entries[match.entry_id].texts[DEFAULT].question)
        for phrasing in phrasings
        for match in book.search(phrasing)
        if match.entry_id != entry_id and match.score >= _ALIKE
    ]


async def create(connection: AsyncConnection, written: Written, *, staff_id: int, now: datetime) -> str:
    """Keep a new entry, switched off, and counted as unconfirmed until somebody vouches for it. Returns its id."""
    # First, because it holds a row: two officers adding at once get two ids.
    await versions.has_changed(connection, versions.ENTRIES)
    entry_id = f"{_OWN_PREFIX}-{await _next_number(connection):02d}"
    last = (await connection.execute(sa.select(sa.func.max(entries.c.position)))).scalar() or 0
    await connection.execute(
        sa.insert(entries).values(
            id=entry_id,
            position=last + 1,
            certainty=Certainty.UNCONFIRMED.value,
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
    connection: AsyncConnection, entry_id: str, *, is_on: bool, staff_id: int, now: datetime
) -> bool:
    """Let the assistant answer with it, or not. False when it stood so already."""
    switched = await connection.execute(
        sa.update(entries)
        .where(entries.c.id == entry_id, entries.c.is_on != is_on)
        .values(is_on=is_on, updated_at=now, updated_by=staff_id)
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
