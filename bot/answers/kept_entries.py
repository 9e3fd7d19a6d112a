"""The entries as members get them, read from their rows: what each says, whose it is, how it is asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import Certainty
from bot.answers.matcher import Entry
from bot.answers.matchers import Askable
from bot.store.tables import entries, entry_texts, topics, units

FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")

_AT_ONCE = 200
"""Entries; between these parts others have their turn."""


@dataclass(frozen=True, slots=True)
class EntryText:
    question: str
    answer: str  # With {{fields}} still in it.
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class KeptEntry:
    entry_id: str
    topic: str
    is_on: bool  # Switched on, and not expired on the day of its book.
    escalate: str
    sensitive: str
    texts: Mapping[str, EntryText]  # By language; Vietnamese is always there.
    unit_id: int | None = None  # Whose it is, with everybody below; None: everybody's.
    stands_for: str | None = None  # The general entry in whose place its members get it.
    cites: str = ""  # What members are told of where it comes from, and of what day that is.
    cites_on: date | None = None
    expires_on: date | None = None  # The last day on which it is on.
    is_draft: bool = False  # Never switched on so far: no question finds it.

    @property
    def is_sensitive(self) -> bool:
        return self.sensitive == "high"

    def text(self, language: str) -> EntryText:
        return self.texts.get(language) or self.texts["vi"]


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it at one version: entries in the order officers gave them, names of topics, and what can be asked."""

    entries: Mapping[str, KeptEntry]
    topic_names: Mapping[str, str]
    askable: Askable


async def read(
    connection: AsyncConnection, today: date, *, changed: tuple[KeptEntry, Sequence[str]] | None = None
) -> Kept:
    """Every entry that has Vietnamese words; with `changed`, as if this one stood there, asked in these ways."""
    ids = (await connection.scalars(sa.select(entries.c.id).order_by(entries.c.position, entries.c.id))).all()
    kept: dict[str, KeptEntry] = {}
    asked: dict[str, Entry] = {}
    for at in range(0, len(ids), _AT_ONCE):
        for entry, phrasings in await _part(connection, ids[at : at + _AT_ONCE], today):
            kept[entry.entry_id] = entry
            asked[entry.entry_id] = _asked(entry, phrasings)
    if changed:
        entry, new_phrasings = changed
        kept[entry.entry_id] = entry
        asked[entry.entry_id] = _asked(entry, new_phrasings)
    names = await connection.execute(sa.select(topics).order_by(topics.c.position))
    return Kept(kept, {row.topic: row.name for row in names}, await _askable(connection, kept, asked))


def _asked(entry: KeptEntry, phrasings: Sequence[str]) -> Entry:
    answers = " ".join(text.answer for text in entry.texts.values())
    return Entry(entry.entry_id, tuple(phrasings), FIELD.sub(" ", answers))


async def _part(
    connection: AsyncConnection, ids: Sequence[str], today: date
) -> list[tuple[KeptEntry, tuple[str, ...]]]:
    texts: dict[str, dict[str, EntryText]] = {}
    phrasings: dict[str, list[str]] = {}
    for row in await connection.execute(
        sa.select(entry_texts)
        .where(entry_texts.c.entry_id.in_(ids))
        .order_by(entry_texts.c.entry_id, entry_texts.c.language.desc())
    ):
        text = EntryText(row.question, row.answer, row.is_reviewed)
        texts.setdefault(row.entry_id, {})[row.language] = text
        phrasings.setdefault(row.entry_id, []).extend([row.question, *row.phrasings])
    rows = await connection.execute(
        sa.select(entries).where(entries.c.id.in_(ids)).order_by(entries.c.position, entries.c.id)
    )
    return [
        (
            KeptEntry(
                entry_id=row.id,
                topic=row.topic,
                is_on=row.is_on and (row.expires_on is None or today <= row.expires_on),
                escalate=row.escalate,
                sensitive=row.sensitive,
                texts=texts[row.id],
                unit_id=row.unit_id,
                stands_for=row.stands_for,
                cites=row.cites,
                cites_on=row.cites_on,
                expires_on=row.expires_on,
                is_draft=row.certainty == Certainty.DRAFT and not row.is_on,
            ),
            tuple(phrasings[row.id]),
        )
        for row in rows
        if "vi" in texts.get(row.id, {})
    ]


async def _askable(
    connection: AsyncConnection, kept: Mapping[str, KeptEntry], asked: Mapping[str, Entry]
) -> Askable:
    asked = {entry_id: entry for entry_id, entry in asked.items() if not kept[entry_id].is_draft}
    general = {entry_id: entry for entry_id, entry in asked.items() if kept[entry_id].unit_id is None}
    of_unit: dict[int, list[str]] = {}
    for entry_id, entry in kept.items():
        if entry.unit_id is not None and not entry.is_draft:
            of_unit.setdefault(entry.unit_id, []).append(entry_id)
    paths = await connection.execute(sa.select(units.c.id, units.c.path).where(units.c.id.in_(list(of_unit))))
    own: dict[int, dict[str, Entry]] = {}
    for row in paths:
        line = [int(part) for part in row.path.split("/") if part]
        mine: dict[str, Entry] = {}
        for entry_id in (entry_id for unit_id in line for entry_id in of_unit.get(unit_id, ())):
            stands_for = kept[entry_id].stands_for
            if stands_for is None or stands_for not in general:
                mine[entry_id] = asked[entry_id]
            else:
                mine[stands_for] = _lent(mine.get(stands_for, general[stands_for]), asked[entry_id])
        own[row.id] = mine
    return Askable(general, own)


def _lent(entry: Entry, own: Entry) -> Entry:
    """The general entry as it is asked where the own one stands in its place: by the words of both."""
    return replace(entry, phrasings=entry.phrasings + own.phrasings, answer=f"{own.answer} {entry.answer}")
