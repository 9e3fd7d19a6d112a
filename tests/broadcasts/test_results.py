from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.people import viewers
from bot.people.viewers import Viewer
from bot.sending import pace
from bot.store.database import Database
from bot.store.pages import Place
from bot.store.tables import deliveries, interactions, responses, staff_acts
from bot.store.tables.broadcasts import DeliveryState, RunState
from bot.store.tables.messages import Direction
from bot.store.tables.people import UnitLevel
from broadcasts import overview, progress, recipients, results, running, unit_results
from broadcasts.progress import Progress
from broadcasts.recipients import PAGE_SIZE, Did, Which
from broadcasts.refused import Refused
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.ledger import add_members, change_member, ledger, outcomes
from tests.conftest import MovingClock
from tests.people import People

_EVERYBODY, _BEGINNING = Which(), Place()


async def _become(database: Database, delivery_id: int, state: DeliveryState, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.id == delivery_id).values(state=state, **values)
        )


async def _progress(database: Database, run_id: int, clock: MovingClock) -> Progress:
    async with database.reading() as connection:
        return await progress.of_run(connection, run_id, now=clock())


async def _viewer(database: Database, staff_id: int) -> Viewer:
    async with database.reading() as connection:
        viewer = await viewers.viewer(connection, staff_id)
    assert viewer is not None
    return viewer


async def test_progress_counts_every_outcome(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 6, clock)
    run_id = await announce()
    ids = [row.id for row in await ledger(database, run_id)]
    early, late = clock(), clock() + timedelta(seconds=10)
    await _become(database, ids[0], DeliveryState.SENT, sent_at=late)
    await _become(database, ids[1], DeliveryState.SENT, sent_at=early)
    await _become(database, ids[2], DeliveryState.FAILED, code="blocked")
    await _become(database, ids[3], DeliveryState.UNCERTAIN, code="timeout")
    await _become(database, ids[4], DeliveryState.SKIPPED, code="stopped")
    await _become(database, ids[5], DeliveryState.CLAIMED)
    seen = await _progress(database, run_id, clock)
    assert (seen.state, seen.total, seen.percent) == (RunState.RUNNING, 8, 62)
    assert seen.by_state == {
        DeliveryState.SENT: 2, DeliveryState.FAILED: 1, DeliveryState.UNCERTAIN: 1, DeliveryState.SKIPPED: 1,
        DeliveryState.CLAIMED: 1, DeliveryState.PLANNED: 2,
    }  # fmt: skip
    assert seen.by_code == {
        (DeliveryState.FAILED, "blocked"): 1, (DeliveryState.UNCERTAIN, "timeout"): 1, (DeliveryState.SKIPPED, "stopped"): 1
    }  # fmt: skip
    assert (seen.first_sent, seen.last_sent) == (early, late)
    # The account has no pace: what it did so far says what it can do.
    assert seen.finish == clock() + 3 * timedelta(seconds=10)


async def test_the_pace_says_when_it_will_be_finished(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=0.1)
    run_id = await announce()
    finish = (await _progress(database, run_id, clock)).finish
    assert finish is not None
    # Slots stand a little further apart than asked.
    assert timedelta(seconds=20) <= finish - clock() < timedelta(seconds=21)
    async with database.writing() as connection:
        await running.pause(connection, run_id, staff_id=union.an, now=clock())
    assert (await _progress(database, run_id, clock)).finish is None


