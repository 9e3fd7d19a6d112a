import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outbox import Outbox
from bot.store.database import Database
from bot.store.tables import approvals, broadcasts, contacts, outbox, runs, staff, staff_acts
from bot.store.tables.broadcasts import ApprovalState, BroadcastState, Priority
from bot.store.tables.people import Role
from broadcasts import approval, confirming, deciding, revising, starting, steps, timing, writing
from broadcasts.approval import Shown
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.growth import Growth, has_grown
from broadcasts.hours import is_day
from broadcasts.policy import Policy
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests import people
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.people import People

Write = Callable[..., Draft]


@pytest.fixture
async def em(database: Database, union: People, clock: MovingClock) -> int:
    """Another officer of the province: she may approve what An asks."""
    async with database.writing() as connection:
        return await people.add_staff(
            connection, "Đỗ Thị Em", union.province_id, role=Role.OFFICER, login="em", now=clock()
        )


def _shown(now: datetime, **values: Any) -> Shown:
    return replace(Shown(2, 0, now + timedelta(hours=1), now + timedelta(hours=2)), **values)


async def _ask(database: Database, union: People, draft: Draft, now: datetime, **values: Any) -> int:
    """Written and asked by An; returns the request's id."""
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft, staff_id=union.an, now=now)
        asked = await confirming.ask(
            connection, broadcast_id, _shown(now, **values), staff_id=union.an, now=now
        )
    assert asked is not None
    return asked


async def _approve(database: Database, approval_id: int, staff_id: int, now: datetime, **more: Any) -> bool:
    async with database.writing() as connection:
        return await deciding.approve(
            connection, approval_id, staff_id=staff_id, decided_in=deciding.IN_CONSOLE, now=now, **more
        )


async def _return(database: Database, approval_id: int, staff_id: int, now: datetime, why: str) -> bool:
    async with database.writing() as connection:
        return await deciding.return_(
            connection, approval_id, why, staff_id=staff_id, decided_in=deciding.IN_CHAT, now=now
        )


async def _look(database: Database, clock: MovingClock) -> None:
    """The count shortly before it is due."""
    await Growth(database, Outbox({}), languages(), clock, lambda: None).look()


async def _stand(database: Database, approval_id: int) -> tuple[ApprovalState, BroadcastState]:
    async with database.reading() as connection:
        asked = await approval.request(connection, approval_id)
        assert asked is not None
        row = await steps.get(connection, asked.broadcast_id)
    return asked.state, row.state


NEEDED = [
    ("everybody of one commune, few", "commune", 200, {}, False),
    ("one more than the bound", "commune", 201, {}, True),
    ("one branch", "branch", 1, {}, False),
    ("the province, one person", "province", 1, {}, True),
    ("two communes", "both", 2, {}, True),
    ("the province, where only numbers count", "province", 200, {"approval_beyond_commune": False}, False),
    ("anybody, where the bound is 0", "branch", 1, {"approval_above": 0}, True),
]


@pytest.mark.parametrize(
    ("whom", "count", "policy", "needed"), [one[1:] for one in NEEDED], ids=[one[0] for one in NEEDED]
)
async def test_a_second_person_is_needed_above_a_size_or_beyond_one_commune(
    database: Database,
    union: People,
    draft: Write,
    clock: MovingClock,
    whom: str,
    count: int,
    policy: dict[str, Any],
    needed: bool,
) -> None:
    units = {
        "commune": [union.commune_id],
        "branch": [union.branch_id],
        "province": [union.province_id],
        "both": [union.branch_id, union.other_commune_id],
    }
    async with database.writing() as connection:
        audience = Audience.of_units(units[whom], ("web_chat",))
        broadcast_id = await writing.create(
            connection, draft(audience=audience), staff_id=union.an, now=clock()
        )
        row = await steps.get(connection, broadcast_id)
        assert await approval.is_needed(connection, row, count, Policy(**policy)) is needed


async def test_nothing_starts_before_somebody_else_has_agreed(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    clock.move(timedelta(minutes=30))
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock() + timedelta(days=1)) == []
    assert await _approve(database, asked, em, clock())
    assert await _stand(database, asked) == (ApprovalState.APPROVED, BroadcastState.SCHEDULED)
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock()) == []
    clock.move(timedelta(minutes=30))
    await _look(database, clock)
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1
    async with database.reading() as connection:
        acts = set(await connection.scalars(sa.select(staff_acts.c.act)))
    assert {"approval_asked", "broadcast_approved"} <= acts


