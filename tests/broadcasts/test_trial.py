from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.clock import VIETNAM, in_vietnam
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import deliveries, responses
from bot.store.tables.broadcasts import Variant
from broadcasts import running, trial
from broadcasts.content import Content, Rule, Trial
from broadcasts.trial import Rest
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


async def test_what_began_in_the_evening_goes_to_the_rest_in_the_morning(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 98, clock)
    clock.moment = datetime.combine(in_vietnam(clock()).date(), time(19, 30), VIETNAM).astimezone(UTC)
    await announce(texts=TEXTS, content=TRIAL)
    await desk.settle(await desk.claim(500), Verdict.SENT)
    clock.move(timedelta(hours=4))
    assert len(await _decide(database, clock)) == 1
    for later in (timedelta(), timedelta(hours=7, minutes=29)):
        clock.move(later)
        assert await desk.claim(500) == []
    clock.move(timedelta(minutes=1))
    assert f"{in_vietnam(clock()):%H:%M}" == "07:00"
    assert len(await desk.claim(500)) > 40


async def test_half_to_each_text_leaves_nobody_waiting(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 98, clock)
    # The parts repeat after 10007 members: one whose part is the very last.
    half = Trial({"vi": "Bê {{ten}}. NGUNG"}, share=50, rule=Rule.ANSWERED, hours=4)
    with_all = sa.select(
        *(trial.variant_of(half, sa.literal(member_id), 1) for member_id in range(1, 10_008, 500))
    )
    async with database.reading() as connection:
        last = (10_006 - 31) * pow(7919, -1, 10_007) % 10_007
        row = (await connection.execute(with_all)).one()
        assert set(row) <= {int(Variant.A), int(Variant.B)}
        assert await connection.scalar(sa.select(trial.variant_of(half, sa.literal(last), 1))) == int(
            Variant.B
        )
    run_id = await announce(texts=TEXTS, content=Content(trial=half))
    assert {row.variant for row in await ledger(database, run_id)} == {int(Variant.A), int(Variant.B)}


@pytest.mark.parametrize(
    ("people", "share", "joins", "left"),
    [
        (0, 20, False, Rest.SOME),  # Of nobody there is nothing to say.
        (3, 20, False, Rest.PERHAPS),
        (100, 20, False, Rest.SOME),
        (100, 20, True, Rest.PERHAPS),
        (0, 20, True, Rest.PERHAPS),
        (100, 50, False, Rest.NONE),
    ],
)
def test_of_few_people_there_may_be_no_rest(people: int, share: int, left: Rest, *, joins: bool) -> None:
    two = Trial({"vi": "Bê {{ten}}. NGUNG"}, share=share, rule=Rule.ANSWERED, hours=4)
    assert trial.rest_of(two, people, joins=joins) is left


async def test_whether_anybody_waits_for_the_better_text_is_known_of_a_run(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    async def rest(run_id: int) -> Rest | None:
        async with database.reading() as connection:
            return await trial.rest_in(connection, await run_of(database, run_id), TRIAL.trial, 100)

    await add_members(database, union, 98, clock)
    half = Content(trial=Trial({"vi": "Bê {{ten}}. NGUNG"}, share=50, rule=Rule.ANSWERED, hours=4))
    assert await rest(await announce(texts=TEXTS, content=half)) is Rest.NONE
    run_id = await announce(texts=TEXTS, content=TRIAL)
    assert await rest(run_id) is Rest.SOME
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
    assert await rest(run_id) is None
