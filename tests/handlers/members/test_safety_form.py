"""A form that words of danger broke off is neither lost nor in the way."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import taking
from bot.channels.contract import IncomingKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import members
from bot.store.tables.alerts import AlertState
from handlers.parts import Parts
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty

OFFER = "gõ TIEP"
HAMLET = "Chị ở ấp/khóm nào ạ?"


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


async def registers(duty: OnDuty) -> Chat:
    """As far as the question for her hamlet."""
    her = duty.chat("somebody")
    for words in ("DANGKY", "1", "1", "1", "Thạch Thị Sa", "1985", "Kế Sách", "1"):
        said = await her.says(words)
    assert HAMLET in said[-1]
    return her


async def test_once_she_is_safe_she_is_asked_once_and_apart_whether_to_go_on(duty: OnDuty) -> None:
    her = await registers(duty)
    help_at_once = await her.says(CRY)
    assert OFFER not in "\n".join(help_at_once)
    assert OFFER not in "\n".join(await her.says("2"))
    safe = await her.says("em an toàn rồi")
    assert len(safe) == 2
    assert (OFFER in safe[0], OFFER in safe[1], "113" in safe[1]) == (False, True, False)
    assert OFFER not in "\n".join(await her.says("1"))
    assert OFFER not in "\n".join(await her.says("chào em"))


async def test_tiep_goes_on_where_she_stopped_with_what_she_gave(duty: OnDuty, database: Database) -> None:
    her = await registers(duty)
    await her.says(CRY)
    await her.says("1")
    assert HAMLET in (await her.says("tiếp"))[-1]
    for words in ("ấp Mỹ Hòa", "0", "1"):
        said = await her.says(words)
    assert "cảm ơn chị Sa" in said[-1]
    async with database.reading() as connection:
        found = sa.select(members.c.full_name, members.c.birth_year, members.c.hamlet)
        rows = (await connection.execute(found.where(members.c.full_name == "Thạch Thị Sa"))).all()
    assert [tuple(row) for row in rows] == [("Thạch Thị Sa", 1985, "ấp Mỹ Hòa")]
    assert OFFER not in "\n".join(await her.says("chào em"))


async def test_she_may_go_on_whenever_she_says_so(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says(CRY)
    assert HAMLET in (await her.says("TIEP"))[-1]
    assert (await duty.alert()).state is AlertState.OPEN


@pytest.mark.parametrize(
    ("minutes", "before", "is_offered"),
    [(9, [], False), (10, [], True), (30, ["2"], False), (1, ["1"], False)],
    ids=["too soon", "after a while", "she is not safe", "offered already"],
)
async def test_a_harmless_word_after_a_while_brings_the_offer(
    duty: OnDuty, minutes: int, before: list[str], *, is_offered: bool
) -> None:
    her = await registers(duty)
    await her.says(CRY)
    for words in before:
        await her.says(words)
    duty.clock.move(timedelta(minutes=minutes))
    said = "\n".join(await her.says("chào em"))
    assert (OFFER in said) is is_offered
    assert HAMLET in (await her.says("tiep"))[-1]


async def test_what_she_asks_meanwhile_is_answered_and_the_form_is_kept(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says(CRY)
    duty.clock.move(timedelta(minutes=11))
    said = await her.says("chào em")
    assert OFFER in said[-1]
    await her.says("MENU")
    await her.says("phí hội viên bao nhiêu vậy em?")
    assert HAMLET in (await her.says("tiep"))[-1]


async def test_after_staff_have_closed_it_the_next_word_brings_the_offer(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says(CRY)
    alert = await duty.alert()
    async with duty.database.writing() as connection:
        post = Post(connection, Outbox({}), Languages({}), duty.clock())
        await taking.take(post, alert.alert_id, staff_id=duty.thu)
        await taking.close(post, alert.alert_id, staff_id=duty.thu, words="xong")
    assert OFFER in (await her.says("chào em"))[-1]


async def test_what_was_no_danger_is_taken_as_the_answer_that_it_was(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says("ấp Mỹ Hòa")  # Now she is asked for her number.
    await her.says(MURMUR)
    said = await her.says("5")
    assert "em hiểu lầm" in said[0]
    assert OFFER not in "\n".join(said)
    assert "số điện thoại 10 số" in said[-1]
    assert "Chị xem lại giúp em" in (await her.says("0"))[-1]


async def test_another_form_takes_its_place_and_erasure_leaves_nothing(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says(CRY)
    await her.says("XOA")
    await her.says("1")
    assert HAMLET not in "\n".join(await her.says("tiếp"))
    assert "Sa" not in str((await her.conversation()).data)


async def test_a_change_of_her_profile_is_gone_on_with_as_well(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says("SUAHOSO")
    asked = await hoa.says("2")
    await hoa.says(CRY)
    await hoa.says("1")
    assert (await hoa.says("làm tiếp"))[-1] == asked[-1]
    assert "em sửa rồi" in "\n".join(await hoa.says("1979"))


async def test_a_day_later_nothing_is_left_of_it(duty: OnDuty) -> None:
    her = await registers(duty)
    await her.says(CRY)
    for _ in range(5):
        duty.clock.move(timedelta(hours=6))
        await her.says("chào em")
    assert HAMLET not in "\n".join(await her.says("tiếp"))


async def test_a_late_press_that_she_is_not_safe_keeps_the_form_that_was_open(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    platform_id = await hoa.platform_id("2 = chưa an toàn")
    await hoa.says("SUAHOSO")
    asked = await hoa.says("2")
    await hoa.incoming(IncomingKind.CHOICE, "2", reply_to=platform_id)
    assert (await hoa.says("tiếp"))[-1] == asked[-1]
