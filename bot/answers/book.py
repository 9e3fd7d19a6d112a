"""The FAQ in force: the rows officers keep, the matcher over them, and the answers filled for one unit.

The matcher knows every entry, also those that are switched off: a question whose entry is off must lead to a cadre, not
to the entry that happens to be next to it.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import LocalField, render_answer
from bot.answers.matcher import Entry, Match, Matcher
from bot.store import versions
from bot.store.tables import entries, entry_texts, local_fields, local_values, topics, units

log = structlog.get_logger()


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


NOT_BUILT = N_(
    "Kho câu hỏi vừa sửa chưa dùng được: máy chưa đọc lại được các cách hỏi, nên trợ lý vẫn tìm theo bản trước đó. "
    "Chị lưu lại mục vừa sửa; nếu vẫn vậy, chị báo người vận hành xem nhật ký (matcher_not_built)."
)

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
        # A matcher that is just being built anew may still know an entry that is gone.
        return [match for match in self.matcher.search(text, limit) if match.entry_id in self.entries]

    def of_topics(self, wanted: tuple[str, ...]) -> list[KeptEntry]:
        """The entries of some topics that are on."""
        return [entry for entry in self.entries.values() if entry.topic in wanted and entry.is_on]


_Phrasings = Mapping[str, Entry]
"""By entry: every way people ask it, and what it answers."""


class AnswerBook:
    """Keeps the book in memory and reads it anew when the rows have changed.

    What an entry says and whether it is on is true at once. How people ask is true a moment later: the index over all the
    phrasings takes long to build, so that is done in a thread, once however many ask, and meanwhile the old one serves;
    also when building fails. Where there is no old one, nothing is found until a build succeeds: members are offered a cadre.
    """

    build_error: str | None = None
    """Why the matcher is not up to the entries: a sentence for the console, to be translated there; None while all is well."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._book: Book | None = None
        self._phrasings: _Phrasings = {}  # What the matcher was built of.
        self._wanted: _Phrasings = {}  # What it is to be built of.
        self._building: asyncio.Task[None] | None = None

    async def current(self, connection: AsyncConnection) -> Book:
        version = await versions.version_of(connection, versions.ENTRIES)
        if self._book is not None and version == self._version:
            return self._book
        rows = await _read_rows(connection)
        if self._book is None:
            matcher = await self._built(rows.phrasings) or Matcher.build([])
            self._phrasings = rows.phrasings
        else:
            matcher = self._book.matcher
        self._version = version
        self._book = Book(rows.entries, rows.topic_names, matcher)
        if rows.phrasings != self._phrasings:
            self._wanted = rows.phrasings
            if self._building is None or self._building.done():
                self._building = asyncio.create_task(self._rebuild(), name="matcher")
        return self._book

    async def caught_up(self) -> None:
        """Wait until the matcher knows every phrasing that was read."""
        if self._building is not None:
            await asyncio.shield(self._building)

    async def _rebuild(self) -> None:
        while self._wanted != self._phrasings and self._book is not None:
            wanted = self._wanted
            matcher = await self._built(wanted)
            self._phrasings = wanted
            if matcher is not None:
                self._book = replace(self._book, matcher=matcher)

    async def _built(self, phrasings: _Phrasings) -> Matcher | None:
        try:
            matcher = await asyncio.to_thread(_build, phrasings)
        except Exception:  # Whatever it is: an old matcher is better than none.
            log.exception("matcher_not_built", entries=len(phrasings))
            self.build_error = NOT_BUILT
            return None
        self.build_error = None
        return matcher


@dataclass(frozen=True, slots=True)
class _Rows:
    entries: Mapping[str, KeptEntry]
    topic_names: Mapping[str, str]
    phrasings: _Phrasings


def _build(phrasings: _Phrasings) -> Matcher:
    return Matcher.build(phrasings.values())


async def _read_rows(connection: AsyncConnection) -> _Rows:
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
    return _Rows(
        entries=kept,
        topic_names={row.topic: row.name for row in names},
        phrasings={
            entry_id: Entry(
                entry_id,
                tuple(phrasings[entry_id]),
                _FIELD.sub(" ", " ".join(text.answer for text in entry.texts.values())),
            )
            for entry_id, entry in kept.items()
        },
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
