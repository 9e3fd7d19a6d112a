from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import usage
from bot.channels.contract import Limits
from bot.sending import pace
from bot.store.database import Database
from bot.store.tables import accounts, contacts, deliveries, members, message_templates
from bot.store.tables.broadcasts import DeliveryState, Priority
from broadcasts import confirming, filling, plan, progress, starting, steps, timing, writing
from broadcasts.audience import Audience
from broadcasts.content import Approved, Content, Rule, Trial
from broadcasts.foretelling import Foretelling
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
    policy: Policy = field(default_factory=Policy)

    async def plan(
        self,
        *,
        at: datetime | None = None,
        joins: bool = False,
        foretelling: Foretelling | None = None,
        **values: Any,
    ) -> Plan:
        async with self.database.writing() as connection:
            broadcast_id = await writing.create(
                connection, self.draft(**values), staff_id=self.union.an, now=self.clock()
            )
            return await plan.plan(
                connection,
                await steps.get(connection, broadcast_id),
                at or self.clock(),
                self.policy,
                now=self.clock(),
                limits={self.union.account_id: Limits(4000, 0, timedelta(seconds=10))},
                _=str,
                joins=joins,
                foretelling=foretelling,
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
    third_day = datetime.fromisoformat("2026-11-25T07:00:00+07:00")
    assert third_day < found.finishes_at < third_day + timedelta(minutes=1)
    assert not any("ban đêm" in one for one in found.warnings)


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


@dataclass(frozen=True)
class Beside:
    label: str
    at: timedelta  # When it is due, after ours begins.
    said: str | None
    values: dict[str, Any] = field(default_factory=dict)
    people: int = 60  # As many as it takes minutes, an hour.
    schedule: timing.Schedule | None = None


TOMORROW = datetime.fromisoformat("2026-11-24T09:00:00+07:00")
MINUTE = timedelta(minutes=1)
SECOND = {"vi": "Chị ơi, {{ten}}! Gõ NGUNG để dừng."}
TWO_TEXTS = Content(trial=Trial(SECOND, 20, Rule.ANSWERED, 4))  # The rest is 36 people.
ALL_IN_TWO = Content(trial=Trial(SECOND, 50, Rule.ANSWERED, 4))
NO_CAPS = Policy(most_per_day=0, most_per_week=0)
BESIDE = [
    Beside("over before ours begins", -90 * MINUTE, None),
    Beside("over at the moment when ours begins", -62 * MINUTE, None),
    Beside("in its last half hour", -30 * MINUTE, "Đến chừng 09:32 24/11/2026 còn có 1 thông báo khác"),
    Beside("begins and ends meanwhile", 10 * MINUTE, "Đến chừng 09:31", people=20),
    Beside("goes on when ours is over", 90 * MINUTE, "Cùng lúc có 1 thông báo khác"),
    Beside("begins afterwards", 130 * MINUTE, None),
    Beside("day by day since yesterday", -23 * 60 * MINUTE, "Đến chừng 07:2", {"priority": Priority.DRIP, "per_day": 40}),
    Beside("less urgent, and stands behind", -30 * MINUTE, None, {"priority": Priority.DRIP}),
    Beside("of no use after its deadline", -30 * MINUTE, None, {"deadline_at": TOMORROW}),
    Beside("the better of two texts goes later", -3 * 60 * MINUTE, "Đến chừng 10:37", {"content": TWO_TEXTS}),
    Beside("the better of two texts is over, too", -5 * 60 * MINUTE, None, {"content": TWO_TEXTS}),
    Beside("two texts, and nobody is left", -3 * 60 * MINUTE, None, {"content": ALL_IN_TWO}),
    Beside("greets who joins", 10 * MINUTE, None, people=20, schedule=timing.Joined()),
]  # fmt: skip


@pytest.mark.parametrize("case", BESIDE, ids=lambda case: case.label)
async def test_another_announcement_is_a_warning_only_while_it_goes_on(
    planner: Planner, case: Beside
) -> None:
    planner = replace(planner, policy=NO_CAPS)
    await planner.add_people(118)  # Two hours.
    await planner.pace(1 / 60)
    mine = case.values.get("per_day") and {"priority": Priority.DRIP}
    async with planner.database.writing() as connection:
        other = await writing.create(
            connection, planner.draft(**case.values), staff_id=planner.union.an, now=planner.clock()
        )
        await confirming.confirm(
            connection, other, due_at=TOMORROW + case.at, staff_id=planner.union.an, counted=case.people,
            now=planner.clock(), schedule=timing.to_json(case.schedule) if case.schedule else None,
        )  # fmt: skip
    at = TOMORROW if not mine else TOMORROW - 2 * 60 * MINUTE
    found = await planner.plan(at=at, **(mine or {}))
    said = [one for one in found.warnings if "thông báo khác" in one]
    assert (len(said) == 1 and case.said in said[0]) if case.said else not said, (said, found.finishes_at)


async def test_what_is_being_sent_is_no_warning_for_a_time_when_it_will_be_over(planner: Planner) -> None:
    planner = replace(planner, policy=NO_CAPS)
    await planner.add_people(58)
    await planner.pace(1)
    async with planner.database.writing() as connection:
        for _ in range(2):
            other = await writing.create(
                connection, planner.draft(), staff_id=planner.union.an, now=planner.clock()
            )
            await confirming.confirm(
                connection, other, due_at=planner.clock(), staff_id=planner.union.an, counted=60,
                now=planner.clock(),
            )  # fmt: skip
        for run_id in await starting.start_due(connection, planner.clock()):
            while not await filling.fill(connection, run_id, planner.clock()):
                pass
    now = planner.clock()
    beside = await planner.plan(at=now + timedelta(seconds=90))  # They share the account: two minutes.
    assert any("còn có 2 thông báo khác" in one for one in beside.warnings)
    assert (await planner.plan(at=now + timedelta(seconds=125))).warnings == ()
    assert (await planner.plan(at=now + timedelta(days=3))).warnings == ()


async def _begin(planner: Planner, *, fill: bool = True, **values: Any) -> int:
    """Another one that is begun now, to everybody. Returns its run."""
    now = planner.clock()
    async with planner.database.writing() as connection:
        other = await writing.create(connection, planner.draft(**values), staff_id=planner.union.an, now=now)
        await confirming.confirm(
            connection, other, due_at=now, staff_id=planner.union.an, counted=60, now=now
        )
        (run_id,) = await starting.start_due(connection, now)
        while fill and not await filling.fill(connection, run_id, now):
            pass
    return run_id


async def _said_of_others(
    planner: Planner, at: datetime, foretelling: Foretelling | None = None
) -> list[str]:
    found = await planner.plan(at=at, foretelling=foretelling)
    return [one for one in found.warnings if "gửi qua các kênh này" in one]


async def test_of_two_texts_that_are_tried_the_rest_goes_when_the_better_one_is_known(
    planner: Planner,
) -> None:
    planner = replace(planner, policy=NO_CAPS)
    await planner.add_people(58)
    await planner.pace(1 / 60)  # An hour for all.
    await _begin(planner, content=TWO_TEXTS)
    now = planner.clock()
    (said,) = await _said_of_others(planner, now + 4 * 60 * MINUTE)
    assert "còn có 1 thông báo khác" in said
    assert await _said_of_others(planner, now + 5 * 60 * MINUTE) == []
    assert await _said_of_others(planner, now + timedelta(days=7)) == []


async def test_what_is_just_being_filled_is_no_warning_for_a_time_when_it_will_be_over(
    planner: Planner,
) -> None:
    planner = replace(planner, policy=NO_CAPS)
    await planner.add_people(58)
    await planner.pace(1)
    await _begin(planner, fill=False)
    now = planner.clock()
    assert len(await _said_of_others(planner, now)) == 1
    assert await _said_of_others(planner, now + timedelta(days=3)) == []


async def test_whom_the_caps_hold_another_announcement_is_still_sent_to_on_their_day(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many it takes long to find out who that is. Until it is known, the warning stands for as long as that may be."""
    await planner.add_people(58)
    await planner.pace(1)
    first = await _begin(planner)
    async with planner.database.writing() as connection:
        had = sa.update(deliveries).where(deliveries.c.run_id == first)
        await connection.execute(had.values(state=DeliveryState.SENT, sent_at=planner.clock()))
    second = await _begin(planner)
    now, morning = planner.clock(), datetime.fromisoformat("2026-11-24T07:00:00+07:00")
    (said,) = await _said_of_others(planner, morning + timedelta(seconds=10))
    assert "Đến chừng 07:0" in said
    assert await _said_of_others(planner, morning + 30 * MINUTE) == []
    monkeypatch.setattr("broadcasts.foretelling._AT_ONCE", 1)
    kept = Foretelling()
    (said,) = await _said_of_others(planner, morning + 30 * MINUTE, kept)
    assert "Cùng lúc có 1 thông báo khác" in said
    assert await _said_of_others(planner, morning + timedelta(days=30), kept) == []
    async with planner.database.reading() as connection:
        await progress.of_run(connection, second, now=now, policy=planner.policy, foretelling=kept)
    assert await _said_of_others(planner, morning + 30 * MINUTE, kept) == []


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


async def test_what_is_urgent_does_not_wait_for_the_better_of_two_texts(planner: Planner) -> None:
    content = Content(trial=Trial({"vi": "Khác. NGUNG"}, 20, Rule.ANSWERED, 4))
    urgent = await planner.plan(content=content, priority=Priority.URGENT)
    assert any("Tin khẩn phải tới mọi người liền" in one for one in urgent.blockers)
    assert (await planner.plan(content=content)).blockers == ()


@pytest.mark.parametrize(
    ("people", "share", "joins", "said"),
    [
        (2, 20, False, "có thể ai cũng nhận ngay"),
        (40, 45, False, "có thể ai cũng nhận ngay"),
        (40, 20, False, None),
        (40, 50, False, "không còn ai để gửi lời hay hơn"),
        (40, 20, True, "người mới vào Hội được gửi từng đợt"),
    ],
    ids=["few", "little left", "many", "half to each", "newcomers"],
)
async def test_two_texts_that_leave_nobody_for_the_better_one_are_warned_of(
    planner: Planner, people: int, share: int, said: str | None, *, joins: bool
) -> None:
    await planner.add_people(people - 2)
    content = Content(trial=Trial({"vi": "Khác. NGUNG"}, share, Rule.ANSWERED, 4))
    found = await planner.plan(content=content, joins=joins)
    warned = [one for one in found.warnings if one.startswith("Thử hai lời")]
    assert len(warned) == (said is not None)
    assert said is None or said in warned[0]


@pytest.mark.parametrize(
    ("texts", "answers", "said"),
    [
        ({"vi": "Họp."}, [{"vi": "Đi"}], None),
        ({"vi": "Họp.", "km": "ប្រជុំ"}, [{"vi": "Đi", "km": "ទៅ"}, {"vi": "Bận"}, {"vi": "Chưa rõ", "km": ""}], "2, 3"),
        ({"vi": "Họp.", "km": "ប្រជុំ"}, [{"vi": "Đi", "km": "ទៅ"}], None),
        ({"vi": "Họp.", "km": "ប្រជុំ"}, [], None),
    ],
    ids=["Vietnamese alone", "some", "all", "no answers"],
)  # fmt: skip
async def test_answers_in_another_language_than_the_text_are_warned_of(
    planner: Planner, texts: dict[str, str], answers: list[dict[str, str]], said: str | None
) -> None:
    found = await planner.plan(texts=texts, content=Content(answers=tuple(answers)))
    warned = [one for one in found.warnings if "chưa có tiếng Khmer" in one]
    assert len(warned) == (said is not None)
    assert found.blockers == ()
    assert said is None or f"số {said} chưa" in warned[0]
