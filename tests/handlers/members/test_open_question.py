"""The question that is open: old buttons do not answer it, and it does not stay open for ever."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import contacts, questions
from bot.store.tables.people import Purpose
from tests.conftest import MovingClock
from tests.handlers.members.conftest import NewChat
from tests.handlers.members.test_registration import WHOLE, fill_in, row

_NOBODY_KNOWS = "gia vang hom nay bao nhieu mot chi"
_LATER = timedelta(minutes=1)


async def test_a_consent_is_not_given_by_a_second_tap(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await chat.says("DANGKY")
    [asked] = await chat.presses("1", on="Trước khi ghi tên")
    assert await chat.presses("1", on="Trước khi ghi tên") == []
    clock.move(_LATER)
    assert await chat.presses("1", on="Trước khi ghi tên") == [asked]
    assert set((await chat.conversation()).data["consents"]) == {Purpose.PROFILE}
    [asked] = await chat.presses("2", on="nhận tin báo")
    assert "thấy tên chị" in asked


async def test_an_old_button_is_no_hamlet(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    [asked] = await fill_in(chat, WHOLE[:7])
    clock.move(_LATER)
    assert await chat.presses("1", on="nhận tin báo") == [asked]


async def test_a_button_still_answers_after_a_sentence_that_only_explains(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("DANGKY")
    await chat.says("có lẽ")
    assert "nhận tin báo" in (await chat.presses("1", on="Trước khi ghi tên"))[0]


async def test_a_button_without_its_message_acts_as_typed(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("DANGKY")
    assert "nhận tin báo" in (await chat.presses("1"))[0]


async def test_an_old_yes_erases_nothing(database: Database, new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    [asked] = await chat.says("XOA")
    clock.move(_LATER)
    assert await chat.presses("1", on="Chị xem lại giúp em") == [asked]
    assert await row(database) is not None
    assert "đã xóa hết" in (await chat.presses("1", on="xóa hết thông tin"))[0]


async def test_an_old_button_stops_and_forwards_nothing(
    database: Database, new_chat: NewChat, clock: MovingClock
) -> None:
    chat = new_chat("lan")
    await chat.says(_NOBODY_KNOWS)
    await chat.says("0")
    [asked] = await chat.says("dung")
    clock.move(_LATER)
    assert await chat.presses("1", on="chuyển câu này") == [asked]
    said = await chat.says("2")
    assert "chuyển câu này" in said[1]
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is None
        assert (await connection.execute(sa.select(sa.func.count()).select_from(questions))).scalar_one() == 0


async def test_an_old_suggestion_opens_nothing_else(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await chat.says("hội viên thì được gì mất gì")
    await chat.says("1")
    clock.move(_LATER)
    [said] = await chat.presses("2", on="Có phải chị muốn hỏi")
    assert "không còn mở" in said


async def test_what_she_left_lying_for_a_day_is_closed(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:6])
    clock.move(timedelta(hours=25))
    assert "Quyết định 01/QĐ-TTg" in (await chat.says("de an 01 la gi"))[0]


async def test_a_form_waits_for_an_evening(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:4])
    clock.move(timedelta(hours=20))
    assert "sinh năm nào" in (await chat.says("Nguyễn Thị Lan"))[0]


@pytest.mark.parametrize("words", ["chong toi danh toi hoai", _NOBODY_KNOWS])
async def test_what_she_asked_an_hour_ago_is_not_passed_on_unseen(
    new_chat: NewChat, clock: MovingClock, words: str
) -> None:
    chat = new_chat("lan")
    await chat.says(words)
    clock.move(timedelta(hours=2))
    assert "tin nhắn kế tiếp" in (await chat.says("0"))[0]


async def test_she_sees_the_words_that_go_to_a_cadre(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_NOBODY_KNOWS)
    assert f"«{_NOBODY_KNOWS}»" in (await chat.says("0"))[0]


@pytest.mark.parametrize("before", [[_NOBODY_KNOWS, "KIN"], ["chong toi danh toi hoai"]])
async def test_private_words_are_not_shown_again(new_chat: NewChat, before: list[str]) -> None:
    chat = new_chat("lan")
    await fill_in(chat, [*reversed(before)])
    assert "«" not in (await chat.says("0"))[0]


async def test_who_comes_back_is_greeted_and_asked_again(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    [asked] = await fill_in(chat, WHOLE[:4])
    greeted, again = await chat.incoming(IncomingKind.START)
    assert "máy trả lời" in greeted
    assert again == asked


@pytest.mark.parametrize(
    "word", ["NGUNG", "dừng", "KIN", "HETKIN", "HOSO", "XEM", "CAIDAT", "DONVI Kế An", "KHMER"]
)
async def test_a_word_that_only_says_something_keeps_the_form(new_chat: NewChat, word: str) -> None:
    chat = new_chat("lan")
    [asked] = await fill_in(chat, WHOLE[:6])
    said = await chat.says(word)
    assert len(said) == 2
    assert said[1] == asked or word == "KHMER"
    assert "ấp/khóm" in (await chat.says("xa Dai Hai"))[0] or word == "KHMER"
    assert (await chat.conversation()).step == "hamlet"


@pytest.mark.parametrize("word", ["MENU", "XOA", "GAPCANBO"])
async def test_a_word_that_leaves_the_form_says_so(new_chat: NewChat, word: str) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:6])
    said = await chat.says(word)
    assert "gõ DANGKY làm lại" in said[0]
    assert len(said) == 2


async def test_beginning_the_same_form_again_needs_no_word(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:6])
    assert len(await chat.says("DANGKY")) == 1


async def test_bare_dung_in_a_form_asks_back_and_goes_on(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    [asked] = await fill_in(chat, WHOLE[:6])
    assert "dừng nhận tin báo" in (await chat.says("dung"))[0]
    assert (await chat.says("2"))[1] == asked
    await chat.says("dung")
    assert "ấp/khóm" in (await chat.says("xa Dai Hai"))[0]
    await chat.says("dung")
    await chat.says("1")
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None
    assert (await chat.conversation()).step == "hamlet"
