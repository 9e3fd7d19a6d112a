"""The FAQ in force: the rows officers keep, the matcher over them, and the answers filled for one unit.

The matcher knows every entry, also those that are switched off: a question whose entry is off must lead to a cadre, not
to the entry that happens to be next to it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import LocalField, render_answer
from bot.answers.matcher import Entry, Match, Matcher
from bot.store import versions
from bot.store.tables import entries, entry_texts, local_fields, local_values, topics, units

_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class EntryText:
    question: str
    answer: str  # With {{fields}} still in it.
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class KeptEntry:
    entry_id: str
    topic: str
    is_on: bool
    escalate: str
    sensitive: str
    texts: Mapping[str, EntryText]  # By language; Vietnamese is always there.

    @property
    def is_sensitive(self) -> bool:
        return self.sensitive == "high"

    def text(self, language: str) -> EntryText:
        return self.texts.get(language) or self.texts["vi"]


@dataclass(frozen=True, slots=True)
class Book:
    """Every entry at one version of the FAQ, in the order officers gave them."""

    entries: Mapping[str, KeptEntry]
    topic_names: Mapping[str, str]
    matcher: Matcher

    def search(self, text: str, limit: int = 3) -> list[Match]:
        return self.matcher.search(text, limit)

    def of_topics(self, wanted: tuple[str, ...]) -> list[KeptEntry]:
        """The entries of some topics that are on."""
        return [entry for entry in self.entries.values() if entry.topic in wanted and entry.is_on]


class AnswerBook:
    """Keeps the book in memory and reads it anew when the rows have changed."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._book: Book | None = None

    async def current(self, connection: AsyncConnection) -> Book:
        version = await versions.version_of(connection, versions.ENTRIES)
        if self._book is None or version != self._version:
            self._book = await _read_book(connection)
            self._version = version
        return self._book


async def _read_book(connection: AsyncConnection) -> Book:
    texts: dict[str, dict[str, EntryText]] = {}
    phrasings: dict[str, list[str]] = {}
    for row in await connection.execute(
        sa.select(entry_texts).order_by(entry_texts.c.entry_id, entry_texts.c.language.desc())
    ):
        texts.setdefault(row.entry_id, {})[row.language] = EntryText(
            row.question, row.answer, row.is_reviewed
        )
        phrasings.setdefault(row.entry_id, []).extend([row.question, *row.phrasings])
    rows = await connection.execute(sa.select(entries).order_by(entries.c.position, entries.c.id))
    kept = {
        row.id: KeptEntry(row.id, row.topic, row.is_on, row.escalate, row.sensitive, texts[row.id])
        for row in rows
        if "vi" in texts.get(row.id, {})
    }
    names = await connection.execute(sa.select(topics).order_by(topics.c.position))
    return Book(
        entries=kept,
        topic_names={row.topic: row.name for row in names},
        matcher=Matcher.build(Entry(entry_id, tuple(phrasings[entry_id])) for entry_id in kept),
    )


async def filled(connection: AsyncConnection, answer: str, unit_id: int | None) -> str:
    """The answer with its {{fields}} filled: from the unit, else the nearest unit above it, else the field's fallback."""
    names = set(_FIELD.findall(answer))
    rows = await connection.execute(sa.select(local_fields).where(local_fields.c.name.in_(names)))
    known = {row.name: LocalField(row.name, row.description, row.fallback) for row in rows}
    values: dict[str, str] = {}
    if unit_id is not None:
        own = units.alias("own")
        # From the top down, so that the nearest unit's value is set last.
        nearest_last = (
            sa.select(local_values.c.name, local_values.c.value)
            .join(units, units.c.id == local_values.c.unit_id)
            .join(own, sa.and_(own.c.id == unit_id, own.c.path.startswith(units.c.path)))
            .where(local_values.c.name.in_(names), local_values.c.value != "")
            .order_by(sa.func.length(units.c.path))
        )
        values = {row.name: row.value for row in await connection.execute(nearest_last)}
    return render_answer(answer, values, known)
