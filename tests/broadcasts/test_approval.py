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
from broadcasts.approval import Shown, Why
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.growth import Growth, has_grown
from broadcasts.hours import is_day
from broadcasts.policy import Policy
from broadcasts.recurrence import Cycle, Rule
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.ledger import count_ahead
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.locks import until_it_waits
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


async def _stand(database: Database, approval_id: int) -> tuple[ApprovalState, BroadcastState]:
    async with database.reading() as connection:
        asked = await approval.request(connection, approval_id)
        assert asked is not None
        row = await steps.get(connection, asked.broadcast_id)
    return asked.state, row.state


NEEDED = [
    ("everybody of one commune, few", "commune", 200, {}, None),
    ("one more than the bound", "commune", 201, {}, Why.MANY),
    ("one branch", "branch", 1, {}, None),
    ("the province, one person", "province", 1, {}, Why.COMMUNES),
    ("two communes", "both", 2, {}, Why.COMMUNES),
    ("the province, where only numbers count", "province", 200, {"approval_beyond_commune": False}, None),
    ("anybody, where the bound is 0", "branch", 1, {"approval_above": 0}, Why.MANY),
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
    needed: Why | None,
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
        assert await approval.why_needed(connection, row, count, Policy(**policy)) is needed


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
    await count_ahead(database, clock(), Policy())
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


async def test_an_edit_and_an_approval_at_once_take_their_turns(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    async with database.reading() as connection:
        broadcast_id = await connection.scalar(sa.select(broadcasts.c.id))
    assert broadcast_id is not None
    agreed: list[bool] = []

    async def edit() -> None:
        async with database.writing() as connection:
            changed = draft(title="Họp mặt, đổi giờ")
            await writing.edit(connection, broadcast_id, changed, staff_id=union.an, now=clock())

    async def agree() -> None:
        agreed.append(await _approve(database, asked, em, clock()))

    async with database.writing() as connection:
        await steps.hold(connection, broadcast_id)
        first = asyncio.create_task(edit())
        await until_it_waits(database, first)
        second = asyncio.create_task(agree())
        await until_it_waits(database, second, number=2)
    await asyncio.gather(first, second)
    assert agreed == [False]
    assert await _stand(database, asked) == (ApprovalState.WITHDRAWN, BroadcastState.DRAFT)


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
    await count_ahead(database, clock(), Policy())
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
    await count_ahead(database, clock(), Policy())
    assert await _stand(database, asked) == (ApprovalState.WITHDRAWN, BroadcastState.WAITING)
    async with database.reading() as connection:
        (again,) = await approval.waiting_for(connection, em)
        found = await approval.request(connection, again)
    assert found is not None
    assert (found.summary["people"], found.summary["before"]) == (13, 2)
    assert await _approve(database, again, em, clock())
    await count_ahead(database, clock(), Policy())
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1


async def test_audience_that_is_as_it_was_starts_in_time(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock())
    assert await _approve(database, asked, em, clock())
    clock.move(timedelta(minutes=59, seconds=30))
    await count_ahead(database, clock(), Policy())  # Ahead of its time.
    clock.move(timedelta(seconds=30))
    async with database.writing() as connection:
        assert len(await starting.start_due(connection, clock())) == 1


FEW = Policy(approval_above=5)  # More than that need a second person.


async def _confirmed_alone(
    database: Database,
    union: People,
    draft: Write,
    clock: MovingClock,
    schedule: timing.Schedule | None = None,
) -> int:
    """An has it sent to the commune, in an hour or as the schedule says; returns the broadcast."""
    audience = Audience.of_units([union.commune_id], ("web_chat",))
    async with database.writing() as connection:
        broadcast_id = await writing.create(
            connection, draft(audience=audience), staff_id=union.an, now=clock()
        )
        due = await timing.next_due(connection, schedule, clock()) if schedule else None
        await confirming.confirm(
            connection, broadcast_id, due_at=due or clock() + timedelta(hours=1), staff_id=union.an, counted=2,
            now=clock(), schedule=timing.to_json(schedule) if schedule else None,
        )  # fmt: skip
    return broadcast_id


async def _grow(database: Database, union: People, clock: MovingClock, count: int = 11) -> None:
    async with database.writing() as connection:
        for number in range(count):
            member = await people.add_member(
                connection, f"Người {number}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(
                connection, union.account_id, f"n{number}", member_id=member, now=clock()
            )


async def _start(database: Database, clock: MovingClock) -> list[int]:
    async with database.writing() as connection:
        return await starting.start_due(connection, clock(), policy=FEW)


async def test_what_one_confirmed_alone_needs_a_second_person_once_there_are_too_many_for_that(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    broadcast_id = await _confirmed_alone(database, union, draft, clock)
    async with database.writing() as connection:
        for name, staff_id in (("an", union.an), ("em", em)):
            await people.add_contact(connection, union.account_id, name, staff_id=staff_id, now=clock())
    await _grow(database, union, clock)
    clock.move(timedelta(hours=1))
    assert await _start(database, clock) == []  # Not counted yet.
    for _ in range(2):
        await count_ahead(database, clock(), FEW)
    async with database.reading() as connection:
        assert (await steps.get(connection, broadcast_id)).state is BroadcastState.WAITING
        (again,) = await approval.waiting_for(connection, em)
        found = await approval.request(connection, again)
        told = await connection.execute(
            sa.select(contacts.c.address, outbox.c.message)
            .join(contacts, contacts.c.id == outbox.c.contact_id)
            .order_by(outbox.c.id)
        )
        said = {"an": "", "em": ""}
        for row in told:
            said[row.address] += row.message["text"]
    assert found is not None
    assert (found.asked_by, found.summary["people"], found.summary["confirmed"]) == (union.an, 13, 2)
    assert "lúc đặt lịch có 2 người nhận, nay có 13 người" in said["an"]
    assert "Lúc đặt lịch có 2 người, chưa cần duyệt" in said["em"]
    assert await _start(database, clock) == []
    assert await _approve(database, again, em, clock())
    await count_ahead(database, clock(), FEW)
    assert len(await _start(database, clock)) == 1


async def test_what_one_confirmed_alone_goes_in_time_while_it_stays_small(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    await _confirmed_alone(database, union, draft, clock)
    clock.move(timedelta(minutes=59, seconds=30))
    await count_ahead(database, clock(), FEW)  # Ahead of its time.
    clock.move(timedelta(seconds=30))
    assert len(await _start(database, clock)) == 1


async def test_what_was_confirmed_a_moment_ago_is_not_counted_again(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    await _confirmed_alone(database, union, draft, clock)
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(due_at=clock()))
    assert len(await _start(database, clock)) == 1


async def test_what_comes_again_is_counted_each_time(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    daily = Rule(Cycle.WEEK, weekdays=tuple(range(7))).to_text()
    every_day = timing.Recurring(daily, clock().date(), time(18))
    broadcast_id = await _confirmed_alone(database, union, draft, clock, every_day)
    for is_grown in (False, True):
        async with database.reading() as connection:
            clock.moment = (await steps.get(connection, broadcast_id)).due_at
        if is_grown:
            await _grow(database, union, clock)
        assert await _start(database, clock) == []
        await count_ahead(database, clock(), FEW)
        assert len(await _start(database, clock)) == (not is_grown)


@pytest.mark.parametrize(("hour", "at_night"), [(22, True), (18, False)])
async def test_who_is_asked_because_the_number_grew_learns_that_a_night_was_meant(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int, *, hour: int, at_night: bool
) -> None:
    daily = Rule(Cycle.WEEK, weekdays=tuple(range(7))).to_text()
    broadcast_id = await _confirmed_alone(
        database, union, draft, clock, timing.Recurring(daily, clock().date(), time(hour))
    )
    await _grow(database, union, clock)
    async with database.reading() as connection:
        clock.moment = (await steps.get(connection, broadcast_id)).due_at
    await count_ahead(database, clock(), FEW)
    asked = []
    for _ in range(2):  # Who is asked again learns it, too.
        async with database.writing() as connection:
            (waiting,) = await approval.waiting_for(connection, em)
            found = await approval.request(connection, waiting)
            assert found is not None
            asked.append((found.summary["at_night"], found.summary["before"] is not None))
            few = {**found.summary, "people": 1}
            await connection.execute(sa.update(approvals).values(summary=few))
        assert await _approve(database, waiting, em, clock())
        await count_ahead(database, clock(), FEW)
    assert asked == [(at_night, False), (at_night, True)]


@pytest.mark.parametrize(
    ("at_once", "decided", "at_night"),
    [(True, "08:00", False), (False, "08:00", False), (True, "23:30", True)],
)
async def test_what_was_meant_for_the_night_and_is_decided_by_day_is_asked_again_for_the_day(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int,
    *, at_once: bool, decided: str, at_night: bool,
) -> None:  # fmt: skip
    asked = await _ask(database, union, draft(), clock())
    async with database.writing() as connection:
        summary = await connection.scalar(sa.select(approvals.c.summary)) or {}
        marked = {**summary, "at_once": at_once, "at_night": True, "people": 1}
        await connection.execute(sa.update(approvals).values(summary=marked))
    await _grow(database, union, clock)
    clock.moment = datetime.fromisoformat(f"2026-11-24T{decided}:00+07:00")
    assert await _approve(database, asked, em, clock(), means_now=True)
    await count_ahead(database, clock(), Policy())
    async with database.reading() as connection:
        (again,) = await approval.waiting_for(connection, em)
        found = await approval.request(connection, again)
    assert found is not None
    assert found.summary["at_night"] is at_night


async def test_a_change_while_it_is_counted_is_not_judged_by_that_count(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _confirmed_alone(database, union, draft, clock)
    await _grow(database, union, clock)
    clock.move(timedelta(hours=1))
    growth = Growth(database, Outbox({}), languages(), clock, lambda: None, FEW)
    async with database.reading() as connection:
        seen = await steps.get(connection, broadcast_id)
    async with database.writing() as connection:
        await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
    await growth._look_at(seen)
    async with database.reading() as connection:
        assert (await steps.get(connection, broadcast_id)).state is BroadcastState.CANCELLED
        assert await connection.scalar(sa.select(sa.func.count()).select_from(approvals)) == 0


async def test_words_that_were_approved_are_changed_by_nobody_alone_once_they_are_sent(
    database: Database, union: People, draft: Write, clock: MovingClock, em: int
) -> None:
    asked = await _ask(database, union, draft(), clock(), starts_at=clock(), at_once=True)
    assert await _approve(database, asked, em, clock())
    await count_ahead(database, clock(), Policy())
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
    await count_ahead(database, clock(), Policy())
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
    await count_ahead(database, clock(), Policy())
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
    await count_ahead(database, clock(), Policy())
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
    await count_ahead(database, clock(), Policy())
    async with database.reading() as connection:
        told = await connection.scalars(
            sa.select(outbox.c.message)
            .join(contacts, contacts.c.id == outbox.c.contact_id)
            .where(contacts.c.staff_id == union.an)
        )
        assert any("13" in letter["text"] for letter in told)
