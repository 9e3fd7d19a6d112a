"""What the plan says of the caps is what then happens."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import Limits
from bot.clock import in_vietnam
from bot.outbox import Outbox
from bot.people.viewers import Viewer
from bot.questions.post import Post
from bot.sending import pace
from bot.store.database import Database
from bot.store.pages import Place
from bot.store.tables import approvals, deliveries, outbox, runs
from bot.store.tables.broadcasts import DeliveryState, Priority
from bot.store.tables.people import Role, UnitLevel
from broadcasts import approval_letters, confirming, held, marks, plan, progress, releases, running
from broadcasts.approval import Shown
from broadcasts.caps import Turn
from broadcasts.codes import CAPPED
from broadcasts.content import Content, Rule, Trial
from broadcasts.foretelling import Foretelling
from broadcasts.marks import Alike
from broadcasts.people import chosen as chosen_in_full
from broadcasts.plan import Plan
from broadcasts.policy import Policy
from broadcasts.progress import Progress
from broadcasts.routes import Asked
from tests import people
from tests.broadcasts.ledger import add_members, count_ahead
from tests.broadcasts.world import TEXTS, World
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.people import People

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(4000, 0, timedelta(seconds=10))


@dataclass
class Town:
    world: World
    members: list[int]

    async def announce(self, member_ids: Sequence[int], due_at: datetime, **values: Any) -> int:
        broadcast_id = await self.world.write(member_ids, **values)
        await self.world.confirm(broadcast_id, due_at)
        return broadcast_id

    async def planned(self, member_ids: Sequence[int], when: datetime, **values: Any) -> Plan:
        return await self.plan(await self.world.write(member_ids, **values), when)

    async def plan(self, broadcast_id: int, when: datetime, *, joins: bool = False) -> Plan:
        row = await self.world.row(broadcast_id)
        async with self.world.database.reading() as connection:
            return await plan.plan(
                connection,
                row,
                when,
                self.world.policy,
                now=self.world.clock(),
                limits=dict.fromkeys(self.world.accounts, LIMITS),
                _=str,
                joins=joins,
            )

    async def waiting(self, broadcast_id: int, when: datetime, day: date) -> set[int]:
        """Who the plan says is not written to before that day, by number."""
        row = await self.world.row(broadcast_id)
        async with self.world.database.reading() as connection:
            found = await held.of_plan(
                connection,
                row,
                when,
                day,
                self.world.policy,
                self._everybody,
                now=self.world.clock(),
                page=Place(),
            )
        return {one.id for one in found.rows}

    async def waiting_of_run(self, run_id: int, day: date) -> set[int]:
        """The same of a run under way."""
        async with self.world.database.reading() as connection:
            run = (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one()
            found = await held.of_run(
                connection, run, day, self.world.policy, self._everybody, now=self.world.clock(), page=Place()
            )
        return {one.id for one in found.rows}

    async def progress(
        self, broadcast_id: int, foretelling: Foretelling | None = None
    ) -> tuple[int, Progress]:
        """Of the only run of a broadcast, with the run's number."""
        async with self.world.database.reading() as connection:
            run_id = await connection.scalar(sa.select(runs.c.id).where(runs.c.broadcast_id == broadcast_id))
            found = await progress.of_run(
                connection,
                run_id or 0,
                now=self.world.clock(),
                policy=self.world.policy,
                foretelling=foretelling,
            )
        return run_id or 0, found

    @property
    def _everybody(self) -> Viewer:
        union = self.world.union
        return Viewer(
            union.an, "An", "an", Role.OFFICER, union.province_id, "Tỉnh", f"/{union.province_id}/", UnitLevel.PROVINCE,
            "vi", has_password=True, takes_alerts=False,
        )  # fmt: skip


