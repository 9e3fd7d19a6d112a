"""How long an officer waits to see what a change of the FAQ would do: 3,000 entries, 20,000 logged questions.

Wall time, on SQLite and PostgreSQL, of a changed entry that is there and of a new one; CPU time beside it, for a machine that is busy
otherwise; and how many askings were tried in it.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from bot.answers.book import AnswerBook, Book
from bot.answers.kept_entries import EntryText, KeptEntry
from bot.answers.learning import effect
from bot.answers.learning.effect import Change
from bot.answers.learning.sight import EVERYTHING
from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import askings
from bot.store.tables.askings import Outcome
from tests.bench import bank_updates
from tests.bench.faq_noise import VARIANTS
from tests.bench.figures import show
from tests.bench.stores import KINDS, store

ENTRIES, ASKED = 3_000, 20_000
_WORDINGS = 8_000
_CHANGED = 5


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        async with store(kind) as kept:
            await _log(kept.database, await bank_updates.fill(kept.database, ENTRIES))
            await _measure(kept.database, kind)


async def _log(database: Database, phrasings: Sequence[str]) -> None:
    """What was asked in the last 90 days, some wordings often."""
    rng, now = random.Random(4), utc_now()
    ways = list(VARIANTS.values())
    wordings = [rng.choice(ways)(rng.choice(phrasings), rng)[:500] for _ in range(_WORDINGS)]
    rows = [
        {
            "at": now - timedelta(minutes=rng.randrange(89 * 24 * 60)),
            "language": "vi",
            "text": wordings[int(_WORDINGS * rng.random() ** 2)],
            "outcome": Outcome.NO_ANSWER,
        }
        for _ in range(ASKED)
    ]
    async with database.writing() as connection:
        await connection.execute(sa.insert(askings), rows)


async def _measure(database: Database, kind: str) -> None:
    async with database.reading() as connection:
        book = await AnswerBook().current(connection)
        known = book.entries["7"]
        with_more = await effect.with_phrasings(connection, known, ["cho em hỏi vụ vay vốn nuôi bò sữa"])
        text = known.texts["vi"]
        new = KeptEntry(
            "", known.topic, True, "none", "none", {"vi": EntryText("Vay vốn nuôi bò sữa", text.answer, True)}
        )
        for name, change in (
            ("a phrasing more", with_more),
            ("a new entry", Change(new, ("Vay vốn nuôi bò sữa",))),
        ):
            seconds = [await _timed(database, book, change, kind, name) for _ in range(_CHANGED)]
            show("effect", f"{name}, the slowest of {_CHANGED}, {kind}", max(seconds), "s")


async def _timed(database: Database, book: Book, change: Change, kind: str, name: str) -> float:
    async with database.reading() as connection:
        began, worked = time.perf_counter(), time.process_time()
        found = await effect.of_change(connection, book, change, EVERYTHING, now=utc_now())
        seconds = time.perf_counter() - began
        show("effect", f"{name}, CPU, {kind}", time.process_time() - worked, "s")
    show("effect", f"{name}, askings tried, {kind}", found.asked, f"of {ASKED}")
    return seconds


if __name__ == "__main__":
    main()
