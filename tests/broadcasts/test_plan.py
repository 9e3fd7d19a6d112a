from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import pace, usage
from bot.channels.contract import Limits
from bot.store.database import Database
from bot.store.tables import accounts, contacts, deliveries, members, message_templates
from bot.store.tables.broadcasts import DeliveryState, Priority
from broadcasts import confirming, filling, plan, starting, steps, writing
from broadcasts.audience import Audience
from broadcasts.content import Approved, Content
from broadcasts.people import LeftOut
from broadcasts.plan import Plan
from broadcasts.policy import Policy
from broadcasts.writing import Draft
from tests import people
from tests.conftest import MovingClock
from tests.people import People

Write = Callable[..., Draft]


@dataclass(frozen=True, slots=True)
class Planner:
    database: Database
    union: People
    clock: MovingClock
    draft: Write

    async def plan(self, *, at: datetime | None = None, joins: bool = False, **values: Any) -> Plan:
        async with self.database.writing() as connection:
            broadcast_id = await writing.create(
                connection, self.draft(**values), staff_id=self.union.an, now=self.clock()
            )
            return await plan.plan(
                connection,
                await steps.get(connection, broadcast_id),
                at or self.clock(),
                Policy(),
                now=self.clock(),
                limits={self.union.account_id: Limits(4000, 0, timedelta(seconds=10))},
                _=str,
                joins=joins,
            )

    async def add_people(self, count: int) -> None:
        async with self.database.writing() as connection:
            for number in range(count):
                member = await people.add_member(
                    connection, f"Người {number}", self.union.branch_id, allows_announcements=True,
                    now=self.clock(),
                )  # fmt: skip
                await people.add_contact(
                    connection, self.union.account_id, f"n{number}", member_id=member, last_in_at=self.clock(),
                    now=self.clock(),
                )  # fmt: skip

    async def pace(self, per_second: float) -> None:
        async with self.database.writing() as connection:
            await pace.set_pace(connection, self.union.account_id, per_second=per_second)


@pytest.fixture
def planner(database: Database, union: People, clock: MovingClock, draft: Write) -> Planner:
    return Planner(database, union, clock, draft)


async def test_it_says_by_which_way_how_many_go_and_who_is_left_out(planner: Planner) -> None:
    async with planner.database.writing() as connection:
        await people.add_member(
            connection, "Lý Thị Xa", planner.union.branch_id, allows_announcements=True, now=planner.clock()
        )
    found = await planner.plan()
    assert [(one.account_id, one.people, one.price, one.cost) for one in found.routes] == [
        (planner.union.account_id, 2, 0, 0)
    ]
    assert (found.people, found.cost, found.unpaid) == (2, 0, 0)
    assert found.left_out[LeftOut.NO_CHAT] == 1
    assert (found.blockers, found.warnings) == ((), ())


async def test_an_audience_of_0_is_a_blocker_that_says_which_kind(planner: Planner) -> None:
    union = planner.union
    elsewhere = Audience.of_units([union.other_commune_id], ("web_chat",))
    nobody = await planner.plan(audience=elsewhere)
    assert "Không có hội viên nào" in nobody.blockers[0]
    assert (await planner.plan(audience=elsewhere, joins=True)).blockers == ()
    async with planner.database.writing() as connection:
        await connection.execute(sa.update(contacts).values(stopped_at=planner.clock()))
    assert "Không có đường nào" in (await planner.plan()).blockers[0]


async def test_time_is_the_pace_of_the_accounts_and_rests_at_night(planner: Planner) -> None:
    await planner.add_people(118)
    await planner.pace(0.1)  # 120 people: twenty minutes and a little.
    by_day = await planner.plan()
    took = by_day.finishes_at - by_day.starts_at
    assert timedelta(minutes=20) <= took <= timedelta(minutes=21)
    assert not any("sáng hôm sau" in one for one in by_day.warnings)
    evening = datetime.fromisoformat("2026-11-23T20:50:00+07:00")
    rested = await planner.plan(at=evening)
    assert rested.finishes_at >= datetime.fromisoformat("2026-11-24T07:10:00+07:00")
    assert any("sáng hôm sau" in one for one in rested.warnings)
    urgent = await planner.plan(at=evening, priority=Priority.URGENT)
    assert urgent.finishes_at - evening <= timedelta(minutes=21)


async def test_drip_takes_its_days(planner: Planner) -> None:
    await planner.add_people(8)
    found = await planner.plan(priority=Priority.DRIP, per_day=4)
    assert found.finishes_at - planner.clock() >= timedelta(days=2)


async def test_what_other_runs_still_have_to_send_goes_before(planner: Planner) -> None:
    await planner.add_people(58)
    await planner.pace(1)
    alone = await planner.plan()
    async with planner.database.writing() as connection:
        broadcast_id = await writing.create(
            connection, planner.draft(), staff_id=planner.union.an, now=planner.clock()
        )
        await confirming.confirm(
            connection, broadcast_id, due_at=planner.clock(), staff_id=planner.union.an, counted=60,
            now=planner.clock(),
        )  # fmt: skip
        (run_id,) = await starting.start_due(connection, planner.clock())
        while not await filling.fill(connection, run_id, planner.clock()):
            pass
    behind = await planner.plan()
    assert behind.starts_at - alone.starts_at >= timedelta(minutes=1)
    assert behind.finishes_at - alone.finishes_at >= timedelta(minutes=1)
    assert any("1 thông báo khác" in one for one in behind.warnings)