@pytest.fixture
async def town(database: Database, union: People, clock: MovingClock) -> Town:
    """Six members on each of two accounts."""
    async with database.writing() as connection:
        other = await people.add_account(connection, external_id="other", now=clock())
    members = await add_members(database, union, 6, clock)
    async with database.writing() as connection:
        for number in range(6):
            member_id = await people.add_member(
                connection, f"Trần Thị {number}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(connection, other, f"there{number}", member_id=member_id, now=clock())
            members.append(member_id)
    return Town(World(database, union, clock, [union.account_id, other], Policy()), members)


MORNING = datetime.fromisoformat("2026-11-24T07:00:00+07:00")  # After the day on which the clock stands.


async def test_who_got_one_today_gets_it_tomorrow_and_the_plan_says_so(town: Town) -> None:
    now = town.world.clock()
    await town.announce(town.members[:3], now)
    await town.world.live_until(now + HOUR)
    found = await town.planned(town.members, now + HOUR)
    assert (found.people, found.forecast.later) == (12, {MORNING.date(): 3})
    assert found.forecast.others_at is not None
    assert found.forecast.others_at - now < 2 * HOUR
    assert timedelta() < found.finishes_at - MORNING < HOUR
    (warning,) = found.warnings
    assert "3 người chưa nhận được trong ngày 23/11/2026" in warning
    assert "3 người từ ngày 24/11/2026" in warning
    assert "chọn mức Khẩn" in warning


async def test_a_run_under_way_promises_no_end_before_those_who_wait_have_it(town: Town) -> None:
    world = town.world
    async with world.database.writing() as connection:
        for account_id in world.accounts:
            await pace.set_pace(connection, account_id, per_second=0.1)
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    second = await town.announce(town.members, world.clock())
    await world.live_until(world.clock() + HOUR)
    async with world.database.reading() as connection:
        run_id = await connection.scalar(sa.select(runs.c.id).where(runs.c.broadcast_id == second))
        found = await progress.of_run(connection, run_id or 0, now=world.clock(), policy=world.policy)
    assert (found.left, found.by_code[DeliveryState.PLANNED, CAPPED]) == (3, 3)
    assert found.finish is not None
    assert timedelta(seconds=30) <= found.finish - MORNING < timedelta(minutes=1)


async def test_a_run_under_way_says_of_those_who_will_have_to_wait_what_the_plan_said(town: Town) -> None:
    world = town.world
    async with world.database.writing() as connection:
        for account_id in world.accounts:
            await pace.set_pace(connection, account_id, per_second=0.1)
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    second = await world.write(town.members)
    planned = await town.plan(second, world.clock())
    assert await town.waiting(second, world.clock(), MORNING.date()) == set(town.members[:3])
    await world.confirm(second, world.clock())
    await world.begin()  # Nobody has been kept waiting by a claim yet.
    run_id, found = await town.progress(second)
    assert found.later == planned.forecast.later == {MORNING.date(): 3}
    assert found.finish == planned.finishes_at
    assert await town.waiting_of_run(run_id, MORNING.date()) == set(town.members[:3])
    await world.live_until(world.clock() + HOUR)  # The claims have moved them meanwhile.
    _, found = await town.progress(second)
    assert (found.left, found.later, found.finish) == (3, planned.forecast.later, planned.finishes_at)
    assert await town.waiting_of_run(run_id, MORNING.date()) == set(town.members[:3])


async def test_who_waits_is_counted_seldom_and_kept_while_a_run_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, foretelling, counted = town.world, Foretelling(), list[int]()
    released = releases.released

    def counting(crowd: Any, mine: Turn, policy: Policy) -> Any:
        counted.append(len(crowd))
        return released(crowd, mine, policy)

    monkeypatch.setattr(releases, "released", counting)
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    second = await town.announce(town.members, world.clock())
    await world.begin()
    for _ in range(3):
        _, found = await town.progress(second, foretelling)
        assert found.later == {MORNING.date(): 3}
    assert len(counted) == 1
    world.clock.moment += timedelta(minutes=2)
    await town.progress(second, foretelling)
    assert len(counted) == 2


async def test_a_page_of_many_does_not_wait_until_it_is_known_who_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, foretelling = town.world, Foretelling()
    monkeypatch.setattr("broadcasts.foretelling._AT_ONCE", 1)
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    second = await town.announce(town.members, world.clock())
    await world.begin()
    async with world.database.writing() as connection:
        for account_id in world.accounts:
            await pace.set_pace(connection, account_id, per_second=0.1)
    run_id, _ = await town.progress(second)

    async def look(*, may_last: bool) -> Progress:
        async with world.database.reading() as connection:
            return await progress.of_run(
                connection, run_id, now=world.clock(), policy=world.policy,
                foretelling=foretelling, may_last=may_last,
            )  # fmt: skip

    first = await look(may_last=False)
    assert (first.finish, first.later) == (None, {})
    asked = await look(may_last=True)
    assert (asked.finish is not None, asked.later) == (True, {MORNING.date(): 3})
    assert await look(may_last=False) == asked


async def test_three_in_the_week_wait_until_the_first_is_a_week_old(town: Town) -> None:
    begins = town.world.clock()
    for day in range(3):
        await town.announce(town.members[:2], begins + day * DAY)
    await town.world.live_until(begins + 3 * DAY)
    found = await town.planned(town.members, town.world.clock())
    assert found.forecast.later == {in_vietnam(begins + 7 * DAY).date(): 2}


@dataclass
class Rival:
    label: str
    values: dict[str, Any]
    hours: int  # After our own.
    later: int  # How many of ours wait for it.


RIVALS = [
    Rival("due before it", {}, -1, 3),
    Rival("due at the same moment, written before it", {}, 0, 3),
    Rival("due after it", {}, 1, 0),
    Rival("urgent", {"priority": Priority.URGENT}, -1, 0),
    Rival("day by day, and one of them in a day", {"priority": Priority.DRIP, "per_day": 1}, -1, 1),
    Rival("day by day, at the same moment", {"priority": Priority.DRIP, "per_day": 3}, 0, 0),
]


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.label)
async def test_what_is_due_before_it_takes_its_place(town: Town, rival: Rival) -> None:
    when = town.world.clock() + 3 * HOUR
    await town.announce(town.members[:3], when + rival.hours * HOUR, **rival.values)
    found = await town.planned(town.members, when)
    assert found.forecast.later == ({MORNING.date(): rival.later} if rival.later else {})


