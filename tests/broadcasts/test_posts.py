from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import groups
from bot.channels.contract import Limits
from bot.groups import Group
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import accounts, deliveries, runs
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import DeliveryState, OnUncertain, Priority, Route, RunState
from broadcasts import (
    approval,
    confirming,
    filling,
    overview,
    plan,
    posts,
    progress,
    recipients,
    running,
    sentences,
    starting,
    steps,
    writing,
)
from broadcasts.approval import Why
from broadcasts.audience import NOBODY, Audience
from broadcasts.content import Content, Post
from broadcasts.plan import Plan
from broadcasts.policy import Policy
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.announced import ASKS
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import run_of
from tests.conftest import MovingClock
from tests.people import People

GROUP, CLOSED = Group("group:1", "Cán bộ Hội", 12, is_open=True), Group("group:2", "Cũ", 3, is_open=False)


@pytest.fixture
async def account_id(database: Database, union: People, clock: MovingClock) -> int:
    """An account that is in two groups, one of which is closed."""
    async with database.writing() as connection:
        added = await people.add_account(connection, channel="zalo_oa", external_id="7", now=clock())
        await groups.keep(connection, added, [GROUP, CLOSED], now=clock())
    return added


def in_group(account_id: int, group: Group = GROUP) -> Post:
    return Post(account_id, Route.GROUP, group.address, group.name)


def article(account_id: int) -> Post:
    return Post(account_id, Route.ARTICLE, "ARTICLE-1", "ARTICLE-1")


async def _posted(database: Database, run_id: int) -> Sequence[recipients.Row]:
    async with database.reading() as connection:
        return await recipients.posts(connection, run_id)