async def test_what_cannot_be_over_before_its_deadline_is_a_blocker(planner: Planner) -> None:
    await planner.add_people(58)
    await planner.pace(1)
    now = planner.clock()
    assert (await planner.plan(deadline_at=now + timedelta(minutes=2))).blockers == ()
    late = await planner.plan(deadline_at=now + timedelta(seconds=30))
    assert "Không kịp hạn chót" in late.blockers[0]
    over = await planner.plan(deadline_at=now - timedelta(seconds=30))
    assert "sau hạn chót" in over.blockers[0]


async def test_a_monthly_plan_that_is_short_is_a_blocker_and_its_use_is_said(planner: Planner) -> None:
    async with planner.database.writing() as connection:
        await connection.execute(
            sa.update(accounts).values(settings=usage.plan_settings(messages=10, people=0))
        )
        await usage.count(connection, planner.union.account_id, now=planner.clock(), sent=8)
    enough = await planner.plan()
    assert enough.blockers == ()
    assert enough.routes[0].quota is not None
    assert (enough.routes[0].quota.used, enough.routes[0].quota.allowed) == (8, 10)
    async with planner.database.writing() as connection:
        await usage.count(connection, planner.union.account_id, now=planner.clock(), received=1)
    assert "chỉ còn gửi được 1 tin" in (await planner.plan()).blockers[0]


async def test_gifts_of_a_package_are_counted_from_what_the_platform_took(planner: Planner) -> None:
    async with planner.database.writing() as connection:
        broadcast_id = await writing.create(
            connection, planner.draft(), staff_id=planner.union.an, now=planner.clock()
        )
        await confirming.confirm(
            connection, broadcast_id, due_at=planner.clock(), staff_id=planner.union.an, counted=2,
            now=planner.clock(),
        )  # fmt: skip
        (run_id,) = await starting.start_due(connection, planner.clock())
        while not await filling.fill(connection, run_id, planner.clock()):
            pass
        await connection.execute(
            sa.update(deliveries).values(
                state=DeliveryState.SENT, charge="sub_quota", sent_at=planner.clock()
            )
        )
    quota = (await planner.plan()).routes[0].quota
    assert quota is not None
    assert (quota.used, quota.allowed, quota.left) == (2, None, None)
    planner.clock.move(timedelta(days=31))  # A month that is over counts no more.
    assert (await planner.plan()).routes[0].quota is None


async def _costs(planner: Planner) -> None:
    """Hoa and Lan wrote to an Official Account more than 48 hours ago; it may cost."""
    async with planner.database.writing() as connection:
        account = await people.add_account(
            connection, channel="zalo_oa", external_id="7", now=planner.clock()
        )
        await connection.execute(sa.update(accounts).where(accounts.c.id == account).values(may_cost=True))
        await connection.execute(
            sa.update(contacts)
            .where(contacts.c.member_id.is_not(None))
            .values(account_id=account, last_in_at=planner.clock() - timedelta(hours=60))
        )


async def test_a_budget_caps_the_cost_and_says_for_whom_it_does_not_suffice(planner: Planner) -> None:
    await _costs(planner)
    audience = Audience.of_units([planner.union.province_id], ("zalo_oa",))
    free_only = await planner.plan(audience=audience)
    assert free_only.people == 0
    assert free_only.left_out[LeftOut.COSTS] == 2
    enough = await planner.plan(audience=audience, budget=1000)
    assert (enough.people, enough.cost, enough.unpaid) == (2, 110, 0)
    short = await planner.plan(audience=audience, budget=100)
    assert (short.people, short.cost, short.unpaid) == (2, 55, 1)
    assert "chừng 1 người sẽ không được gửi" in short.warnings[0]


async def test_a_wording_that_is_not_approved_is_a_blocker(planner: Planner) -> None:
    content = Content(approved=Approved(planner.union.account_id, "T1", {}))
    assert any("Mẫu tin" in one for one in (await planner.plan(content=content)).blockers)
    async with planner.database.writing() as connection:
        await connection.execute(
            sa.insert(message_templates).values(
                account_id=planner.union.account_id, template_id="T1", name="Mời họp", state="ENABLE",
                detail={}, fetched_at=planner.clock(),
            )
        )  # fmt: skip
    assert (await planner.plan(content=content)).blockers == ()


async def test_faults_of_the_text_are_blockers(planner: Planner) -> None:
    found = await planner.plan(texts={"vi": "Chào {{teen}} **đậm"})
    assert len(found.blockers) == 2
    assert await planner.plan(texts={"vi": "dài " * 1100}) is not None
    assert any("dài quá" in one for one in (await planner.plan(texts={"vi": "dài " * 1100})).blockers)


async def test_somebody_erased_meanwhile_breaks_no_plan(planner: Planner) -> None:
    async with planner.database.writing() as connection:
        await connection.execute(sa.update(contacts).values(member_id=None))
        await connection.execute(sa.delete(members))
    assert (await planner.plan()).people == 0