async def test_nothing_is_promised_before_anything_is_known(
    database: Database, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(fill=False)
    seen = await _progress(database, run_id, clock)
    assert (seen.total, seen.percent, seen.finish, seen.first_sent) == (0, 0, None, None)
    with pytest.raises(Refused):
        await _progress(database, 99, clock)


async def _names(
    database: Database, run_id: int, viewer: Viewer, which: Which = _EVERYBODY, place: Place = _BEGINNING
) -> list[str]:
    async with database.reading() as connection:
        page = await recipients.page(connection, run_id, viewer, which, place)
    return [row.full_name for row in page.rows]


async def test_names_are_shown_to_officers_of_the_members_unit_only(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        mai = await people.add_member(
            connection, "Lê Thị Mai", union.other_commune_id, allows_announcements=True, now=clock()
        )
        await people.add_contact(connection, union.account_id, "mai", member_id=mai, now=clock())
    run_id = await announce()
    an, chi = await _viewer(database, union.an), await _viewer(database, union.chi)
    assert await _names(database, run_id, an) == ["Nguyễn Thị Hoa", "Thạch Thị Lan", "Lê Thị Mai"]
    assert await _names(database, run_id, chi) == ["Lê Thị Mai"]
    async with database.reading() as connection:
        assert (await recipients.count(connection, run_id, chi, Which())).number == 1
        (first, *_) = (await recipients.page(connection, run_id, an, Which(), Place())).rows
    assert (first.unit_name, first.channel) == ("Chi hội An Ninh", "web_chat")


async def test_lists_are_by_state_and_in_pages(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, PAGE_SIZE, clock)
    run_id = await announce()
    an = await _viewer(database, union.an)
    (first, *_) = await ledger(database, run_id)
    await _become(database, first.id, DeliveryState.UNCERTAIN, code="timeout")
    async with database.reading() as connection:
        one = await recipients.page(connection, run_id, an, Which(), Place())
        two = await recipients.page(connection, run_id, an, Which(), Place(after=one.after))
        back = await recipients.page(connection, run_id, an, Which(), Place(before=two.before))
    assert (len(one.rows), len(two.rows), two.after, one.before) == (PAGE_SIZE, 2, None, None)
    assert {row.delivery_id for row in one.rows}.isdisjoint(row.delivery_id for row in two.rows)
    assert back.rows == one.rows
    for which, names in (
        (Which(state=DeliveryState.UNCERTAIN), ["Nguyễn Thị Hoa"]),
        (Which(code="timeout"), ["Nguyễn Thị Hoa"]),
        (Which(state=DeliveryState.FAILED), []),
    ):
        assert await _names(database, run_id, an, which) == names


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("hoa", ["Nguyễn Thị Hoa"]),
        ("Hoa NGUYỄN", ["Nguyễn Thị Hoa"]),
        ("thi", ["Nguyễn Thị Hoa", "Thạch Thị Lan"]),
        ("ho", []),
        ("hoa lan", []),
        ("%", []),
        ("'; --", []),
        ("  ", ["Nguyễn Thị Hoa", "Thạch Thị Lan"]),
    ],
)
async def test_names_are_found_by_whole_words_with_marks_or_without(
    database: Database, union: People, announce: Announce, typed: str, found: list[str]
) -> None:
    run_id = await announce()
    assert await _names(database, run_id, await _viewer(database, union.an), Which(words=typed)) == found


async def test_counting_stops_where_nobody_reads_on(
    database: Database, union: People, announce: Announce, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "MOST_COUNTED", 3)
    await add_members(database, union, 3, clock)
    run_id = await announce()
    an = await _viewer(database, union.an)
    async with database.reading() as connection:
        everybody = await recipients.count(connection, run_id, an, Which(words="thi"))
        one = await recipients.count(connection, run_id, an, Which(words="hoa"))
    assert (everybody, one) == (recipients.Count(3, is_more=True), recipients.Count(1, is_more=False))


