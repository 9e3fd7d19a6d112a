"""What a change of one entry would do, before it is saved: which logged questions would be answered otherwise, what collides.

Of an entry that is off, what it would do once it is switched on. Before that a draft does nothing; one that was on leads whoever
asks so to a cadre.

The bank is built once more with the change in it, beside the one in service, and what was asked lately is asked of both.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import calibrations, kept_entries, overlaps
from bot.answers.book import Book
from bot.answers.kept_entries import KeptEntry
from bot.answers.ladder import Rung, choose, is_one_word
from bot.answers.learning.grouping import read_asking
from bot.answers.learning.sight import within
from bot.answers.learning.waiting import LOOKED_AT
from bot.answers.matchers import Matchers
from bot.answers.matching import fillers
from bot.answers.matching.index import Index
from bot.clock import in_vietnam
from bot.languages import DEFAULT
from bot.store.tables import askings, entry_texts, units

MOST = 2000
"""Wordings that are asked of both, the commonest and newest."""

PATIENCE = timedelta(seconds=5)
"""So long an officer waits for it at most; what was not asked by then is said to be left out."""

_ALIKE = (
    0.6  # The score from which a phrasing could be taken for another entry's, as where entries are written.
)
_UNLIKE = (
    0.08  # What is less like the entry than that is not found by it: what shifted in trials had 0.2 and more.
)
_NEIGHBOURS = 8  # Entries whose phrasings are tried as well.


@dataclass(frozen=True, slots=True)
class Change:
    """An entry as it would be, and every way people would ask it."""

    entry: KeptEntry
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What she would get: an answer, suggestions, or neither."""

    rung: Rung  # ASK_CADRE for neither.
    entry_ids: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """A wording that would be answered otherwise, how often it was asked, and how often the answer was said to be clear."""

    text: str
    language: str
    count: int
    clear: int
    before: Said
    after: Said

    @property
    def is_loss(self) -> bool:
        """It is answered now, and would not be, or by another entry; or there would be nothing to choose from any more."""
        if self.before.rung is Rung.ANSWER:
            return self.before.entry_ids != self.after.entry_ids
        return self.before.rung is Rung.SUGGEST and self.after.rung is Rung.ASK_CADRE


@dataclass(frozen=True, slots=True)
class Collision:
    """A phrasing of the entry that fits another one too; or, `is_of_other`, one of the other's that would find this one first."""

    phrasing: str
    entry_id: str
    question: str
    is_of_other: bool


@dataclass(frozen=True, slots=True)
class Effect:
    shifts: Sequence[Shift]  # What is lost first, then what was asked most.
    collisions: Sequence[Collision]
    asked: int  # How many askings were tried.
    is_cut: bool  # There were more.

    @property
    def gained(self) -> int:
        """How many askings would get an answer or suggestions that they do not get now."""
        return sum(shift.count for shift in self.shifts if not shift.is_loss and shift.after.entry_ids)

    @property
    def lost(self) -> int:
        return sum(shift.count for shift in self.shifts if shift.is_loss)


@dataclass(frozen=True, slots=True)
class _Logged:
    text: str
    language: str
    at: tuple[int, ...]  # Of the units that have entries of their own, those that are hers.
    count: int
    clear: int
    was_found: bool  # The entry was the best match at least once.


async def with_phrasings(connection: AsyncConnection, entry: KeptEntry, phrasings: Sequence[str]) -> Change:
    """An entry that is there, with more ways to ask it."""
    rows = await connection.execute(
        sa.select(entry_texts.c.question, entry_texts.c.phrasings)
        .where(entry_texts.c.entry_id == entry.entry_id)
        .order_by(entry_texts.c.language.desc())
    )
    known = [text for row in rows for text in (row.question, *row.phrasings)]
    return Change(entry, (*known, *phrasings))


