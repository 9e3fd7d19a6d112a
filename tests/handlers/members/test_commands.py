"""The words that always work, and the folding traps."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import contacts, interactions, outbox, questions
from bot.store.tables.messages import OutboxState
from bot.store.tables.questions import QuestionState
from tests.handlers.members.conftest import NewChat


@dataclass(frozen=True)
class Case:
    text: str
    stops: bool
    says: str = ""


CASES = [
    Case("NGUNG", stops=True),
    Case("ngừng", stops=True),
    Case("ngưng nhận tin", stops=True),
    Case("dừng", stops=True),
    Case("Dừng!", stops=True),
    Case("stop", stops=True),
    Case("đừng nhắn nữa", stops=True),
    Case("dung nhan tin nua", stops=True),
    Case("dừng nhận tin", stops=True),
    Case("dung", stops=False, says="Chị muốn dừng nhận tin báo của Hội phải không?"),
    Case("đúng", stops=False),
    Case("dùng", stops=False),
    Case("đừng", stops=False),
    Case("Dung ơi", stops=False),
    Case("dừng lại", stops=True),
    Case("tôi muốn ngừng đóng hội phí thì sao", stops=False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
async def test_only_a_clear_word_stops_announcements(
    database: Database, new_chat: NewChat, case: Case
) -> None:
    said = await new_chat("lan").says(case.text)
    async with database.reading() as connection:
        stopped = (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None
    assert stopped is case.stops
    assert said[0].startswith(case.says)


async def test_bare_dung_asks_and_stops_only_on_one(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("dung")
    await chat.says("1")
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None


async def test_a_question_after_bare_dung_is_a_question(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("dung")
    assert "Đề án" in (await chat.says("de an 01 la gi"))[0]


async def test_quiet_mode_covers_private_answers_and_nothing_else(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    said = await chat.says("KIN")
    assert "bạo lực" not in said[0]
    assert "Tin cũ vẫn còn trên máy; chị gõ XOATIN" in said[0]
    assert "Đề án" in (await chat.says("de an 01 la gi"))[0]
    covered = await chat.says("thế nào là bạo lực gia đình")
    assert len(covered) == 1
    assert "bạo lực" not in covered[0]
    shown = await chat.says("XEM")
    assert "tổn hại" in shown[0]
    assert "không có tin" in (await chat.says("XEM"))[0]
    await chat.says("HETKIN")
    assert "tổn hại" in (await chat.says("thế nào là bạo lực gia đình"))[0]


async def test_an_answer_that_waited_for_her_to_write_is_covered_when_she_asks_for_quiet(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await chat.says("xin chào")
    async with database.writing() as connection:
        contact = (await connection.execute(sa.select(contacts))).one()
        inserted = await connection.execute(
            sa.insert(questions)
            .values(
                contact_id=contact.id, text="x", state=QuestionState.ANSWERED, asked_at=contact.created_at
            )
            .returning(questions.c.id)
        )
        await connection.execute(
            sa.insert(outbox).values(
                account_id=contact.account_id, contact_id=contact.id, question_id=inserted.scalar_one(),
                message={"text": "chuyện riêng của chị"}, state=OutboxState.HELD, next_at=contact.created_at,
                created_at=contact.created_at,
            )
        )  # fmt: skip
    await chat.says("KIN")
    async with database.reading() as connection:
        letters = list(await connection.scalars(sa.select(outbox.c.message)))
    assert not [letter for letter in letters if "chuyện riêng" in letter["text"]]
    assert len([letter for letter in letters if "Gõ XEM để đọc" in letter["text"]]) == 1
    assert await chat.says("XEM") == ["chuyện riêng của chị"]


@pytest.mark.parametrize("word", ["KIN", "XEM", "XOATIN", "HETKIN"])
async def test_the_log_does_not_tell_who_hides_something(
    database: Database, new_chat: NewChat, word: str
) -> None:
    await new_chat("lan").says(word)
    async with database.reading() as connection:
        hidden = list(await connection.scalars(sa.select(interactions.c.is_sensitive)))
    assert hidden == [True, True]


async def test_in_quiet_mode_words_of_danger_get_numbers_without_the_reason(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("KIN")
    said = await chat.says("chong danh tui")
    assert "113" in said[0]
    assert "111" in said[0]
    assert "đánh" not in said[0]


async def test_khmer_is_switched_by_a_word_and_back(new_chat: NewChat) -> None:
    chat = new_chat("srey")
    await chat.says("KHMER")
    said = await chat.says("làm hồ sơ vay vốn có tốn phí không")
    assert said
    assert "tiếng Việt" in (await chat.says("tieng viet"))[0]


async def test_receiving_again_needs_a_profile_and_a_yes(new_chat: NewChat) -> None:
    assert "DANGKY" in (await new_chat("lan").says("NHANTIN"))[0]


@pytest.mark.parametrize("word", ["menu", "MENU", "trợ giúp", "help"])
async def test_the_menu_comes_by_several_words(new_chat: NewChat, word: str) -> None:
    assert "1 Vào Hội" in (await new_chat("lan").says(word))[0]
