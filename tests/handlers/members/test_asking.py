"""Asking: answered, suggested, or led to a person; words of danger before everything."""

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, entries, interactions, questions
from tests.handlers.members.conftest import NewChat


async def test_a_newcomer_can_ask_at_once(new_chat: NewChat) -> None:
    assert "Quyết định 01/QĐ-TTg" in (await new_chat("lan").says("de an 01 la gi"))[0]


async def test_she_is_greeted_and_told_that_a_machine_answers(new_chat: NewChat) -> None:
    said = (await new_chat("lan").incoming(IncomingKind.START))[0]
    assert "máy trả lời" in said
    assert "DANGKY" in said


async def test_an_unsure_match_is_suggested_by_number(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    said = (await chat.says("hội viên thì được gì mất gì"))[0]
    assert said.startswith("Có phải chị muốn hỏi:")
    assert "0. Không phải, hỏi cán bộ" in said
    answered = await chat.says("1")
    assert answered
    assert not answered[0].startswith("Có phải")


async def test_an_entry_that_is_off_leads_to_a_person_and_is_never_answered(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    assert "0" in (await chat.says("hoi phi phu nu bao nhieu"))[0]
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).where(entries.c.id == "FEE-01").values(is_on=True))
        await versions.has_changed(connection, versions.ENTRIES)
    said = (await chat.says("hoi phi phu nu bao nhieu"))[0]
    assert said.startswith("Mức đang áp dụng do chi hội thông báo.")
    assert "{{" not in said


@pytest.mark.parametrize(
    "text", ["lam sao vao hoi", "toi muon vao hoi", "Xin vào hội phụ nữ", "tôi muốn tham gia hội"]
)
async def test_who_wants_to_join_is_told_the_word_for_it_while_the_entry_is_off(
    new_chat: NewChat, text: str
) -> None:
    [said] = await new_chat("lan").says(text)
    assert "gõ DANGKY" in said
    assert "gõ 0" in said


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("hoi phi phu nu bao nhieu", "chưa có câu trả lời chắc chắn"),
        ("chuyen sinh hoat hoi the nao", "chưa có câu trả lời chắc chắn"),
        ("gia vang hom nay", "nói lại bằng lời khác"),
    ],
)
async def test_other_questions_are_not_led_to_registering(new_chat: NewChat, text: str, part: str) -> None:
    [said] = await new_chat("lan").says(text)
    assert part in said
    assert "DANGKY" not in said


async def test_nothing_near_is_never_guessed(new_chat: NewChat) -> None:
    said = (await new_chat("lan").says("gia vang hom nay bao nhieu mot chi"))[0]
    assert "nói lại bằng lời khác" in said
    assert "1. " not in said


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "...", "?"])
async def test_no_words_get_a_kind_sentence(new_chat: NewChat, text: str) -> None:
    assert (await new_chat("lan").says(text))[0]


@pytest.mark.parametrize(("digit", "part"), [("1", "Vào Hội"), ("6", "Trẻ em"), ("9", "NGUNG")])
async def test_the_menus_digits_open_topics(new_chat: NewChat, digit: str, part: str) -> None:
    chat = new_chat("lan")
    await chat.says("menu")
    said = (await chat.says(digit))[0]
    assert part in said
    assert "là một mục" not in said


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("chong danh tui", "113"),
        ("Chồng tui say rượu đập vợ con", "113"),
        ("con nho hang xom bi xam hai", "111"),
        ("khong muon song nua", "115"),
    ],
)
async def test_words_of_danger_are_answered_at_once_and_not_logged(
    database: Database, new_chat: NewChat, text: str, number: str
) -> None:
    said = (await new_chat("lan").says(text))[0]
    assert number in said
    async with database.reading() as connection:
        logged = list(await connection.scalars(sa.select(interactions.c.text)))
    assert not [line for line in logged if line]


async def test_words_of_danger_come_before_an_open_form(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("DANGKY")
    await chat.says("1")
    assert "113" in (await chat.says("cuu toi chong danh"))[0]


async def test_a_picture_gets_one_sentence_for_a_whole_album(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    first = await chat.incoming(IncomingKind.MEDIA, media="photo", album="a1")
    second = await chat.incoming(IncomingKind.MEDIA, media="photo", album="a1")
    assert len(first) == 1
    assert "căn cước" in first[0]
    assert second == []


async def test_where_an_old_commune_belongs_now(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    assert "Xã Kế Sách" in (await chat.says("DONVI Kế An"))[0]
    assert "DONVI Kế An" in (await chat.says("donvi"))[0]


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "\u202ehello", "'; DROP TABLE members; --", "<script>alert(1)</script>"]
)
async def test_rubbish_is_answered_like_any_question(new_chat: NewChat, text: str) -> None:
    assert await new_chat("lan").says(text)


@pytest.fixture
async def all_entries_on(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).values(is_on=True))
        await versions.has_changed(connection, versions.ENTRIES)


@pytest.mark.parametrize("asks", ["chong kiem soat tien co phai bao luc khong", "4"])
@pytest.mark.usefixtures("all_entries_on")
async def test_a_quiet_phone_shows_no_telling_suggestion_until_she_asks_for_it(
    new_chat: NewChat, asks: str
) -> None:
    chat = new_chat("lan")
    await chat.says("KIN")
    [covered] = await chat.says(asks)
    assert "bạo lực" not in covered
    assert "Gõ XEM" in covered
    [shown] = await chat.says("XEM")
    assert "bạo lực" in shown
    [answered] = await chat.says("1")
    assert "Gõ XEM" in answered


@pytest.mark.usefixtures("all_entries_on")
async def test_what_may_be_private_stays_out_of_the_log_and_goes_on_as_a_private_matter(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    assert "bạo lực gia đình" in (await chat.says("chong kiem soat tien co phai bao luc khong"))[0]
    await chat.says("0")
    await chat.says("1")
    await chat.says("0")
    async with database.reading() as connection:
        logged = " ".join(await connection.scalars(sa.select(interactions.c.text)))
        question = (await connection.execute(sa.select(questions))).one()
    assert "kiem soat tien" not in logged
    assert "bạo lực gia đình" not in logged
    assert question.is_sensitive


@pytest.mark.usefixtures("all_entries_on")
@pytest.mark.parametrize("asked", ["hoi co cho muon may khau khong", "cho muon loa keo hong"])
async def test_what_is_only_far_from_a_private_entry_is_kept_for_officers(
    database: Database, new_chat: NewChat, asked: str
) -> None:
    await new_chat("lan").says(asked)
    async with database.reading() as connection:
        assert list(await connection.scalars(sa.select(askings.c.text))) == [asked]
        assert asked in list(await connection.scalars(sa.select(interactions.c.text)))


@pytest.mark.usefixtures("all_entries_on")
@pytest.mark.parametrize("asked", ["bo thai o dau"])
async def test_a_list_that_her_private_words_get_is_covered_and_they_are_not_kept(
    database: Database, new_chat: NewChat, asked: str
) -> None:
    chat = new_chat("lan")
    await chat.says("KIN")
    [covered] = await chat.says(asked)
    assert "Gõ XEM" in covered
    assert "bầu" not in covered
    [shown] = await chat.says("XEM")
    assert "Có bầu" in shown
    async with database.reading() as connection:
        assert set(await connection.scalars(sa.select(askings.c.text))) == {""}


async def test_a_topic_whose_entries_are_all_off_offers_a_person(
    database: Database, new_chat: NewChat
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).values(is_on=False))
        await versions.has_changed(connection, versions.ENTRIES)
    assert "chưa có câu trả lời chắc chắn" in (await new_chat("lan").says("2"))[0]
