from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import deliveries, responses
from bot.store.tables.broadcasts import Variant
from broadcasts import trial
from broadcasts.content import Content, Rule, Trial
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, ledger, run_of
from tests.conftest import MovingClock
from tests.people import People

TRIAL = Content(trial=Trial({"vi": "Bê {{ten}}. NGUNG"}, share=20, rule=Rule.ANSWERED, hours=4))
TEXTS = {"vi": "A {{ten}}. NGUNG"}


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


async def _decide(database: Database, clock: MovingClock) -> list[tuple[int, Variant]]:
    async with database.writing() as connection:
        decided = await trial.decide_due(connection, clock())
    is_left = True
    while is_left:
        async with database.writing() as connection:
            is_left = await trial.release_some(connection)
    return decided


async def _answer(database: Database, variant: Variant, count: int, clock: MovingClock) -> None:
    async with database.writing() as connection:
        got = sa.select(deliveries.c.id, deliveries.c.run_id).where(deliveries.c.variant == int(variant))
        for row in (await connection.execute(got.order_by(deliveries.c.id).limit(count))).all():
            answered = {
                "delivery_id": row.id,
                "run_id": row.run_id,
                "answer": 1,
                "answered_at": clock(),
                "clicks": 0,
            }
            await connection.execute(sa.insert(responses).values(**answered))


@pytest.mark.parametrize(("a", "b", "winner"), [(3, 5, "B"), (5, 3, "A"), (10, 10, "A"), (0, 0, "A")])
async def test_the_better_of_two_texts_goes_to_the_rest(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock, a: int, b: int, winner: str
) -> None:  # fmt: skip
    await add_members(database, union, 198, clock)
    run_id = await announce(texts=TEXTS, content=TRIAL)
    shares = Counter(Variant(row.variant) for row in await ledger(database, run_id))
    assert all(30 <= shares[variant] <= 50 for variant in (Variant.A, Variant.B))
    tried = await desk.claim(500)
    said = Counter(parcel.message.text.split()[0] for parcel in tried)
    assert said == {"A": shares[Variant.A], "Bê": shares[Variant.B]}
    await desk.settle(tried, Verdict.SENT)
    await _answer(database, Variant.A, a * shares[Variant.A] // 10, clock)
    await _answer(database, Variant.B, b * shares[Variant.B] // 10, clock)
    clock.move(timedelta(hours=4, seconds=-1))
    assert await _decide(database, clock) == []
    clock.move(timedelta(seconds=1))
    assert await _decide(database, clock) == [(run_id, Variant[winner])]
    assert await _decide(database, clock) == []
    rest = await desk.claim(500)
    assert {parcel.message.text.split()[0] for parcel in rest} == {"Bê" if winner == "B" else "A"}
    assert len(rest) == shares[Variant.WAITS]
    assert (await run_of(database, run_id)).winner == int(Variant[winner])


async def test_an_announcement_with_one_text_has_no_trial(
    database: Database, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    assert {row.variant for row in await ledger(database, run_id)} == {int(Variant.WHOLE)}
    assert (await run_of(database, run_id)).decide_at is None
    clock.move(timedelta(days=1))
    assert await _decide(database, clock) == []
