"""Where she says that she is: those on duty there are told, and she reads it back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.people import units as tree
from bot.store.database import Database
from bot.store.tables import staff, units
from bot.store.tables.alerts import AlertState
from handlers.parts import Parts
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


Named = Callable[[str], Awaitable[int]]


@pytest.fixture
async def on_duty_in(duty: OnDuty) -> Named:
    """Puts somebody on duty in a commune of the real list; her chat has the name of the commune."""

    async def put(name: str) -> int:
        async with duty.database.writing() as connection:
            unit_id = await connection.scalar(sa.select(units.c.id).where(units.c.name == name))
            assert unit_id is not None
            staff_id = await union.add_staff(connection, "Lý Thị Tú", unit_id, now=duty.clock())
            await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(takes_alerts=True))
            await union.add_contact(
                connection, duty.people.account_id, name, staff_id=staff_id, now=duty.clock()
            )
        return int(unit_id)

    return put


async def place_of(duty: OnDuty) -> str:
    alert = await duty.alert()
    async with duty.database.reading() as connection:
        return await tree.name_of(connection, alert.unit_id)


async def test_asked_where_she_is_she_names_her_commune_and_those_there_are_told(
    duty: OnDuty, on_duty_in: Named
) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    [first] = await her.says(CRY)
    assert "Chị nhắn thêm tên xã chị đang ở" in first
    [said] = await her.says("em o xa my tu")
    assert "Chị ở xã Mỹ Tú: em báo cán bộ trực ở đó rồi." in said
    assert "4 = đừng để cán bộ xã lo" in said
    [letter] = await duty.chat("Xã Mỹ Tú").news()
    assert CRY in letter
    assert "Xã Mỹ Tú" in letter
    assert await duty.chat("mai").news() == []


PLACES = [
    ("xa mi tu", "Xã Mỹ Tú"),
    ("dạ em đang ở Mỹ Hương ạ", "Xã Mỹ Hương"),
    ("xa thuan hung huyen my tu", "Xã Mỹ Hương"),  # As it was called before.
    ("nha em o ap 3 xa long phu", "Xã Long Phú"),
    ("mẹ con em ở xã Phú Tâm", "Xã Phú Tâm"),
    ("mẹ em ở xã Phú Tâm", ""),
    ("có chị ở xã Phú Tâm cũng vậy", ""),
    ("ông xã em ở xã Phú Tâm", ""),
    ("ck em ở xã Phú Tâm", ""),
    ("chồng cũ em ở xã Phú Tâm", ""),
    ("cha dượng em ở xã Phú Tâm", ""),
    ("chồng của em ở xã Phú Tâm", ""),
    ("người yêu em ở xã Phú Tâm", ""),
    ("má em ở xã Phú Tâm", ""),
    ("chị ơi em ở xã Phú Tâm", "Xã Phú Tâm"),
    ("sợ quá mà em ở xã Phú Tâm", "Xã Phú Tâm"),
    ("dạ hiện giờ em đang ở xã Phú Tâm", "Xã Phú Tâm"),
    ("em o sau he", ""),
    ("em o mot minh voi con", ""),
    ("em chay qua nha me em o xa phu tam", ""),
    ("em sợ quá chị ơi", ""),
    ("thai máy từ tuần mấy", ""),
    ("em có nói với cán bộ ở xã Phú Tâm rồi", ""),
]


@pytest.mark.parametrize(("words", "place"), PLACES, ids=[words for words, _ in PLACES])
async def test_only_what_plainly_says_where_she_is_counts(duty: OnDuty, words: str, place: str) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    said = "\n".join(await her.says(words))
    assert await place_of(duty) == place
    assert ("Chị ở xã" in said) == bool(place)


async def test_named_in_the_cry_itself_those_there_are_told_with_the_first_letter(
    duty: OnDuty, on_duty_in: Named
) -> None:
    await on_duty_in("Xã Mỹ Tú")
    [said] = await duty.chat("somebody").says("cuu em voi chong danh em, em o xa my tu")
    assert "Chị ở xã Mỹ Tú: em báo cán bộ trực ở đó rồi." in said
    assert "tên xã chị đang ở" not in said
    [letter] = await duty.chat("Xã Mỹ Tú").news()
    assert "Xã Mỹ Tú" in letter


async def test_she_is_asked_once_she_is_not_safe_where_it_was_doubted(
    duty: OnDuty, on_duty_in: Named
) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    assert "tên xã" not in (await her.says(MURMUR))[0]
    assert "Chị nhắn thêm tên xã chị đang ở" in (await her.says("2"))[0]
    await her.says("my huong")
    assert await place_of(duty) == "Xã Mỹ Hương"
    assert "tên xã chị đang ở" not in (await her.says("2"))[0]


async def test_a_long_story_is_read_in_time(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    assert await her.says("em ở nhà em ở xã " * 5000)
    assert await place_of(duty) == ""


async def test_of_several_places_she_is_asked_which(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã An Thạnh")
    her = duty.chat("somebody")
    await her.says(CRY)
    [asked] = await her.says("em o an thanh")
    assert "1 = Xã An Thạnh" in asked
    assert "2 = Xã Cù Lao Dung" in asked
    assert (await her.says("7"))[0] == asked
    assert "em báo cán bộ trực ở đó rồi" in (await her.says("1"))[0]
    assert len(await duty.chat("Xã An Thạnh").news()) == 1
    assert (await duty.alert()).is_safe is None
    assert "mừng chị đang an toàn" in (await her.says("1"))[0]


async def test_whose_home_it_is_she_is_asked_where_it_may_be_hers(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Phú Tâm")
    her = duty.chat("somebody")
    await her.says(CRY)
    [said] = await her.says("em sợ quá em ở xã Phú Tâm")
    assert "1 = Xã Phú Tâm" in said
    assert await duty.chat("Xã Phú Tâm").news() == []
    await her.says("1")
    assert await place_of(duty) == "Xã Phú Tâm"
    assert len(await duty.chat("Xã Phú Tâm").news()) == 1


async def test_the_list_of_places_outlasts_thanks_and_its_1_is_never_safety(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("em o an thanh")
    for polite in ("cam on", "dạ"):
        await her.says(polite)
    await her.says("1")
    assert await place_of(duty) == "Xã An Thạnh"
    assert (await duty.alert()).is_safe is None


async def test_the_list_of_places_is_shown_again_below_more_of_her_story(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    for words in (CRY, "em o an thanh", "con em khóc quá"):
        [said] = await her.says(words)
    assert "ghi thêm cho cán bộ trực" in said
    assert "1 = Xã An Thạnh" in said
    assert "an toàn" not in said
    await her.says("1")
    assert await place_of(duty) == "Xã An Thạnh"
    assert (await duty.alert()).is_safe is None


@pytest.mark.parametrize("leads_away", ["5", "2"])
async def test_after_a_newer_list_of_digits_a_1_is_for_that(duty: OnDuty, leads_away: str) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("em o an thanh")
    [said] = await her.presses(leads_away, on="Chị có đang an toàn không?")
    assert "An Thạnh" not in said
    said = "\n".join([*await her.says("1"), *await her.says("1")])
    assert "An Thạnh" not in said
    assert (await duty.alert()).is_safe is True


async def test_asked_for_her_number_she_may_say_where_she_is(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    for words in (CRY, "3", "em o xa my tu"):
        said = "\n".join(await her.says(words))
    assert "Chị ở xã Mỹ Tú" in said
    assert len(await duty.chat("Xã Mỹ Tú").news()) == 1


async def test_the_commune_that_she_gave_while_registering_is_where_she_is(
    duty: OnDuty, on_duty_in: Named
) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    for words in ("DANGKY", "1", "1", "2", "Nguyễn Thị Lan", "1985", "xa my tu huyen my tu"):
        await her.says(words)
    if await place_asked(her):
        await her.says("1")
    [said] = await her.says(CRY)
    assert await place_of(duty) == "Xã Mỹ Tú"
    assert "tên xã" not in said
    assert len(await duty.chat("Xã Mỹ Tú").news()) == 1


async def place_asked(her: Chat) -> bool:
    """Whether the form still wants to know which commune it is."""
    return (await her.conversation()).step == "unit_id"


async def test_what_she_writes_instead_of_a_digit_is_heard(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("em o an thanh")
    await her.says("em chưa an toàn")
    assert (await duty.alert()).is_safe is False
    await her.says("em o an thanh")
    assert "nhắn lại tên xã" in (await her.says("hông phải"))[0]
    await her.says("xa cu lao dung")
    assert await place_of(duty) == "Xã Cù Lao Dung"


async def test_a_wrong_place_is_taken_back_and_ends_nothing(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    await her.says(MURMUR)
    await her.says("em o xa my tu")
    assert await place_of(duty) == "Xã Mỹ Tú"
    [said] = await her.says("không phải")
    assert "nhắn lại tên xã" in said
    assert (await duty.alert()).state is AlertState.DOUBTED
    assert await place_of(duty) == ""
    await her.says("xa my huong")
    assert await place_of(duty) == "Xã Mỹ Hương"


async def test_another_name_right_after_it_puts_it_right(duty: OnDuty) -> None:
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("xa my tu")
    await her.says("xa my huong")
    assert await place_of(duty) == "Xã Mỹ Hương"
    await her.says("em lo quá")
    await her.says("em lo quá")
    await her.says("my tu")  # By now it is any word of hers.
    assert await place_of(duty) == "Xã Mỹ Hương"


async def test_she_may_keep_it_from_those_there(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("đừng cho cán bộ xã biết nghen")
    [said] = await her.says("xa my tu")
    assert "cán bộ ở đó thì không" in said
    assert await duty.chat("Xã Mỹ Tú").news() == []
    assert await place_of(duty) == "Xã Mỹ Tú"


async def test_said_after_they_were_told_it_relieves_them(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    await her.says(CRY)
    await her.says("em ở xã Mỹ Tú")
    await duty.chat("Xã Mỹ Tú").platform_id("KHẨN")  # It has left.
    [said] = await her.says("đừng cho xã biết")
    assert "chỉ cán bộ cấp trên của Hội lo việc này" in said
    assert "đã có người lo" in (await duty.chat("Xã Mỹ Tú").news())[-1]


async def test_who_has_it_learns_where_she_is_and_nobody_else_is_told(
    duty: OnDuty, on_duty_in: Named
) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    await her.says(CRY)
    await duty.chat("thu").says(f"NHAN {(await duty.alert()).alert_id}")
    [said] = await her.says("my tu")
    assert "1 = Xã Mỹ Tú" in said
    [said] = await her.says("1")
    assert "em nhắn cán bộ đang lo việc của chị biết rồi" in said
    assert await duty.chat("Xã Mỹ Tú").news() == []


async def test_a_member_s_commune_is_known_and_she_is_not_asked(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    [first] = await hoa.says(CRY)
    assert "tên xã" not in first
    await hoa.says("em ở xã Mỹ Tú")
    assert (await duty.alert()).unit_id == duty.people.branch_id
    assert "xã Mỹ Tú" in (await duty.alert()).words


async def test_on_a_quiet_phone_nothing_but_the_name_is_said(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    await her.says("KIN")
    [first] = await her.says(CRY)
    assert "Chị ở xã nào?" in first
    [said] = await her.says("xa my tu")
    assert "Nơi chị ở: xã Mỹ Tú." in said
    assert "báo" not in said
    assert len(await duty.chat("Xã Mỹ Tú").news()) == 1


async def test_on_a_quiet_phone_her_words_are_not_answered_with_the_digits_each_time(duty: OnDuty) -> None:
    her = duty.chat("hoa")
    for words in ("KIN", CRY):
        await her.says(words)
    assert await her.says("em ra tới ruộng rồi") == ["Dạ, em nhớ rồi."]
    duty.clock.move(timedelta(minutes=11))
    assert "1 = ổn" in (await her.says("em còn ở ruộng"))[0]
    await duty.chat("thu").says(f"NHAN {(await duty.alert()).alert_id}")
    duty.clock.move(timedelta(minutes=11))
    assert await her.says("em đang ở sau hè") == ["Dạ, em nhớ rồi."]
    assert "sau hè" in (await duty.alert()).words


async def test_after_0_her_place_is_still_understood(duty: OnDuty, on_duty_in: Named) -> None:
    await on_duty_in("Xã Mỹ Tú")
    her = duty.chat("somebody")
    for words in (CRY, "0", "1", "xa my tu"):
        said = "\n".join(await her.says(words))
    assert "Chị ở xã Mỹ Tú" in said
    assert len(await duty.chat("Xã Mỹ Tú").news()) == 1