async def test_for_a_few_people_no_rival_is_counted_over_everybody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    when, looked_at = town.world.clock() + 3 * HOUR, list[int]()

    def chosen(asked: Asked, *ranges: sa.ColumnElement[bool], now: datetime) -> Any:
        looked_at.append(len(ranges))
        return chosen_in_full(asked, *ranges, now=now)

    monkeypatch.setattr(marks, "chosen", chosen)
    await town.announce(town.members, when - HOUR)
    for few, ranges in ((1000, 1), (1, 0)):
        monkeypatch.setattr(marks, "FEW", few)
        found = await town.planned(town.members[:2], when)
        assert found.forecast.later == {MORNING.date(): 2}
        assert looked_at == [0, ranges]
        looked_at.clear()


@pytest.mark.parametrize("is_paused", [False, True])
async def test_what_is_being_sent_takes_its_place_and_what_is_paused_does_not(
    town: Town, is_paused: bool
) -> None:
    world = town.world
    broadcast_id = await town.announce(town.members[:4], world.clock())
    await world.begin()
    async with world.database.writing() as connection:
        run_id = await connection.scalar(sa.select(runs.c.id).where(runs.c.broadcast_id == broadcast_id))
        if is_paused:
            await running.pause(connection, run_id or 0, staff_id=world.union.an, now=world.clock())
    found = await town.planned(town.members, world.clock())
    assert found.forecast.later == ({} if is_paused else {MORNING.date(): 4})


async def test_what_is_urgent_and_what_greets_newcomers_is_not_held(town: Town) -> None:
    await town.announce(town.members, town.world.clock())
    await town.world.live_until(town.world.clock() + HOUR)
    now = town.world.clock()
    assert not (await town.planned(town.members, now, priority=Priority.URGENT)).forecast.later
    broadcast_id = await town.world.write(town.members)
    assert not (await town.plan(broadcast_id, now, joins=True)).forecast.later


async def test_a_deadline_that_some_would_miss_is_a_blocker_with_ways_out(town: Town) -> None:
    await town.announce(town.members[:3], town.world.clock())
    await town.world.live_until(town.world.clock() + HOUR)
    now = town.world.clock()
    (blocker,) = (await town.planned(town.members, now, deadline_at=now + 6 * HOUR)).blockers
    assert "có người đã nhận đủ thông báo khác" in blocker
    assert not (await town.planned(town.members, now, deadline_at=MORNING + HOUR)).blockers
    assert not (await town.planned(town.members[3:], now, deadline_at=now + 6 * HOUR)).blockers


