"""Questions to pick from, and what she says to the list."""

import pytest
import sqlalchemy as sa

from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, entries
from bot.store.tables.askings import ChosenBy, Outcome
from tests.handlers.members.conftest import NewChat

_ONE = "hội viên thì được gì mất gì"  # Leads to a single suggestion while the other entry is off.
_ANSWER = "Hội viên được sinh hoạt"
_SEVERAL = "luadao"


async def _latest(database: Database) -> sa.RowMapping:
    async with database.reading() as connection:
        found = await connection.execute(sa.select(askings).order_by(askings.c.id.desc()).limit(1))
        return found.mappings().one()


async def test_what_she_picks_is_kept_as_what_she_meant(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ONE)
    assert (await _latest(database))["outcome"] is Outcome.SUGGESTED
    await chat.says("1")
    asking = await _latest(database)
    assert (asking["chosen_entry_id"], asking["chosen_by"]) == ("MEM-03", ChosenBy.MEMBER)
    await chat.says("2")
    asking = await _latest(database)
    assert (asking["chosen_entry_id"], asking["is_clear"]) == ("MEM-03", False)


@pytest.mark.parametrize(
    "words",
    [
        "dạ đúng rồi",
        "dung roi",
        "phải",
        "dạ phải rồi em ơi",
        "đúng",
        "dạ",
        "ừ",
        "có",
        "cái đầu tiên",
        "số 1",
        "một",
        "câu 1 nha",
        "ចាស",
    ],
)
async def test_yes_to_a_single_suggestion_picks_it(new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await chat.says(_ONE)
    assert (await chat.says(words))[0].startswith(_ANSWER)


async def test_yes_to_several_is_asked_once_which(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    [listed] = await chat.says(_SEVERAL)
    assert "\n2. " in listed
    [which] = await chat.says("đúng rồi")
    assert which.startswith("Dạ, chị muốn hỏi câu số mấy ạ? 1 = ")
    assert "; 2 = " in which
    assert len(which) < len(listed)
    assert await chat.says("ừ") == ["Chị gõ một số từ 1 đến 2, hoặc 0 để hỏi cán bộ."]
    assert "từ 1 đến 2" in (await chat.says("7"))[0]
    assert "OTP" in (await chat.says("cái thứ hai"))[0]


@pytest.mark.parametrize(
    "words",
    ["không phải", "dạ không phải em ơi", "khong phai", "không có câu nào", "sai rồi", "không"],
)
async def test_none_of_them_is_asked_otherwise_and_then_goes_to_a_cadre(
    new_chat: NewChat, words: str
) -> None:
    chat = new_chat("lan")
    await chat.says(_ONE)
    [said] = await chat.says(words)
    assert "nói lại bằng lời khác" in said
    assert "gõ 0" in said
    assert f"«{_ONE}»" in (await chat.says("0"))[0]


async def test_none_of_them_twice_leads_to_a_cadre(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ONE)
    await chat.says("không phải")
    await chat.says(_ONE)
    assert "cho cán bộ nghen" in (await chat.says("không phải"))[0]


async def test_nothing_of_a_topic_closes_its_list(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("MENU")
    await chat.says("1")
    assert await chat.says("không") == ["Dạ, chị cần gì cứ nhắn em nghen."]
    assert (await chat.conversation()).flow == ""


@pytest.mark.parametrize("words", ["đồng ý", "chuyển đi em", "dạ có", "chuyen giup chi nha"])
async def test_a_firm_yes_to_the_offer_of_a_cadre_is_one(new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await chat.says("loa keo tay cua chi hoi ai dang giu")
    assert "cho cán bộ nghen" in (await chat.says(words))[0]


async def test_no_to_the_offer_leaves_it(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("loa keo tay cua chi hoi ai dang giu")
    assert await chat.says("dạ không cần em") == ["Dạ, chị cần gì cứ nhắn em nghen."]
    assert (await chat.conversation()).flow == ""


async def test_a_single_word_is_answered_by_its_topic(database: Database, new_chat: NewChat) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(entries).where(entries.c.topic.in_(["ocop", "vay_von"])).values(is_on=True)
        )
        await versions.has_changed(connection, versions.ENTRIES)
    chat = new_chat("lan")
    for word, topic in (("ocop", "OCOP"), ("vay", "vay"), ("dạ vay ạ", "vay")):
        [said] = await chat.says(word)
        head, *lines = said.split("\n")
        assert "hỏi về" in head or "Có phải" in head
        assert topic.lower() in said.lower()
        assert lines[0].startswith("1. ")
        assert lines[-1].startswith("0. ")


async def test_a_suggestion_that_is_switched_off_meanwhile_leads_to_a_cadre(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await chat.says(_ONE)
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).where(entries.c.id == "MEM-03").values(is_on=False))
        await versions.has_changed(connection, versions.ENTRIES)
    assert "chưa có câu trả lời chắc chắn" in (await chat.says("1"))[0]
    assert f"«{_ONE}»" in (await chat.says("0"))[0]
