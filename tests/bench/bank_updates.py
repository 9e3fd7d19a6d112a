"""A hundred changes of the bank while fifty members ask: how long nobody else has their turn, and how long answers take.

On SQLite and PostgreSQL, at 300 entries. The pause is how late a task that sleeps five milliseconds at a time gets up: everything
in the process waits as long. On a machine that is busy otherwise the CPU time between two turns tells more.
"""

import asyncio
import gc
import random
import time
from collections.abc import Sequence

import sqlalchemy as sa

from bot.answers.book import AnswerBook
from bot.clock import utc_now
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import entries, entry_texts, topics
from tests.bench.faq_cost import varied
from tests.bench.figures import show
from tests.bench.stores import KINDS, store

_ENTRIES = 300
_MEMBERS = 50
_CHANGES = 100
_GOAL_MS = 100.0
_NAP_S = 0.005
_BETWEEN_CHANGES_S = 0.1
_READS_S = 3.0  # A member, from one question to the next; at most.


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        async with store(kind) as kept:
            asked = await fill(kept.database, _ENTRIES)
            await _measure(kept.database, asked, kind)


async def fill(database: Database, count: int) -> list[str]:
    """A bank of that many entries; returns how people ask them."""
    bank = varied(count, random.Random(6))
    async with database.writing() as connection:
        await connection.execute(sa.insert(topics).values(topic="all", name="", position=0))
        for at, entry in enumerate(bank):
            question, *others = entry.phrasings
            await connection.execute(
                sa.insert(entries).values(
                    id=entry.entry_id, topic="all", position=at, certainty="A", needs_local_check=False,
                    escalate="none", sensitive="none", source="", is_on=True, updated_at=utc_now(),
                )
            )  # fmt: skip
            await connection.execute(
                sa.insert(entry_texts).values(
                    entry_id=entry.entry_id,
                    language="vi",
                    question=question,
                    answer=entry.answer,
                    phrasings=others,
                )
            )
        await versions.has_changed(connection, versions.ENTRIES)
    return [phrasing for entry in bank for phrasing in entry.phrasings]


async def _measure(database: Database, asked: Sequence[str], kind: str) -> None:
    book = AnswerBook()
    async with database.reading() as connection:
        await book.current(connection)
    gc.collect()
    gc.freeze()  # As the service does when it has started.
    pauses: list[float] = []
    work: list[float] = []
    spans: list[float] = []
    is_over = asyncio.Event()

    async def watch() -> None:
        while not is_over.is_set():
            began, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_NAP_S)
            pauses.append(time.perf_counter() - began - _NAP_S)
            work.append(time.thread_time() - worked)

    async def ask(rng: random.Random) -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            async with database.reading() as connection:
                current = await book.current(connection)
                current.search(rng.choice(asked))
            spans.append(time.perf_counter() - began)
            await asyncio.sleep(_READS_S * rng.random())

    async def change(rng: random.Random) -> None:
        for at in range(_CHANGES):
            async with database.writing() as connection:
                its = entry_texts.c.entry_id == str(rng.randrange(_ENTRIES))
                await connection.execute(
                    sa.update(entry_texts).where(its).values(question=f"{rng.choice(asked)} {at}")
                )
                await versions.has_changed(connection, versions.ENTRIES)
            await asyncio.sleep(_BETWEEN_CHANGES_S)
        is_over.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        tasks.create_task(change(random.Random(1)))
        for at in range(_MEMBERS):
            tasks.create_task(ask(random.Random(at)))
    await book.caught_up()
    label = f"{_CHANGES} changes while {_MEMBERS} ask, {kind}"
    pauses.sort()
    show("bank_updates", f"{label}: answered", len(spans), "questions")
    show("bank_updates", f"{label}: longest pause", 1000 * pauses[-1], "ms", versus="goal", of=_GOAL_MS)
    show("bank_updates", f"{label}: pause, p99", 1000 * pauses[int(len(pauses) * 0.99)], "ms")
    show("bank_updates", f"{label}: longest work between two turns, CPU", 1000 * max(work), "ms")
    spans.sort()
    show("bank_updates", f"{label}: answer, median", 1000 * spans[len(spans) // 2], "ms")
    show("bank_updates", f"{label}: answer, p95", 1000 * spans[int(len(spans) * 0.95)], "ms")


if __name__ == "__main__":
    main()