async def test_of_two_texts_the_rest_have_it_when_the_better_one_is_known(town: Town) -> None:
    now = town.world.clock()
    trial = Trial(TEXTS, 20, Rule.ANSWERED, hours=4)
    content = Content(trial=trial, answers=({"vi": "Đi"}, {"vi": "Bận"}))
    found = await town.planned(town.members, now, content=content)
    assert 4 * HOUR < found.finishes_at - now < 5 * HOUR
    assert not found.forecast.later
    late = await town.planned(town.members, now + 9 * HOUR, content=content)
    assert timedelta() < late.finishes_at - MORNING < HOUR


async def test_of_people_who_have_had_all_sorts_the_first_share_is_no_smaller(town: Town) -> None:
    world, begins = town.world, town.world.clock()
    for number, member_id in enumerate(town.members[:5]):
        await town.announce([member_id], begins + number * timedelta(minutes=20))
    await world.live_until(begins + 2 * DAY)
    async with world.database.writing() as connection:
        for account_id in world.accounts:
            await pace.set_pace(connection, account_id, per_second=1 / 600)
    content = Content(trial=Trial(TEXTS, 20, Rule.ANSWERED, hours=4), answers=({"vi": "Đi"}, {"vi": "Bận"}))
    found = await town.planned(town.members, world.clock(), content=content)
    # Two of the six on each account get one of the texts at first, so four are left for later.
    waits = found.finishes_at - world.clock() - 4 * HOUR
    assert timedelta(minutes=30) <= waits <= timedelta(minutes=45)


async def test_who_had_the_same_in_another_order_is_looked_at_only_once(town: Town) -> None:
    world, both = town.world, town.members[:2]
    for day in range(2):
        await town.announce(both, world.clock() + day * DAY)
    await world.live_until(world.clock() + 2 * DAY)
    mine = await world.row(await world.write(both))
    async with world.database.writing() as connection:
        hers = deliveries.c.member_id == both[1]
        times = (await connection.scalars(sa.select(deliveries.c.sent_at).where(hers))).all()
        await connection.execute(
            sa.update(deliveries)
            .where(hers)
            .values(sent_at=sa.case((deliveries.c.sent_at == times[0], times[1]), else_=times[0]))
        )
    turn = Turn(world.clock(), Priority.NORMAL, world.clock(), mine.id)
    async with world.database.reading() as connection:
        crowd = await releases.crowd_of(
            connection, Asked.of(mine), turn, [Alike(world.accounts[0], 2)], world.policy, now=world.clock()
        )
    assert [(one.people, len(one.had)) for one in crowd] == [(2, 2)]


@pytest.mark.parametrize(("had", "days"), [(6, [4, 4, 4]), (10, [2, 4, 4, 2])])
async def test_day_by_day_those_who_wait_do_not_use_up_the_day(town: Town, had: int, days: list[int]) -> None:
    world = town.world
    await town.announce(town.members[:had], world.clock())
    await world.live_until(world.clock() + HOUR)
    mine = await world.write(town.members, priority=Priority.DRIP, per_day=4)
    found = await town.plan(mine, world.clock())
    assert found.forecast.later == {MORNING.date(): had}
    await world.confirm(mine, world.clock())
    await world.live_until(world.clock() + 9 * DAY)
    by_day = await world.days_of(mine)
    assert [by_day[day] for day in sorted(by_day)] == days
    assert in_vietnam(found.finishes_at).date() == max(by_day)


@dataclass(frozen=True)
class Dripping:
    label: str
    had: int  # So many of twelve have had one on the first day.
    at: str
    second: str  # When the second day's portion goes,
    third: str  # and the third's.


DRIPPING = [
    Dripping("each day begins in the morning, whatever hour it was due at", 0, "2026-11-23 10:00", "2026-11-24 07:00", "2026-11-25 07:00"),
    Dripping("those who wait are of another day", 6, "2026-11-23 10:00", "2026-11-24 07:00", "2026-11-25 07:00"),
    Dripping("nobody may be written to before that day", 12, "2026-11-23 10:00", "2026-11-25 07:00", "2026-11-26 07:00"),
    Dripping("set for the night on purpose", 0, "2026-11-23 22:00", "2026-11-24 00:00", "2026-11-25 00:00"),
]  # fmt: skip