async def test_what_people_did_is_counted_and_leads_to_their_names(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    hoa, lan = [row.id for row in await ledger(database, run_id)]
    await change_member(database, union.lan, allows_name_to_cadres=True)
    an = await _viewer(database, union.an)
    async with database.writing() as connection:
        for delivery_id, values in (
            (hoa, {"answer": 1, "answered_at": clock(), "clicked_at": clock(), "clicks": 3}),
            (lan, {"answer": 2, "answered_at": clock(), "replied_at": clock()}),
        ):
            row = {"delivery_id": delivery_id, "run_id": run_id, **values}
            await connection.execute(sa.insert(responses).values(row))
        seen = await results.responded(connection, run_id)
    assert (dict(seen.answers), seen.answered, seen.replied, seen.clicked, seen.clicks) == (
        {1: 1, 2: 1},
        2,
        1,
        1,
        3,
    )
    for which, names in (
        (Which(answer=1), ["Nguyễn Thị Hoa"]),
        (Which(answer=2), ["Thạch Thị Lan"]),
        (Which(did=Did.ANSWERED), ["Nguyễn Thị Hoa", "Thạch Thị Lan"]),
        (Which(did=Did.REPLIED), ["Thạch Thị Lan"]),
        (Which(did=Did.CLICKED), ["Nguyễn Thị Hoa"]),
        (Which(did=Did.CLICKED, words="lan"), []),
    ):
        assert await _names(database, run_id, an, which) == names


@pytest.mark.parametrize("may_be_named", [True, False])
@pytest.mark.parametrize("is_sensitive", [True, False])
async def test_her_words_stand_beside_her_name_as_in_the_log(
    database: Database,
    union: People,
    announce: Announce,
    clock: MovingClock,
    may_be_named: bool,
    is_sensitive: bool,
) -> None:
    run_id = await announce()
    (hoa, *_) = await ledger(database, run_id)
    await change_member(database, union.hoa, allows_name_to_cadres=may_be_named)
    an = await _viewer(database, union.an)
    async with database.writing() as connection:
        line = await connection.scalar(
            sa.insert(interactions)
            .values(
                at=clock(), account_id=union.account_id, contact_id=hoa.contact_id, direction=Direction.IN, kind="text",
                text="Em tới trễ", text_folded="em toi tre", is_sensitive=is_sensitive, question_id=7,
            )
            .returning(interactions.c.id)
        )  # fmt: skip
        said = {"delivery_id": hoa.id, "run_id": run_id, "replied_at": clock(), "interaction_id": line}
        await connection.execute(sa.insert(responses).values(said))
        page = await recipients.page(connection, run_id, an, Which(did=Did.REPLIED), Place())
        everybody = await recipients.page(connection, run_id, an, Which(), Place())
    may_be_read = may_be_named and not is_sensitive
    shown = [(row.reply, row.question_id) for row in page.rows]
    assert shown == ([("Em tới trễ", 7) if may_be_read else (None, None)] if may_be_named else [])
    # Beside a name without words, the log would tell by the minute whose they are.
    assert [row.replied_at is not None for row in everybody.rows if row.id == union.hoa] == [may_be_named]


async def test_results_are_by_commune_and_by_branch_and_as_far_as_she_sees(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for name, unit_id in (
            ("Mai", union.other_commune_id),
            ("Út", union.commune_id),
            ("Sáu", union.province_id),
        ):
            member_id = await people.add_member(
                connection, name, unit_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(connection, union.account_id, name, member_id=member_id, now=clock())
    run_id = await announce()
    hoa, lan, *_ = await ledger(database, run_id)
    await _become(database, hoa.id, DeliveryState.SENT, sent_at=clock())
    await _become(database, lan.id, DeliveryState.FAILED, code="blocked")
    an, chi = await _viewer(database, union.an), await _viewer(database, union.chi)
    async with database.writing() as connection:
        said = {"delivery_id": hoa.id, "run_id": run_id, "answer": 1, "answered_at": clock()}
        await connection.execute(sa.insert(responses).values(said))
        communes = await unit_results.of_run(connection, run_id, an)
        branches = await unit_results.of_run(
            connection, run_id, an, levels=[*unit_results.COMMUNES, UnitLevel.BRANCH]
        )
        to_chi = await unit_results.of_run(connection, run_id, chi)
    assert {one.name: (one.figures.total, one.figures.of(DeliveryState.SENT), one.figures.answered) for one in communes} == {
        "Hội LHPN thành phố Cần Thơ": (1, 0, 0), "Xã Kế Sách": (3, 1, 1), "Xã Nhơn Mỹ": (1, 0, 0),
    }  # fmt: skip
    assert {(one.above, one.name): one.figures.total for one in branches} == {
        ("", "Hội LHPN thành phố Cần Thơ"): 1, ("Hội LHPN thành phố Cần Thơ", "Xã Kế Sách"): 1,
        ("Hội LHPN thành phố Cần Thơ", "Xã Nhơn Mỹ"): 1, ("Xã Kế Sách", "Chi hội An Ninh"): 2,
    }  # fmt: skip
    assert [one.name for one in to_chi] == ["Xã Nhơn Mỹ"]


async def test_the_whole_of_a_run_comes_piece_by_piece(
    database: Database, union: People, announce: Announce, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "_CHUNK", 2)
    await add_members(database, union, 3, clock)
    await announce()  # Another run, whose people are the same.
    run_id = await announce()
    an = await _viewer(database, union.an)
    pieces = [rows async for rows in recipients.chunks(database, run_id, an)]
    assert [len(rows) for rows in pieces] == [2, 2, 1]
    assert [row.delivery_id for rows in pieces for row in rows] == [
        row.id for row in await ledger(database, run_id)
    ]


async def test_the_pace_that_is_seen_is_of_the_last_messages(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 4, clock)
    run_id = await announce()
    began = clock()
    # Two messages in a moment say nothing of a pace.
    for number, (seconds, said) in enumerate(((0, None), (6, None), (12, 10))):
        at = began + timedelta(seconds=seconds)
        row = (await ledger(database, run_id))[number]
        await _become(database, row.id, DeliveryState.SENT, sent_at=at, next_at=at)
        clock.moment = at
        assert (await _progress(database, run_id, clock)).per_minute == said
    clock.move(timedelta(minutes=6))
    assert (await _progress(database, run_id, clock)).per_minute is None


async def test_the_officer_has_uncertain_ones_sent_again(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    first, second = [row.id for row in await ledger(database, run_id)]
    await _become(database, first, DeliveryState.UNCERTAIN, code="timeout")
    await _become(database, second, DeliveryState.SENT)
    async with database.writing() as connection:
        again = [
            await results.send_uncertain_again(connection, run_id, ids, staff_id=union.an, now=clock())
            for ids in ([second], [first], None)
        ]
        acts = (
            await connection.execute(sa.select(staff_acts).where(staff_acts.c.act == "uncertain_sent_again"))
        ).all()
    assert again == [0, 1, 0]
    assert await outcomes(database, run_id) == {("planned", "timeout"): 1, ("sent", ""): 1}
    assert [(act.staff_id, act.subject, act.detail) for act in acts] == [
        (union.an, f"run {run_id}", {"count": 1})
    ]


async def test_of_a_cancelled_run_nothing_is_sent_again(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
        with pytest.raises(Refused):
            await results.send_uncertain_again(connection, run_id, None, staff_id=union.an, now=clock())


async def test_who_was_erased_is_counted_but_in_no_list(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.member_id == union.hoa).values(member_id=None)
        )
    assert await _names(database, run_id, await _viewer(database, union.an)) == ["Thạch Thị Lan"]
    assert (await _progress(database, run_id, clock)).total == 2


async def test_lists_of_runs_count_no_further_than_ten_thousand(
    database: Database, union: People, announce: Announce, monkeypatch: pytest.MonkeyPatch, clock: MovingClock
) -> None:
    small = await announce()
    await add_members(database, union, 2, clock)
    large, empty = await announce(), await announce(fill=False)
    await _become(database, (await ledger(database, small))[0].id, DeliveryState.SENT)
    monkeypatch.setattr(overview, "MOST_COUNTED", 3)
    async with database.reading() as connection:
        counted = await overview.settled(connection, [small, large, empty])
        assert await overview.settled(connection, []) == {}
    assert counted == {small: overview.Settled(1, 2, sent=1), large: overview.Settled(0, 3, is_more=True)}
