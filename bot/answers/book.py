"""The FAQ in force: the rows officers keep, the matcher over them, and the answers filled for one unit.

The matcher knows every entry but drafts, also those that are switched off: a question whose entry is off must lead to a cadre,
not to the entry that happens to be next to it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import memory
from bot.answers import calibrations, kept_entries
from bot.answers.bank import Escalate, LocalField, Sensitive, render_answer, stricter
from bot.answers.confidence import SHIPPED, Calibration
from bot.answers.kept_entries import FIELD, EntryText, Kept, KeptEntry
from bot.answers.matcher import Match
from bot.answers.matchers import Askable, Matchers
from bot.clock import Clock, in_vietnam, utc_now
from bot.store import versions
from bot.store.tables import local_fields, local_values, units

__all__ = ["NOT_BUILT", "AnswerBook", "Book", "EntryText", "KeptEntry", "filled"]

log = structlog.get_logger()


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


NOT_BUILT = N_(
    "Kho câu hỏi vừa sửa chưa dùng được: máy chưa đọc lại được các cách hỏi, nên trợ lý vẫn tìm theo bản trước đó. "
    "Chị lưu lại mục vừa sửa; nếu vẫn vậy, chị báo người vận hành xem nhật ký (matcher_not_built)."
)
_EMPTY = Matchers.build(Askable())


@dataclass(frozen=True, slots=True)
class Book:
    """Every entry at one version of the FAQ, in the order officers gave them."""

    entries: Mapping[str, KeptEntry]
    topic_names: Mapping[str, str]
    matchers: Matchers
    stand_ins: Mapping[str, Mapping[int, KeptEntry]] = field(default_factory=dict)
    """By general entry and unit: what is given there in its place."""

    @classmethod
    def of(cls, kept: Kept, matchers: Matchers) -> Self:
        entries = {entry_id: _as_careful(entry, kept.entries) for entry_id, entry in kept.entries.items()}
        return cls(entries, kept.topic_names, matchers, _stand_ins(entries))

    def search(self, text: str, limit: int = 3, *, at: tuple[int, ...] = ()) -> list[Match]:
        """The entries nearest to the text, best first: the general ones and those of the units `at`, from the top down to hers.

        What stands for a general entry is found as that one: `in_place_of` says what to give.
        """
        # A matcher that is just being built anew may still know an entry that is gone, or is another unit's now.
        found = self.matchers.at(at).search(text, limit)
        return [match for match in found if self._is_asked(match.entry_id, at)]

    def _is_asked(self, entry_id: str, at: tuple[int, ...]) -> bool:
        entry = self.entries.get(entry_id)
        return entry is not None and (entry.unit_id is None or entry.unit_id in at)

    def in_place_of(self, entry: KeptEntry, at: tuple[int, ...]) -> KeptEntry:
        """What members of the units `at` are given for an entry: the nearest unit's own that is on, else the entry itself."""
        own = self.stand_ins.get(entry.entry_id, {})
        return next(
            (own[unit_id] for unit_id in reversed(at) if unit_id in own and own[unit_id].is_on), entry
        )

    def of_topics(self, wanted: tuple[str, ...], *, at: tuple[int, ...] = ()) -> list[KeptEntry]:
        """The entries of some topics that are on for members of the units `at`."""
        here = [
            self.in_place_of(entry, at)
            for entry in self.entries.values()
            if entry.topic in wanted
            and entry.stands_for is None
            and (entry.unit_id is None or entry.unit_id in at)
        ]
        return [entry for entry in here if entry.is_on]


class AnswerBook:
    """Keeps the book in memory and reads it anew when the rows have changed, or the day.

    What an entry says and whether it is on is true at once. How people ask is true a moment later: the index over all the
    phrasings takes long to build, so that is done in a thread, once however many ask, and meanwhile the old one serves;
    also when building fails. Where there is no old one, nothing is found until a build succeeds: members are offered a cadre.
    """

    build_error: str | None = None
    """Why the matcher is not up to the entries: a sentence for the console, to be translated there; None while all is well."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._state: tuple[date, int] | None = (
            None  # The day and the version of the rows that the book is of.
        )
        self._book: Book | None = None
        self._reading = asyncio.Lock()
        self._tried = Askable()  # What the matchers were last built of, or would have been.
        self._wanted = Askable()  # What they are to be built of.
        self._calibration = SHIPPED
        self._building: asyncio.Task[None] | None = None

    async def current(self, connection: AsyncConnection) -> Book:
        version = await versions.version_of(connection, versions.ENTRIES)
        state = in_vietnam(self._clock()).date(), version
        async with self._reading:  # Once, however many ask.
            if self._book is None or state != self._state:
                self._book = await self._read(connection, state)
                self._state = state
            return self._book

    async def caught_up(self) -> None:
        """Wait until the matcher knows every phrasing that was read."""
        if self._building is not None:
            await asyncio.shield(self._building)

    async def _read(self, connection: AsyncConnection, state: tuple[date, int]) -> Book:
        kept = await kept_entries.read(connection, state[0])
        self._calibration = await calibrations.in_force(connection)
        if self._book is None:
            self._tried = kept.askable
            matchers = await self._built(kept.askable, None) or _EMPTY
        else:
            matchers = self._book.matchers.calibrated(self._calibration)
        self._wanted = kept.askable
        if self._wanted != self._tried and (self._building is None or self._building.done()):
            self._building = asyncio.create_task(self._rebuild(), name="matcher")
        return Book.of(kept, matchers)

    async def _rebuild(self) -> None:
        while self._wanted != self._tried and self._book is not None:
            wanted = self._wanted
            matchers = await self._built(wanted, self._book.matchers)
            self._tried = wanted
            if matchers is not None:
                self._book = replace(self._book, matchers=matchers.calibrated(self._calibration))

    async def _built(self, askable: Askable, before: Matchers | None) -> Matchers | None:
        try:
            matchers = await asyncio.to_thread(_build, askable, self._calibration, before)
        except Exception:  # Whatever it is: an old matcher is better than none.
            log.exception("matcher_not_built", entries=len(askable.general), units=len(askable.own))
            self.build_error = NOT_BUILT
            return None
        self.build_error = None
        return matchers


def _build(askable: Askable, calibration: Calibration, before: Matchers | None) -> Matchers:
    with memory.others_first():
        return Matchers.build(askable, calibration, before)


def _stand_ins(kept: Mapping[str, KeptEntry]) -> Mapping[str, Mapping[int, KeptEntry]]:
    found: dict[str, dict[int, KeptEntry]] = {}
    for entry in kept.values():
        general = kept.get(entry.stands_for) if entry.stands_for else None
        if general is not None and entry.unit_id is not None:
            here = found.setdefault(general.entry_id, {})
            if entry.unit_id not in here or not here[entry.unit_id].is_on:
                here[entry.unit_id] = entry
    return found


def _as_careful(own: KeptEntry, kept: Mapping[str, KeptEntry]) -> KeptEntry:
    """The entry, kept as private and leading as soon to a person as what it stands for, also where that was changed since."""
    general = kept.get(own.stands_for or "")
    if general is None:
        return own
    return replace(
        own,
        escalate=stricter(own.escalate, general.escalate, Escalate),
        sensitive=stricter(own.sensitive, general.sensitive, Sensitive),
    )


async def filled(connection: AsyncConnection, answer: str, unit_id: int | None) -> str:
    """The answer with its {{fields}} filled: from the unit, else the nearest unit above it, else the field's fallback."""
    names = set(FIELD.findall(answer))
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