@pytest.mark.parametrize("case", DRIPPING, ids=lambda case: case.label)
async def test_day_by_day_the_next_portion_goes_when_it_is_said(town: Town, case: Dripping) -> None:
    world = town.world
    if case.had:
        await town.announce(town.members[: case.had], world.clock())
        await world.live_until(world.clock() + timedelta(minutes=1))
    at, second, third = (
        datetime.fromisoformat(f"{said}:00+07:00") for said in (case.at, case.second, case.third)
    )
    mine = await world.write(town.members, priority=Priority.DRIP, per_day=4)
    found = await town.plan(mine, at)
    assert (found.forecast.per_day, found.forecast.next_portion) == (4, second)
    await world.confirm(mine, at)
    await world.live_until(at + timedelta(minutes=1))
    begun = {in_vietnam(at).date()} if case.had < len(town.members) else set[date]()
    _, stands = await town.progress(mine)
    first = second if begun else MORNING
    assert (stands.per_day, stands.of_today, stands.next_portion) == (4, 4 if begun else 0, first)
    assert stands.finish is not None
    last = stands.finish
    await world.live_until(second)
    had = await world.days_of(mine)
    await world.live_until(second + timedelta(minutes=1))
    assert (await world.days_of(mine))[in_vietnam(second).date()] == 4
    assert second.date() not in had
    _, stands = await town.progress(mine)
    assert (stands.of_today, stands.next_portion) == (4, third)
    await world.live_until(third)
    await world.live_until(third + 9 * DAY)
    assert in_vietnam(last).date() == max(await world.days_of(mine)) == in_vietnam(found.finishes_at).date()
    _, stands = await town.progress(mine)
    assert (stands.next_portion, stands.finish) == (None, None)


async def test_day_by_day_the_days_between_are_no_slowness(town: Town) -> None:
    world = town.world
    mine = await world.write(town.members[:6], priority=Priority.DRIP, per_day=2)
    await world.confirm(mine, world.clock())
    await world.live_until(MORNING)
    await world.live_until(MORNING + timedelta(seconds=10))
    _, stands = await town.progress(mine)
    assert (stands.left, stands.next_portion, stands.per_minute) == (2, MORNING + DAY, None)
    assert stands.finish is not None
    assert stands.finish - (MORNING + DAY) < timedelta(minutes=1)


async def test_day_by_day_it_says_the_same_in_the_evening_as_in_the_morning(town: Town) -> None:
    world = town.world
    mine = await world.write(town.members, priority=Priority.DRIP, per_day=4)
    await world.confirm(mine, world.clock())
    await world.live_until(world.clock() + timedelta(minutes=1))
    _, morning = await town.progress(mine)
    world.clock.moment = MORNING - 9 * HOUR
    _, evening = await town.progress(mine)
    assert (evening.of_today, evening.next_portion) == (4, MORNING)
    assert (evening.next_portion, evening.finish) == (morning.next_portion, morning.finish)
    assert evening.waits_until == MORNING


@pytest.mark.parametrize("pause", [HOUR, 4 * timedelta(minutes=1)])
async def test_day_by_day_a_colleagues_pause_is_no_slowness(town: Town, pause: timedelta) -> None:
    world = town.world
    mine = await world.write(town.members[:6], priority=Priority.DRIP, per_day=3)
    await world.confirm(mine, world.clock())
    await world.live_until(world.clock() + timedelta(minutes=1))
    async with (
        world.database.writing() as connection
    ):  # Of the three that have gone the last one went after it.
        last = await connection.scalar(
            sa.select(sa.func.max(deliveries.c.id)).where(deliveries.c.state == DeliveryState.SENT)
        )
        later = sa.update(deliveries).where(deliveries.c.id == last).values(sent_at=world.clock() + pause)
        await connection.execute(later)
    world.clock.moment += pause + HOUR
    _, stands = await town.progress(mine)
    assert (stands.left, stands.of_today, stands.next_portion) == (3, 3, MORNING)
    assert stands.finish is not None
    assert stands.finish - MORNING < timedelta(minutes=1)


