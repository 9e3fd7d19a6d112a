"""Who is told when a run stops itself or never began: once for each time, in words that say what to do."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.outbox import Outbox
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import contacts, outbox, runs, staff
from bot.store.tables.broadcasts import RunState
from bot.store.tables.people import Role
from broadcasts import codes, confirming, running, starting, stopping, writing
from broadcasts.policy import Policy
from broadcasts.stop_letters import StopLetters
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, count_ahead
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.people import People

Heard = Callable[[], Awaitable[list[tuple[str, str]]]]


@pytest.fixture
async def heard(database: Database, union: People, clock: MovingClock) -> Heard:
    """Looks twice, as two schedulers do, and says what went to whose chat since the last time. An wrote; Dung confirmed, in her
    commune's name; Em is another officer of the province; Chi has nothing to do with it.
    """
    async with database.writing() as connection:
        dung = await people.add_staff(
            connection, "Võ Thị Dung", union.commune_id, role=Role.OFFICER, login="dung", now=clock()
        )
        em = await people.add_staff(
            connection, "Đỗ Thị Em", union.province_id, role=Role.OFFICER, login="em", now=clock()
        )
        chi = await connection.scalar(sa.select(staff.c.id).where(staff.c.login == "chi"))
        for name, staff_id in (("an", union.an), ("dung", dung), ("em", em), ("chi", chi)):
            await people.add_contact(connection, union.account_id, name, staff_id=staff_id, now=clock())
    letters = StopLetters(database, Outbox({}), languages(), clock)

    async def listen() -> list[tuple[str, str]]:
        await letters.look()
        assert not await letters.look()
        async with database.writing() as connection:
            found = await connection.execute(
                sa.select(contacts.c.address, outbox.c.message)
                .join(contacts, contacts.c.id == outbox.c.contact_id)
                .order_by(contacts.c.address, outbox.c.id)
            )
            rows = [(row.address, row.message["text"]) for row in found]
            await connection.execute(sa.delete(outbox))
        return rows

    return listen


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (codes.STOPPED_REJECTED, "nhiều tin bị từ chối"),
        (codes.STOPPED_ACCOUNT, "không được chấp nhận nữa"),
        (codes.STOPPED_MONEY, "hết tiền"),
    ],
)
async def test_who_wrote_it_and_officers_of_the_top_are_told_once_why_it_stopped(
    database: Database, heard: Heard, announce: Announce, code: str, said: str
) -> None:
    run_id = await announce()
    assert await heard() == []
    async with database.writing() as connection:
        await connection.execute(
            sa.update(runs).where(runs.c.id == run_id).values(state=RunState.PAUSED, code=code)
        )
    told = await heard()
    assert [address for address, _ in told] == ["an", "em"]
    assert all("«Họp mặt»" in words and said in words and "Gửi tiếp" in words for _, words in told)
    assert await heard() == []


async def test_each_time_that_it_stops_they_are_told_anew(
    database: Database, union: People, heard: Heard, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 118, clock)
    run_id = await announce()
    desk = Desk(database, union, clock)
    for _ in range(2):
        await desk.settle(await desk.claim(50), Verdict.FAILED, code="rejected")
        async with database.writing() as connection:
            assert await stopping.stop_troubled(connection, Policy())
        assert len(await heard()) == 2
        async with database.writing() as connection:
            await running.resume(connection, run_id, staff_id=union.an, now=clock())
        assert await heard() == []
    async with database.writing() as connection:  # An officer's own doing is no news.
        await running.pause(connection, run_id, staff_id=union.an, now=clock())
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
    assert await heard() == []


async def test_who_confirmed_what_somebody_else_wrote_is_told_of_what_never_began(
    database: Database, union: People, heard: Heard, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    async with database.writing() as connection:
        dung = await connection.scalar(sa.select(staff.c.id).where(staff.c.login == "dung"))
        assert dung is not None
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        due = clock() + timedelta(hours=1)
        await confirming.confirm(connection, broadcast_id, due_at=due, staff_id=dung, counted=2, now=clock())
    clock.move(timedelta(hours=9))
    await count_ahead(database, clock())
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock()) == []
    told = await heard()
    assert [address for address, _ in told] == ["an", "dung", "em"]
    assert all("10:00 23/11/2026" in words and "Chưa ai nhận được tin này" in words for _, words in told)
    clock.move(timedelta(days=2))
    assert await heard() == []