async def test_each_place_gets_one_post_with_nobody_s_name_no_answers_and_nothing_about_stopping(
    database: Database, union: People, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    content = Content(
        answers=ASKS.answers, posts=(in_group(account_id), in_group(account_id), article(account_id))
    )
    await announce(texts={"vi": "Chào **chị {{ten}}** ở {{xa|xã nhà}}!"}, content=content)
    group, shown = await Desk(database, union, clock, account_id=account_id).claim()
    assert (group.address, group.contact_id, group.message.text) == (
        "group:1",
        None,
        "Chào chị ở xã nhà!",
    )
    assert (group.message.choices, len(group.message.spans), group.message.article) == ((), 1, "")
    assert (shown.message.article, shown.contact_id) == ("ARTICLE-1", None)
    to_people = await Desk(database, union, clock).claim()
    assert len(to_people) == 2
    assert all("NGUNG" in parcel.message.text and parcel.message.choices for parcel in to_people)


async def test_filling_once_more_posts_nothing_twice(
    database: Database, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    run_id = await announce(fill=False, content=Content(posts=(in_group(account_id),)))
    for _ in range(5):
        async with database.writing() as connection:
            await filling.fill(connection, run_id, clock(), chunk=1)
    assert len(await _posted(database, run_id)) == 1


async def test_a_scheduler_that_fills_what_another_has_filled_posts_nothing_twice(
    database: Database, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    run_id = await announce(content=Content(posts=(in_group(account_id), article(account_id))))
    async with database.writing() as connection:  # As it stood when the other one began to look.
        await connection.execute(sa.update(runs).values(state=RunState.FILLING, filled_to=0))
    async with database.writing() as connection:
        assert await filling.fill(connection, run_id, clock())
    assert [row.address for row in await _posted(database, run_id)] == ["group:1", "ARTICLE-1"]


async def test_a_post_waits_for_no_other_day_of_a_run_that_takes_many(
    database: Database, union: People, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    async with database.writing() as connection:  # The same account serves the members.
        await connection.execute(
            sa.update(accounts).where(accounts.c.id == union.account_id).values(name="Web")
        )
    same = Post(union.account_id, Route.GROUP, "group:9", "Nhóm")
    await announce(content=Content(posts=(same,)), priority=Priority.DRIP, per_day=1)
    (first,) = await Desk(database, union, clock).claim()
    assert first.address == "group:9"


async def test_what_becomes_of_a_post_is_told_apart_from_people(
    database: Database, union: People, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    run_id = await announce(content=Content(posts=(in_group(account_id), article(account_id))))
    desk = Desk(database, union, clock, account_id=account_id)
    group, shown = await desk.claim()
    await desk.settle([group], Verdict.FAILED, code="zalo_oa_group_closed", unreachable=True)
    await desk.settle([shown], Verdict.UNCERTAIN, code="zalo_oa_timeout")
    async with database.reading() as connection:
        figures = await progress.of_run(connection, run_id, now=clock())
        states = await recipients.states(connection, run_id)
        settled = (await overview.settled(connection, [run_id]))[run_id]
    assert (figures.total, figures.by_state, figures.by_code) == (2, {DeliveryState.PLANNED: 2}, {})
    assert figures.posts == {DeliveryState.FAILED: 1, DeliveryState.UNCERTAIN: 1}
    assert (figures.percent, set(states)) == (50, {DeliveryState.PLANNED})
    assert (settled.done, settled.total) == (0, 2)
    assert len(await Desk(database, union, clock).send()) == 2
    async with database.writing() as connection:
        assert await running.finish_done(connection, clock()) == [run_id]
        assert (await progress.of_run(connection, run_id, now=clock())).percent == 100
        # The one that failed may be tried again; the one in doubt is not repeated by itself.
        assert await running.retry_failed(connection, run_id, staff_id=union.an, now=clock()) == 1
    assert [parcel.address for parcel in await desk.send()] == ["group:1"]


async def test_a_dead_sender_leaves_a_post_in_doubt_and_not_posted_twice(
    database: Database, union: People, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    run_id = await announce(
        content=Content(posts=(in_group(account_id),)), on_uncertain=OnUncertain.SEND_AGAIN
    )
    desk = Desk(database, union, clock, account_id=account_id)
    await desk.claim()
    clock.move(timedelta(minutes=2))
    assert await desk.recover() == 1
    assert await desk.claim() == []
    assert [row.state for row in await _posted(database, run_id)] == [DeliveryState.UNCERTAIN]


async def test_a_lost_answer_leaves_a_post_in_doubt_whatever_the_policy_for_people(
    database: Database, union: People, clock: MovingClock, announce: Announce, account_id: int
) -> None:
    content = Content(posts=(in_group(account_id), article(account_id)))
    run_id = await announce(content=content, on_uncertain=OnUncertain.SEND_AGAIN)
    desk = Desk(database, union, clock, account_id=account_id)
    await desk.settle(await desk.claim(), Verdict.UNCERTAIN, code="zalo_oa_timeout")
    clock.move(timedelta(hours=1))
    assert await desk.claim() == []
    assert {row.state for row in await _posted(database, run_id)} == {DeliveryState.UNCERTAIN}


async def test_who_joins_gets_it_herself_and_nothing_is_posted(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    found = await _plan(
        database, union, clock, draft, joins=True, content=Content(posts=(in_group(account_id),))
    )
    assert found.posts == ()
    assert any("không đăng bài ở đâu" in one for one in found.warnings)


async def _plan(
    database: Database, union: People, clock: MovingClock, draft: Callable[..., Draft], *, joins: bool = False,
    units: int = 4000, **values: object,
) -> Plan:  # fmt: skip
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft(**values), staff_id=union.an, now=clock())
        return await plan.plan(
            connection,
            await steps.get(connection, broadcast_id),
            clock(),
            Policy(),
            now=clock(),
            limits={
                union.account_id + number: Limits(units, 0, timedelta(seconds=10)) for number in range(5)
            },
            _=str,
            joins=joins,
        )


async def test_the_plan_shows_posts_apart_from_people_and_says_what_is_different_there(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    content = Content(answers=ASKS.answers, posts=(in_group(account_id), article(account_id)))
    found = await _plan(database, union, clock, draft, content=content)
    assert (found.people, found.cost, found.blockers) == (2, 0, ())
    assert [posts.sentence(place, str) for place in found.posts] == [
        "Đăng trong nhóm «Cán bộ Hội» của 7, 12 người trong nhóm đều đọc được",
        "Gửi bài viết mã ARTICLE-1 cho mọi người quan tâm 7",
    ]
    assert any("{{ten}}" in one for one in found.warnings)
    assert any("không có câu trả lời để chọn" in one for one in found.warnings)


async def test_a_post_without_people_is_no_blocker_but_is_said(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    nobody = Audience.of_units([union.other_commune_id], ("web_chat",))
    found = await _plan(
        database, union, clock, draft, audience=nobody, content=Content(posts=(in_group(account_id),))
    )
    assert (found.people, found.blockers) == (0, ())
    assert any("chỉ đăng bài" in one for one in found.warnings)


@pytest.mark.parametrize("why", ["closed", "unknown", "refused", "gone", "long"])
async def test_a_place_that_takes_no_posts_is_a_blocker(
    database: Database,
    union: People,
    clock: MovingClock,
    account_id: int,
    draft: Callable[..., Draft],
    why: str,
) -> None:
    post, units = in_group(account_id), 4000
    match why:
        case "closed":
            post = in_group(account_id, CLOSED)
        case "unknown":
            post = in_group(account_id, Group("group:77", "Lạ", 0, is_open=True))
        case "gone":
            post = in_group(999_999)
        case "long":  # Of the group's account alone: nobody else is written to.
            units = 10
        case _:
            async with database.writing() as connection:
                await connection.execute(
                    sa.update(accounts).where(accounts.c.id == account_id).values(state=AccountState.REFUSED)
                )
    nobody = Audience.of_units([union.other_commune_id], ("web_chat",))
    found = await _plan(
        database, union, clock, draft, units=units, audience=nobody, content=Content(posts=(post,))
    )
    assert len(found.blockers) == 1
    assert post.name in found.blockers[0] or "dài quá" in found.blockers[0]


async def test_posts_need_a_second_person_and_any_change_of_them_asks_anew(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    async with database.writing() as connection:
        ids = [
            await writing.create(
                connection,
                draft(
                    audience=Audience.of_units([union.branch_id], ("web_chat",)),
                    content=Content(posts=of_it),
                ),
                staff_id=union.an,
                now=clock(),
            )
            for of_it in ((), (in_group(account_id),), (article(account_id),))
        ]
        rows = [await steps.get(connection, broadcast_id) for broadcast_id in ids]
        assert [await approval.why_needed(connection, row, 1, Policy()) for row in rows] == [
            None,
            Why.POSTS,
            Why.POSTS,
        ]
        assert len({approval.digest(row) for row in rows}) == 3


async def test_what_is_only_posted_is_for_nobody_by_name(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    content = Content(posts=(in_group(account_id),))
    found = await _plan(database, union, clock, draft, audience=NOBODY, content=content)
    assert (found.only_posts, found.people, found.left_out, found.blockers) == (True, 0, {}, ())
    assert not any("Không có hội viên nào" in one for one in found.warnings)
    without = await _plan(database, union, clock, draft, audience=NOBODY)
    assert "Không có hội viên nào" in without.blockers[0]
    joining = await _plan(database, union, clock, draft, joins=True, audience=NOBODY, content=content)
    assert "chỉ đăng bài" in joining.blockers[0]
    async with database.writing() as connection:
        kept = draft(audience=NOBODY, content=content)
        broadcast_id = await writing.create(connection, kept, staff_id=union.an, now=clock())
        row = await steps.get(connection, broadcast_id)
        assert Draft.of(row) == kept
        said = await sentences.of_audience(connection, Audience.from_json(row.audience), str)
        assert said == ["Không gửi riêng cho ai, chỉ đăng bài"]
        nothing = await writing.create(connection, draft(audience=NOBODY), staff_id=union.an, now=clock())
        with pytest.raises(Refused):
            await confirming.confirm(
                connection, nothing, due_at=clock(), staff_id=union.an, counted=0, now=clock()
            )
        await confirming.confirm(
            connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=0, now=clock()
        )
        (run_id,) = await starting.start_due(connection, clock())
        assert await filling.fill(connection, run_id, clock(), chunk=1)
        assert (await connection.scalars(sa.select(deliveries.c.address))).all() == ["group:1"]


async def test_a_run_of_nothing_but_a_post_ends(
    database: Database, union: People, clock: MovingClock, account_id: int, draft: Callable[..., Draft]
) -> None:
    nobody = Audience.of_units([union.other_commune_id], ("web_chat",))
    async with database.writing() as connection:
        broadcast_id = await writing.create(
            connection,
            draft(audience=nobody, content=Content(posts=(in_group(account_id),))),
            staff_id=union.an,
            now=clock(),
        )
        await confirming.confirm(
            connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=0, now=clock()
        )
        (run_id,) = await starting.start_due(connection, clock())
        assert await filling.fill(connection, run_id, clock())
    assert len(await Desk(database, union, clock, account_id=account_id).send()) == 1
    async with database.writing() as connection:
        assert await running.finish_done(connection, clock()) == [run_id]
        assert await connection.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 1
    assert (await run_of(database, run_id)).state is RunState.DONE