async def of_change(
    connection: AsyncConnection,
    book: Book,
    change: Change,
    sight: str,
    *,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> Effect:
    """The effect of an entry as it would be, new or changed, and on, on what was asked in her sight. Changes nothing."""
    change = replace(change, entry=replace(change.entry, is_on=True, is_draft=False))
    kept = await kept_entries.read(
        connection, in_vietnam(now).date(), changed=(change.entry, change.phrasings)
    )
    calibration = await calibrations.in_force(connection)
    own_units = {*kept.askable.own, *book.matchers.askable.own}
    logged = await _logged(connection, sight, own_units, change.entry, now)
    unit_line = await _line(connection, change.entry.unit_id)

    def look() -> Effect:
        ends = time.monotonic() + patience.total_seconds()
        after = Book.of(kept, Matchers.build(kept.askable, calibration, book.matchers))
        collisions = _collisions(book, after, change, unit_line)
        return replace(_shifts(book, after, change, logged, ends), collisions=collisions)

    return await asyncio.to_thread(look)


def _shifts(before: Book, after: Book, change: Change, logged: Sequence[_Logged], ends: float) -> Effect:
    found: list[Shift] = []
    is_cut = len(logged) > MOST
    near, far = _parted(logged[:MOST], change, after)
    asked = sum(one.count for one in far)
    for one in near:
        if time.monotonic() > ends:
            is_cut = True
            break
        asked += one.count
        then = _said(after, one)
        # It can only change what is said where it turns up, or did.
        if change.entry.entry_id not in then.near and not one.was_found:
            continue
        now = _said(before, one)
        if _is_other(now.said, then.said, change.entry.entry_id):
            found.append(Shift(one.text, one.language, one.count, one.clear, now.said, then.said))
    found.sort(key=lambda shift: (not shift.is_loss, -shift.count))
    return Effect(found, (), asked, is_cut)


def _parted(logged: Sequence[_Logged], change: Change, after: Book) -> tuple[list[_Logged], list[_Logged]]:
    """Those that the change may concern, the likeliest first; and those that share nothing with it.

    Comparing with the one entry costs a tenth of a search in the whole bank.
    """
    texts = [*change.phrasings, *(text.answer for text in change.entry.texts.values())]
    if general := after.matchers.askable.general.get(change.entry.stands_for or ""):
        texts += general.phrasings  # What finds that one is answered by this one.
    read = [words for words in map(read_asking, texts) if words]
    if not read:
        return [one for one in logged if one.was_found], [one for one in logged if not one.was_found]
    index = Index.build([read], [[]])
    likeness: dict[_Logged, float] = {}
    for one in logged:
        words = read_asking(one.text)
        like = index.compare(index.query(words, fillers.weights(words)))
        likeness[one] = 1.0 if one.was_found else max(float(like.bag[0]), float(like.each.max()))
    ordered = sorted(logged, key=lambda one: -likeness[one])
    border = next((at for at, one in enumerate(ordered) if likeness[one] < _UNLIKE), len(ordered))
    return ordered[:border], ordered[border:]


@dataclass(frozen=True, slots=True)
class _Found:
    said: Said
    near: frozenset[str]


_NOTHING = Said(Rung.ASK_CADRE, (), ())


def _said(book: Book, one: _Logged) -> _Found:
    """As `handlers.members.asking` goes about a question."""
    matches = book.search(one.text, at=one.at)
    near = frozenset(match.entry_id for match in matches)
    decision = choose(matches, is_one_word=is_one_word(one.text))
    entries = [book.in_place_of(book.entries[entry_id], one.at) for entry_id in decision.entry_ids]
    near |= {entry.entry_id for entry in entries}
    if not entries or not entries[0].is_on:
        return _Found(_NOTHING, near)
    given = [entry for entry in entries if entry.is_on]
    return _Found(
        Said(
            decision.rung,
            tuple(entry.entry_id for entry in given),
            tuple(entry.texts[DEFAULT].question for entry in given),
        ),
        near,
    )


def _is_other(before: Said, after: Said, entry_id: str) -> bool:
    """Suggestions that change places, or the third of them, are not worth an officer's time."""
    if before.rung != after.rung or after.rung is Rung.ANSWER:
        return before != after
    return (entry_id in before.entry_ids) != (entry_id in after.entry_ids)


def _collisions(before: Book, after: Book, change: Change, at: tuple[int, ...]) -> list[Collision]:
    """First its own phrasings that fit another entry too, then those of its neighbours that would find it first."""
    entry_id = change.entry.entry_id
    mine = {entry_id, change.entry.stands_for or entry_id}
    known = before.matchers.askable.general.get(entry_id)
    new = [one for one in change.phrasings if known is None or one not in known.phrasings]
    found = [
        Collision(one.phrasing, one.entry_id, one.question, is_of_other=False)
        for one in overlaps.overlaps(before, new, but=mine, at=at)
    ]
    near = {match.entry_id: None for phrasing in new for match in before.search(phrasing, at=at)}
    asked = after.matchers.askable.general
    for other in [one for one in near if one in asked and one not in mine][:_NEIGHBOURS]:
        for phrasing in asked[other].phrasings:
            best, was = after.search(phrasing, 1, at=at), before.search(phrasing, 1, at=at)
            if best and best[0].entry_id in mine and was and was[0].entry_id == other:
                question = after.entries[other].texts[DEFAULT].question
                found.append(Collision(phrasing, other, question, is_of_other=True))
    return found


async def _logged(
    connection: AsyncConnection, sight: str, own_units: set[int], entry: KeptEntry, now: datetime
) -> list[_Logged]:
    """Each wording with how often it was asked, the commonest first; one more than are looked at, where there are more."""
    # Where no unit has entries of its own, everybody gets the same.
    by = (askings.c.text, askings.c.language, *([units.c.path] if own_units else []))
    clear = sa.func.count(sa.case((askings.c.is_clear, 1)))
    its = askings.c.entry_id.in_([entry.entry_id, entry.stands_for or entry.entry_id])
    found = sa.func.count(sa.case((its, 1)))
    rows = await connection.execute(
        sa.select(sa.func.count(), clear, found, *by)
        .select_from(askings.outerjoin(units, units.c.id == askings.c.unit_id))
        .where(askings.c.at >= now - LOOKED_AT, askings.c.text != "", within(sight, askings.c.unit_id))
        .group_by(*by)
        .order_by(sa.func.count().desc(), sa.func.max(askings.c.at).desc())
        .limit(MOST + 1)
    )
    return [
        _Logged(text, language, _line_of(*path), count, clear, times > 0)
        for count, clear, times, text, language, *path in rows
    ]


def _line_of(path: str | None = None) -> tuple[int, ...]:
    return tuple(int(part) for part in (path or "").split("/") if part)


async def _line(connection: AsyncConnection, unit_id: int | None) -> tuple[int, ...]:
    path = sa.select(units.c.path).where(units.c.id == unit_id)
    return _line_of(await connection.scalar(path)) if unit_id is not None else ()