async def test_who_wrote_or_asked_it_never_approves_it(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    with pytest.raises(Refused, match="không tự duyệt"):
        await _approve(database, asked, union.an, clock())
    async with database.writing() as connection:  # Em asks about what An wrote.
        broadcast_id = await writing.create(connection, draft(title="B"), staff_id=union.an, now=clock())
        with pytest.raises(Refused, match="Chưa có ai duyệt được"):
            await confirming.ask(connection, broadcast_id, _shown(clock()), staff_id=em, now=clock())
    assert await _stand(database, asked) == (ApprovalState.WAITING, BroadcastState.WAITING)


@pytest.mark.parametrize("who", ["binh", "chi", "off duty"])
async def test_who_is_no_officer_above_it_does_not_approve_it(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int, who: str
) -> None:
    asked = await _ask(database, union, draft(), clock())
    async with database.writing() as connection:
        await connection.execute(sa.update(staff).where(staff.c.id == em).values(is_active=False))
    staff_id = {"binh": union.binh, "chi": union.chi, "off duty": em}[who]
    with pytest.raises(Refused, match="không phải người duyệt"):
        await _approve(database, asked, staff_id, clock())
    assert await _stand(database, asked) == (ApprovalState.WAITING, BroadcastState.WAITING)


async def test_without_anybody_to_agree_nothing_is_asked(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        with pytest.raises(Refused, match="Chưa có ai duyệt được"):
            await confirming.ask(connection, broadcast_id, _shown(clock()), staff_id=union.an, now=clock())
        assert (await steps.get(connection, broadcast_id)).state is BroadcastState.DRAFT


async def test_first_answer_counts(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    async with database.writing() as connection:
        other = await people.add_staff(
            connection, "Lý Thị Phượng", union.province_id, role=Role.OFFICER, login="phuong", now=clock()
        )
    asked = await _ask(database, union, draft(), clock())
    answers = await asyncio.gather(
        _approve(database, asked, em, clock()),
        _return(database, asked, other, clock(), "Sai giờ"),
        _approve(database, asked, em, clock()),
    )
    assert sorted(answers) == [False, False, True]
    stand = await _stand(database, asked)
    assert stand in {
        (ApprovalState.APPROVED, BroadcastState.SCHEDULED),
        (ApprovalState.RETURNED, BroadcastState.DRAFT),
    }


async def test_returned_with_a_reason_it_is_a_draft_again(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    with pytest.raises(Refused):
        await _return(database, asked, em, clock(), "   ")
    assert await _return(database, asked, em, clock(), "Sai số điện thoại")
    assert await _stand(database, asked) == (ApprovalState.RETURNED, BroadcastState.DRAFT)
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(approvals))).one()
    assert (row.reason, row.decided_by, row.decided_in) == ("Sai số điện thoại", em, "chat")


CHANGES: list[dict[str, Any]] = [
    {"texts": {"vi": "Khác"}},
    {"texts": {"vi": "Chào chị {{ten}}! Gõ NGUNG để dừng.", "km": "សួស្តី"}},
    {"content": Content(counts_clicks=True)},
    {"category": "vay_von"},
    {"priority": Priority.URGENT},
    {"budget": 1000},
    {"per_day": 5},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
async def test_any_change_after_approval_asks_again(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int, change: dict[str, Any]
) -> None:
    asked = await _ask(database, union, draft(), clock())
    assert await _approve(database, asked, em, clock())
    async with database.writing() as connection:
        found = await approval.request(connection, asked)
        assert found is not None
        await writing.edit(connection, found.broadcast_id, draft(**change), staff_id=union.an, now=clock())
        row = await steps.get(connection, found.broadcast_id)
        assert approval.digest(row) != found.digest
    assert await _stand(database, asked) == (ApprovalState.WITHDRAWN, BroadcastState.DRAFT)
    assert not await _approve(database, asked, em, clock())
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock() + timedelta(days=2)) == []


async def test_what_was_changed_behind_the_request_is_not_approved(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    async with database.writing() as connection:
        await connection.execute(
            sa.text("UPDATE broadcasts SET texts = :texts"), {"texts": '{"vi": "Lén đổi"}'}
        )
    with pytest.raises(Refused, match="đã được sửa"):
        await _approve(database, asked, em, clock())


async def test_hour_that_went_by_while_it_waited_needs_a_word_of_its_own(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    clock.move(timedelta(hours=3))
    with pytest.raises(deciding.Late):
        await _approve(database, asked, em, clock())
    assert await _approve(database, asked, em, clock(), means_now=True)
    async with database.writing() as connection:
        found = await approval.request(connection, asked)
        assert found is not None
        assert (await steps.get(connection, found.broadcast_id)).due_at == clock()


async def test_at_once_means_when_it_is_approved(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock(), starts_at=clock(), at_once=True)
    clock.move(timedelta(hours=3))
    assert await _approve(database, asked, em, clock())
    await _look(database, clock)
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1


async def test_given_up_while_it_waits_it_is_asked_of_nobody(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    async with database.writing() as connection:
        found = await approval.request(connection, asked)
        assert found is not None
        assert await approval.waiting_for(connection, em) == [asked]
        assert await approval.waiting_for(connection, union.an) == []
        await confirming.cancel(connection, found.broadcast_id, staff_id=union.an, now=clock())
        assert await approval.waiting_for(connection, em) == []
    assert await _stand(database, asked) == (ApprovalState.WITHDRAWN, BroadcastState.CANCELLED)
    assert not await _approve(database, asked, em, clock())


@pytest.mark.parametrize(
    ("agreed", "now", "grown"),
    [(100, 110, False), (100, 111, True), (12, 21, False), (12, 22, True), (100, 20, False), (0, 9, False)],
)
def test_up_to_a_tenth_more_is_what_she_could_expect(agreed: int, now: int, grown: bool) -> None:
    assert has_grown(agreed, now) is grown


async def test_audience_that_has_grown_is_asked_about_again_before_anything_goes(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    assert await _approve(database, asked, em, clock())
    async with database.writing() as connection:
        for number in range(11):
            member = await people.add_member(
                connection, f"Người {number}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(
                connection, union.account_id, f"n{number}", member_id=member, now=clock()
            )
    clock.move(timedelta(hours=1))
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock()) == []  # Not counted yet.
    await _look(database, clock)
    assert await _stand(database, asked) == (ApprovalState.WITHDRAWN, BroadcastState.WAITING)
    async with database.reading() as connection:
        (again,) = await approval.waiting_for(connection, em)
        found = await approval.request(connection, again)
    assert found is not None
    assert (found.summary["people"], found.summary["before"]) == (13, 2)
    assert await _approve(database, again, em, clock())
    await _look(database, clock)
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1


async def test_audience_that_is_as_it_was_starts_in_time(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    assert await _approve(database, asked, em, clock())
    clock.move(timedelta(minutes=59, seconds=30))
    await _look(database, clock)  # Ahead of its time.
    clock.move(timedelta(seconds=30))
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1


async def test_words_that_were_approved_are_changed_by_nobody_alone_once_they_are_sent(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock(), starts_at=clock(), at_once=True)
    assert await _approve(database, asked, em, clock())
    await _look(database, clock)
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, clock())
        with pytest.raises(Refused, match="người thứ hai"):
            await revising.revise(connection, run_id, {"vi": "Khác"}, staff_id=union.an, now=clock())


async def test_words_that_were_approved_stay_so_when_the_series_is_written_anew(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock(), starts_at=clock(), at_once=True)
    async with database.writing() as connection:
        found = await approval.request(connection, asked)
        assert found is not None
        every_day = timing.Recurring("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", clock().date(), time(8))
        await connection.execute(sa.update(broadcasts).values(schedule=timing.to_json(every_day)))
        digest = await approval.digest_of(connection, await steps.get(connection, found.broadcast_id))
        await connection.execute(sa.update(approvals).values(digest=digest))
    assert await _approve(database, asked, em, clock())
    await _look(database, clock)
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, clock())
        await writing.edit(
            connection, found.broadcast_id, draft(texts={"vi": "Khác"}), staff_id=union.an, now=clock()
        )
        with pytest.raises(Refused, match="người thứ hai"):
            await revising.revise(connection, run_id, {"vi": "Khác"}, staff_id=union.an, now=clock())


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_approved_at_night_goes_out_in_the_morning(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int, *, at_once: bool
) -> None:
    due = clock() + timedelta(hours=1)
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        asked = await confirming.ask(
            connection,
            broadcast_id,
            _shown(clock(), starts_at=due, at_once=at_once),
            staff_id=union.an,
            now=clock(),
            schedule=timing.to_json(timing.Once(due)),
        )
    assert asked is not None
    while is_day(clock()):
        clock.move(timedelta(hours=1))
    assert await _approve(database, asked, em, clock(), means_now=True)
    await _look(database, clock)
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, clock())
        run = (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one()
    assert run.by_day


async def test_one_that_cannot_be_counted_holds_up_no_other(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    for title in ("A", "B"):
        asked = await _ask(database, union, draft(title=title), clock(), starts_at=clock(), at_once=True)
        assert await _approve(database, asked, em, clock())
    async with database.writing() as connection:
        await connection.execute(
            sa.update(broadcasts).where(broadcasts.c.title == "A").values(content={"approved": 1})
        )
    await _look(database, clock)
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 2  # Filling says why A cannot go.


async def test_who_asked_is_told_that_it_waits_again(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock(), starts_at=clock(), at_once=True)
    assert await _approve(database, asked, em, clock())
    async with database.writing() as connection:
        await people.add_contact(connection, union.account_id, "an", staff_id=union.an, now=clock())
        for number in range(11):
            member = await people.add_member(
                connection, f"Người {number}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(
                connection, union.account_id, f"n{number}", member_id=member, now=clock()
            )
    await _look(database, clock)
    async with database.reading() as connection:
        told = await connection.scalar(
            sa.select(outbox.c.message)
            .join(contacts, contacts.c.id == outbox.c.contact_id)
            .where(contacts.c.staff_id == union.an)
        )
    assert told is not None and "13" in told["text"]
