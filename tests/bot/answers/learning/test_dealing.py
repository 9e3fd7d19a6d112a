"""Which askings wait, what becomes of them, and which entries want a look."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.answers.learning import dealing, usage, waiting
from bot.answers.learning.kept_groups import KeptGroups
from bot.answers.learning.sight import EVERYTHING
from bot.starting_content import load_starting_content
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, entries, entry_texts, interactions, questions, units
from bot.store.tables.askings import ChosenBy, Outcome
from bot.store.tables.messages import Direction
from bot.store.tables.questions import QuestionState
from tests import people
from tests.bot.answers.learning.askings import add_asking
from tests.conftest import MovingClock
from tests.people import People

ENTRY = "MEM-01"


@pytest.fixture
async def union(database: Database, clock: MovingClock) -> People:
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
    return await people.settle(database, clock())


async def _path(database: Database, unit_id: int) -> str:
    async with database.reading() as connection:
        return str(await connection.scalar(sa.select(units.c.path).where(units.c.id == unit_id)))


async def _waiting(database: Database, clock: MovingClock, sight: str = EVERYTHING) -> list[str]:
    async with database.reading() as connection:
        return [one.text for one in await waiting.waiting(connection, sight, now=clock())]


async def test_what_waits_is_what_had_no_clear_answer(
    database: Database, union: People, clock: MovingClock
) -> None:
    now = clock()
    async with database.writing() as connection:
        question = sa.insert(questions).values(text="x", state=QuestionState.WAITING, asked_at=now)
        asked = (await connection.execute(question.returning(questions.c.id))).scalar_one()
        cases = [
            # waits, outcome, other columns
            (True, Outcome.NO_ANSWER, {}),
            (True, Outcome.REPHRASE, {}),
            (True, Outcome.NO_ANSWER, {"question_id": asked, "chosen_entry_id": ENTRY, "chosen_by": ChosenBy.CADRE}),
            (True, Outcome.ANSWERED, {"is_clear": False}),
            (True, Outcome.SUGGESTED, {"question_id": asked}),
            (False, Outcome.SUGGESTED, {}),
            (False, Outcome.SUGGESTED, {"chosen_entry_id": ENTRY, "chosen_by": ChosenBy.MEMBER}),
            (False, Outcome.ANSWERED, {}),
            (False, Outcome.ANSWERED, {"is_clear": True}),
            (False, Outcome.NO_ANSWER, {"dealt_with_at": now}),
        ]  # fmt: skip
        for n, (waits, outcome, values) in enumerate(cases):
            text = f"{n} {'chờ' if waits else 'xong'}"
            await add_asking(connection, text, at=now, outcome=outcome, **values)
        await add_asking(connection, "lâu rồi", at=now - timedelta(days=91))
        await add_asking(connection, "", at=now)
    found = await _waiting(database, clock)
    assert sorted(found) == sorted(f"{n} chờ" for n, (waits, *_) in enumerate(cases) if waits)
    async with database.reading() as connection:
        assert await waiting.private_ones(connection, EVERYTHING, now=now) == 1


async def test_below_the_top_only_her_own_units_askings_are_seen(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for text, unit in (("gần", union.branch_id), ("xa", union.other_commune_id), ("không rõ", None)):
            await add_asking(connection, text, at=clock(), unit_id=unit)
    assert await _waiting(database, clock, await _path(database, union.commune_id)) == ["gần"]
    assert sorted(await _waiting(database, clock)) == ["gần", "không rõ", "xa"]


async def test_put_with_an_entry_its_phrasings_grow_and_the_evidence_is_kept(
    database: Database, union: People, clock: MovingClock
) -> None:
    new = ["làm sao vô hội vậy chị", "muốn vô Hội nè"]
    async with database.writing() as connection:
        ids = [await add_asking(connection, text, at=clock()) for text in new]
        before = await versions.version_of(connection, versions.ENTRIES)
    clock.move(timedelta(minutes=1))
    async with database.writing() as connection:
        held = await waiting.still_waiting(connection, EVERYTHING, [*ids, 999], now=clock())
        assert held == ids
        added = await dealing.add_phrasings(
            connection, ENTRY, [*new, "Muốn vô hội NÈ!"], staff_id=union.an, now=clock()
        )
        await dealing.put_with(connection, held, ENTRY, now=clock())
    assert added == 2
    async with database.reading() as connection:
        its = sa.and_(entry_texts.c.entry_id == ENTRY, entry_texts.c.language == "vi")
        kept = (await connection.execute(sa.select(entry_texts.c.phrasings).where(its))).scalar_one()
        assert kept[-2:] == new
        rows = (await connection.execute(sa.select(askings).order_by(askings.c.id))).all()
        assert {(row.chosen_entry_id, row.chosen_by, row.dealt_with_at) for row in rows} == {
            (ENTRY, ChosenBy.OFFICER, clock())
        }
        assert await versions.version_of(connection, versions.ENTRIES) > before
        by = sa.select(entries.c.updated_by, entries.c.updated_at).where(entries.c.id == ENTRY)
        assert (await connection.execute(by)).one() == (union.an, clock())
    assert await _waiting(database, clock) == []


async def test_an_entry_takes_no_more_phrasings_than_it_may_have(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        many = [f"cách hỏi thứ {n} của em" for n in range(61)]
        assert await dealing.add_phrasings(connection, ENTRY, many, staff_id=union.an, now=clock()) is None
        its = sa.and_(entry_texts.c.entry_id == ENTRY, entry_texts.c.language == "vi")
        kept = (await connection.execute(sa.select(entry_texts.c.phrasings).where(its))).scalar_one()
        assert not set(many) & set(kept)


async def test_what_was_put_aside_can_be_taken_back_but_not_what_was_dealt_with(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        ids = [await add_asking(connection, text, at=clock()) for text in ("một", "hai")]
        await dealing.put_aside(connection, ids, now=clock())
    assert await _waiting(database, clock) == []
    at = clock()
    clock.move(timedelta(minutes=1))
    async with database.writing() as connection:
        await dealing.put_with(connection, ids[:1], ENTRY, now=clock())
        assert await dealing.take_back(connection, ids, put_aside_at=at) == 1
    assert await _waiting(database, clock) == ["hai"]


async def test_groups_are_put_together_anew_only_when_something_is_new(
    database: Database, union: People, clock: MovingClock
) -> None:
    kept = KeptGroups()
    old = timedelta(minutes=5)
    async with database.writing() as connection:
        first = await add_asking(connection, "mượn máy may ở đâu", at=clock())
    async with database.reading() as connection:
        groups = await kept.current(connection, EVERYTHING, now=clock())
        assert [one.group_id for one in groups] == [first]
        assert await kept.current(connection, EVERYTHING, now=clock()) is groups
    async with database.writing() as connection:
        await add_asking(connection, "lớp nấu ăn mấy giờ", at=clock())
    async with database.reading() as connection:
        assert await kept.current(connection, EVERYTHING, now=clock(), may_be_old=old) is groups
        assert len(await kept.current(connection, EVERYTHING, now=clock())) == 2
        assert await kept.current(connection, "/999/", now=clock()) == ()
    async with database.writing() as connection:
        await dealing.put_aside(connection, [first], now=clock())
    kept.look_again()
    async with database.reading() as connection:
        assert len(await kept.current(connection, EVERYTHING, now=clock(), may_be_old=old)) == 1


async def test_an_entry_counts_as_unasked_after_ninety_days_without_anybody(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.reading() as connection:
        everyday = sa.and_(entries.c.is_on, entries.c.sensitive != "high", entries.c.escalate != "urgent")
        on = list(await connection.scalars(sa.select(entries.c.id).where(everyday).order_by(entries.c.id)))
        private = await connection.scalar(
            sa.select(sa.func.count()).where(entries.c.is_on, entries.c.sensitive == "high")
        )
        assert private  # They are never among the unasked.
        assert await usage.unasked(connection, EVERYTHING, now=clock()) == []  # All are new.
    clock.move(timedelta(days=95))
    answered, suggested, chosen, in_menu, weak, edited, longer_ago, never = on[:8]
    async with database.writing() as connection:
        at = clock() - timedelta(days=5)
        await add_asking(connection, "a", at=at, outcome=Outcome.ANSWERED, entry_id=answered)
        await add_asking(connection, "b", at=at, outcome=Outcome.SUGGESTED, entry_id=suggested)
        await add_asking(connection, "c", at=at, chosen_entry_id=chosen, chosen_by=ChosenBy.CADRE)
        await add_asking(connection, "d", at=at, outcome=Outcome.NO_ANSWER, entry_id=weak)
        before = clock() - timedelta(days=91)
        await add_asking(connection, "e", at=before, outcome=Outcome.ANSWERED, entry_id=longer_ago)
        await connection.execute(
            sa.insert(interactions).values(
                at=at, account_id=union.account_id, direction=Direction.OUT, kind="answer", text="", text_folded="",
                contact_id=(await people.contact_of(database, union.account_id, "hoa")).contact_id, entry_id=in_menu,
            )
        )  # fmt: skip
        await connection.execute(sa.update(entries).where(entries.c.id == edited).values(updated_at=at))
    async with database.reading() as connection:
        found = {row.id for row in await usage.unasked(connection, EVERYTHING, now=clock())}
        assert await usage.unasked(connection, "/999/", now=clock()) == []
    assert found == set(on) - {answered, suggested, chosen, in_menu, edited}
    assert {weak, longer_ago, never} <= found


async def test_what_expires_within_thirty_days_is_told_the_oldest_first(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        on = list(
            await connection.scalars(sa.select(entries.c.id).where(entries.c.is_on).order_by(entries.c.id))
        )
        # It is 9 in the morning of 23 November in Vietnam.
        days = [date(2026, 12, 23), date(2026, 12, 24), date(2026, 11, 1), date(2026, 11, 23)]
        for entry_id, day in zip(on, days, strict=False):
            await connection.execute(
                sa.update(entries).where(entries.c.id == entry_id).values(expires_on=day)
            )
        off = sa.update(entries).where(entries.c.id == on[4])
        await connection.execute(off.values(expires_on=days[2], is_on=False))
        mine = sa.update(entries).where(entries.c.id == on[0])
        await connection.execute(mine.values(unit_id=union.commune_id))
    async with database.reading() as connection:
        rows = await usage.expiring(connection, EVERYTHING, now=clock())
        path = await _path(database, union.commune_id)
        own = await usage.expiring(connection, path, now=clock())
    assert [row.id for row in rows] == [on[2], on[3], on[0]]
    assert [(row.id, row.unit_name) for row in own] == [(on[0], "Xã Kế Sách")]