async def test_day_by_day_no_portion_is_said_that_would_come_too_late(town: Town) -> None:
    world = town.world
    ends = MORNING - HOUR
    mine = await world.write(town.members, priority=Priority.DRIP, per_day=4, deadline_at=ends)
    await world.confirm(mine, world.clock())
    await world.live_until(world.clock() + HOUR)
    _, stands = await town.progress(mine)
    assert (stands.per_day, stands.of_today, stands.next_portion) == (4, 4, None)


@pytest.mark.parametrize("seed", range(6))
async def test_who_is_said_to_wait_waits_to_the_day_that_is_said(town: Town, seed: int) -> None:
    """A week of announcements to some of them, at any hours, some urgent or day by day, and then one that is planned."""
    luck = random.Random(seed)
    world, begins = town.world, town.world.clock()
    world.keep(
        luck.choice([Policy(), Policy(most_per_week=2), Policy(most_per_day=2), Policy(most_per_day=0)])
    )
    for _ in range(8):
        priority = luck.choice([Priority.NORMAL, Priority.NORMAL, Priority.DRIP, Priority.URGENT])
        values: dict[str, Any] = {"priority": priority}
        if priority is Priority.DRIP:
            values["per_day"] = (
                12  # Whose day it is else depends on who before her has had enough: `releases` says.
            )
        due = begins + luck.randrange(9 * 24) * HOUR
        if luck.random() < 0.2:
            values["deadline_at"] = due + luck.choice([5, 30]) * HOUR
        await town.announce(luck.sample(town.members, luck.randint(3, 12)), due, **values)
    await world.live_until(begins + 7 * DAY + luck.randrange(10) * HOUR)
    mine = await world.write(
        luck.sample(town.members, luck.randint(6, 12)),
        priority=luck.choice([Priority.NORMAL, Priority.NORMAL, Priority.URGENT]),
    )
    when = world.clock() + luck.choice([0, 0, 3, 20, 30]) * HOUR
    found = await town.plan(mine, when)
    waiting = {day: await town.waiting(mine, when, day) for day in found.forecast.later}
    await world.confirm(mine, when)
    await world.live_until(when + 20 * DAY)
    by_day = await world.days_of(mine)
    first = in_vietnam(when).date()
    assert found.forecast.later == {day: count for day, count in by_day.items() if day > first}
    assert waiting == {day: who for day, who in (await world.who_by_day(mine)).items() if day > first}
    assert sum(by_day.values()) == found.people
    assert in_vietnam(found.finishes_at).date() == max(by_day)


async def test_who_is_asked_to_agree_reads_how_many_get_it_later(town: Town) -> None:
    world, union = town.world, town.world.union
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    mine, now = await world.write(town.members), world.clock()
    found = await town.plan(mine, now)
    async with world.database.writing() as connection:
        em = await people.add_staff(
            connection, "Đỗ Thị Em", union.province_id, role=Role.OFFICER, login="em", now=now
        )
        await people.add_contact(connection, union.account_id, "em", staff_id=em, now=now)
        approval_id = await confirming.ask(
            connection, mine, found.shown(now, at_once=True), staff_id=union.an, now=now
        )
        post = Post(connection, Outbox({}), languages(), now)
        assert await approval_letters.tell_approvers(post, approval_id or 0) == 1
        letter = str((await connection.scalars(sa.select(outbox.c.message))).all())
    assert "đã nhận đủ thông báo khác: 3 người từ ngày 24/11/2026" in letter
    assert "Xong chừng: 07:00 24/11/2026" in letter


async def test_who_is_asked_because_there_are_more_by_now_reads_how_many_get_it_later_too(
    town: Town,
) -> None:
    world = town.world
    await town.announce(town.members[:3], world.clock())
    await world.live_until(world.clock() + HOUR)
    due = world.clock() + HOUR
    mine = await town.announce(town.members, due)
    world.clock.moment = due
    found = await town.plan(mine, due)
    await count_ahead(world.database, world.clock(), Policy(approval_above=11))
    async with world.database.reading() as connection:
        summary = await connection.scalar(sa.select(approvals.c.summary))
    asked = Shown.from_json(summary or {})
    assert (asked.people, asked.later, asked.finishes_at) == (12, {MORNING.date(): 3}, found.finishes_at)
