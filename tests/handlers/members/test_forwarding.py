"""What lies ready for a cadre: nothing grave is lost on the way, and a picture goes with the words it was sent for."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import FileKind, IncomingKind, RemoteFile
from bot.store.database import Database
from bot.store.tables import askings, files, interactions, questions
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers.members.conftest import NewChat

DANGER = "chong danh toi"
ORDINARY = "gia vang hom nay bao nhieu mot chi"
ABOUT_A_PAPER = "em coi giup chi cai giay nay"


async def last_question(database: Database) -> dict[str, Any]:
    async with database.reading() as connection:
        newest = sa.select(questions).order_by(questions.c.id.desc()).limit(1)
        return dict((await connection.execute(newest)).mappings().one())


async def count_questions(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(sa.func.count()).select_from(questions))).scalar_one()


async def says_all(chat: Chat, *said: str) -> str:
    """The last answer to the last thing she says."""
    for words in said:
        answer = (await chat.says(words))[-1]
    return answer


# A wish for a cadre


@pytest.mark.parametrize(
    "wish",
    [
        "gặp cán bộ",
        "gap can bo",
        "GAPCANBO",
        "muốn gặp cán bộ",
        "toi muon gap can bo",
        "Tôi muốn nói chuyện với cán bộ Hội.",
        "cho em gap can bo nha",
        "noi chuyen voi can bo",
    ],
)
async def test_a_wish_for_a_cadre_confirms_what_lies_ready(
    database: Database, new_chat: NewChat, wish: str
) -> None:
    said = await says_all(new_chat("lan"), DANGER, "0", wish)
    assert "TRACUU" in said
    question = await last_question(database)
    assert (question["text"], question["is_urgent"], question["is_sensitive"]) == (DANGER, True, True)


async def test_a_wish_for_a_cadre_confirms_an_ordinary_question_too(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    assert "xã/phường nào" in await says_all(chat, ORDINARY, "0", "toi muon gap can bo")
    assert "xã/phường nào" in await says_all(chat, "gap can bo")
    await chat.says("0")
    assert (await last_question(database))["text"] == ORDINARY


@pytest.mark.parametrize("wish", ["gap can bo", "toi muon gap can bo", "phan anh", "0"])
async def test_after_words_of_danger_a_wish_for_a_cadre_passes_them_on(
    database: Database, new_chat: NewChat, wish: str
) -> None:
    chat = new_chat("lan")
    assert "1 = chuyển" in await says_all(chat, DANGER, wish)
    await chat.says("1")
    assert (await last_question(database))["text"] == DANGER


async def test_a_wish_is_not_what_she_writes_anew(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    assert "1 = chuyển" in await says_all(chat, DANGER, "0", "2", "toi muon gap can bo")
    await chat.says("1")
    assert (await last_question(database))["text"] == DANGER


# Words that are added


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["chong danh toi", "0", "toi o ap An Ninh"], "chong danh toi\ntoi o ap An Ninh"),
        (["chong danh toi", "0", "no doi giet toi", "0"], "chong danh toi\nno doi giet toi"),
        (["chong danh toi", "no doi giet toi", "0"], "chong danh toi\nno doi giet toi"),
        (["chong danh toi", "toi so qua em oi", "0"], "chong danh toi\ntoi so qua em oi"),
        (["chong danh toi", "menu", "0"], "chong danh toi"),
        (["chong danh toi", "menu", "1", "0"], "chong danh toi"),
        (["chong danh toi", "de an 01 la gi", "0"], "chong danh toi\nde an 01 la gi"),
        (["chong danh toi", "chong danh toi", "0"], "chong danh toi"),
    ],
)
async def test_words_of_danger_stay_whatever_she_writes_after_them(
    database: Database, new_chat: NewChat, said: list[str], kept: str
) -> None:
    chat = new_chat("lan")
    asked = await says_all(chat, *said)
    assert "1 = chuyển, 2 = viết lại" in asked
    assert DANGER not in asked
    assert await count_questions(database) == 0
    await chat.says("1")
    question = await last_question(database)
    assert (question["text"], question["is_urgent"], question["is_sensitive"]) == (kept, True, True)
    async with database.reading() as connection:
        logged = " ".join(await connection.scalars(sa.select(interactions.c.text)))
    assert not any(line in logged for line in kept.split("\n"))


async def test_what_is_added_to_words_of_danger_is_bounded(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await says_all(chat, DANGER, "0", "va nua " * 1000, "va nua " * 1000, "1")
    kept = (await last_question(database))["text"]
    assert kept.startswith(DANGER)
    assert len(kept) <= 4000


async def test_a_private_question_keeps_its_words_too(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await says_all(chat, "chong toi cu chui mang hoai", "0", "toi buon lam", "1", "0")
    question = await last_question(database)
    assert question["text"] == "chong toi cu chui mang hoai\ntoi buon lam"
    assert question["is_sensitive"]


async def test_an_ordinary_question_written_anew_replaces_the_one_before(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    assert "«may khau cho muon khong»" in await says_all(chat, ORDINARY, "0", "may khau cho muon khong")
    await says_all(chat, "1", "0")
    assert (await last_question(database))["text"] == "may khau cho muon khong"


async def test_a_correction_changes_only_the_words_it_corrects(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await says_all(chat, DANGER, "0", "toi o ap An Ninh nha so nam")
    await chat.incoming(IncomingKind.EDITED, "toi o ap An Ninh nha so sau")
    await chat.says("1")
    assert (await last_question(database))["text"] == f"{DANGER}\ntoi o ap An Ninh nha so sau"


# What she is told


async def test_who_is_in_danger_is_not_told_to_wait_for_days(new_chat: NewChat) -> None:
    said = await says_all(new_chat("lan"), DANGER, "0", "1")
    assert "ngày làm việc" not in said
    assert "việc gấp" in said
    assert "đừng đợi" in said
    assert all(number in said for number in ("113", "115", "111"))


async def test_an_ordinary_question_is_told_how_long_it_takes(new_chat: NewChat) -> None:
    assert "1 đến 2 ngày làm việc" in await says_all(new_chat("lan"), ORDINARY, "0", "1", "0")


# Pictures


async def sends_picture(chat: Chat, words: str = "", **fields: Any) -> list[str]:
    picture = (RemoteFile(FileKind.IMAGE, "anh"),)
    return await chat.incoming(IncomingKind.MEDIA, words, media="photo", files=picture, **fields)


async def files_of(database: Database, code: int | None) -> int:
    async with database.reading() as connection:
        found = sa.select(sa.func.count()).select_from(files).where(files.c.question_id == code)
        return (await connection.execute(found)).scalar_one()


@pytest.mark.parametrize("caption", ["", "to giay mau xanh nay ne"])
async def test_a_picture_goes_with_the_words_that_lie_ready_not_with_an_older_question(
    database: Database, new_chat: NewChat, caption: str
) -> None:
    chat = new_chat("lan")
    await says_all(chat, ORDINARY, "0", "1", "0")
    older = (await last_question(database))["id"]
    await chat.says(ABOUT_A_PAPER)
    assert "0" in (await sends_picture(chat, caption))[0]
    assert await files_of(database, older) == 0
    assert "Câu hỏi có kèm 1 hình" in await says_all(chat, "0")
    await says_all(chat, "1", "0")
    newer = await last_question(database)
    assert newer["text"] == (caption or ABOUT_A_PAPER)
    assert (await files_of(database, older), await files_of(database, newer["id"])) == (0, 1)


async def test_with_nothing_ready_a_picture_goes_with_the_open_question(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await says_all(chat, ORDINARY, "0", "1", "0")
    assert "em gửi kèm câu hỏi mã" in (await sends_picture(chat))[0]
    assert await files_of(database, (await last_question(database))["id"]) == 1


async def test_a_picture_after_words_of_danger_goes_to_no_older_question(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await says_all(chat, ORDINARY, "0", "1", "0", DANGER)
    assert "em chưa xem được hình" in (await sends_picture(chat))[0]
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(files))).all() == []


# What the FAQ made of it


async def _asked_as(database: Database) -> list[int | None]:
    """By asking of the FAQ, in their order: the question that it became."""
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(askings.c.question_id).order_by(askings.c.id)))


async def test_a_private_asking_is_known_to_have_become_the_question_however_late(
    database: Database, new_chat: NewChat, clock: MovingClock
) -> None:
    chat = new_chat("lan")
    await chat.says("muon ly hon thi hoi ai")
    await chat.says("0")
    clock.move(timedelta(hours=3))
    await says_all(chat, "1", "0")
    question = await last_question(database)
    assert await _asked_as(database) == [question["id"]]


async def test_what_was_asked_before_is_not_taken_for_the_words_of_danger_passed_on(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await says_all(chat, "muon ly hon thi hoi ai", "thôi", DANGER, "0", "1")
    assert (await last_question(database))["is_urgent"]
    assert await _asked_as(database) == [None]


# What is no question

ASKED = "mua bao hiem xe may o dau"
REFUSED = "Dạ, em không chuyển. Chị cần gì cứ nhắn em nghen."
OFFER = "Chị gõ 1 để chuyển, 2 để viết lại, hoặc THÔI để bỏ."


@pytest.mark.parametrize("step", [[ASKED, "0"], ["0"], ["0", ASKED]], ids=["confirm", "text", "unit"])
@pytest.mark.parametrize("words", ["thoi khoi", "khong can dau", "không", "khỏi em", "thôi không cần nữa"])
async def test_a_refusal_ends_it_kindly(
    database: Database, new_chat: NewChat, step: list[str], words: str
) -> None:
    hoa = new_chat("hoa")
    assert await says_all(hoa, *step, words) == REFUSED
    assert (await hoa.conversation()).flow == ""
    assert await count_questions(database) == 0


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("cam on em", "không có chi chị"),
        ("អរគុណ", "không có chi chị"),
        ("may hay nguoi vay", "máy trả lời tự động"),
        ("em ăn cơm chưa", "cảm ơn chị hỏi thăm"),
        ("giỏi ghê", "được chị khen"),
    ],
)
async def test_a_courtesy_is_answered_and_the_offer_stays(
    database: Database, new_chat: NewChat, words: str, answer: str
) -> None:
    hoa = new_chat("hoa")
    await says_all(hoa, ASKED, "0")
    answered, offered = await hoa.says(words)
    assert answer in answered
    assert offered == OFFER
    await says_all(hoa, "1", "0")
    assert (await last_question(database))["text"] == ASKED


async def test_a_refusal_in_khmer_ends_it(database: Database, new_chat: NewChat) -> None:
    hoa = new_chat("hoa")
    await says_all(hoa, ASKED, "0", "មិនត្រូវការទេ")
    assert (await hoa.conversation()).flow == ""
    assert await count_questions(database) == 0


async def test_asked_for_her_question_a_courtesy_is_none(database: Database, new_chat: NewChat) -> None:
    hoa = new_chat("hoa")
    said = await says_all(hoa, "0", "dạ", "cam on em")
    assert "chị viết câu hỏi bằng chữ giúp em" in said
    await says_all(hoa, ASKED, "0")
    assert (await last_question(database))["text"] == ASKED


async def test_who_is_in_danger_and_refuses_is_still_asked_whether_she_is_safe(new_chat: NewChat) -> None:
    hoa = new_chat("hoa")
    await says_all(hoa, DANGER, "0", "thôi")
    assert "chị đang an toàn" in await says_all(hoa, "1")
