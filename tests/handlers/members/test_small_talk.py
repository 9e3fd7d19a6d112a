"""Small talk, and who it is that answers."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.store.database import Database
from bot.store.tables import alerts
from handlers.members import short_words, small_talk, who_answers
from tests.handlers.members.conftest import NewChat

_ASKED_WHO = [
    "Em là người hay máy?", "em la nguoi hay may", "ai trả lời vậy", "ai tra loi toi vay", "robot hả", "ro bot ha", "đây là máy hay người vậy em",
    "có phải đang nói chuyện với robot không", "may tra loi ha", "may tra loi tu dong phai khong", "em là AI hả", "ai dang nhan tin voi toi vay",
    "bạn là ai", "em la bot ha", "nguoi that hay may", "có phải người thật không", "chị đang nói chuyện với người hay máy", "co ai khong",
    "Em là chat bot hả", "em là trí tuệ nhân tạo hả", "cho chị hỏi em là người thật hay là máy trả lời tự động vậy em", "là máy hả", "nguoi thiet hong",
    "em có phải là người không", "MAY HAY NGUOI", "em tên gì vậy", "តើអ្នកជាមនុស្សឬម៉ាស៊ីន", "អ្នកណាឆ្លើយ", "រ៉ូបូតមែនទេ",
]  # fmt: skip

_ABOUT_ELSE = [
    "máy cày vay được không", "cho gặp người thật", "vay mua máy may", "ai được vay", "ai được vào hội", "may vay", "người khuyết tật được gì", "trả lời",
    "ai", "gặp cán bộ", "máy", "chong danh", "hội là gì", "ai trả nợ", "bao nhiêu người", "con tôi nhắn tin", "bộ máy hội", "tự động trừ tiền điện thoại",
    "cán bộ là ai", "hai người", "ai nhắn tin xin tiền", "", "1", "ខ្ញុំចង់ខ្ចីលុយ",
]  # fmt: skip


@pytest.mark.parametrize("words", _ASKED_WHO)
def test_whoever_asks_who_answers_is_understood(words: str) -> None:
    assert who_answers.is_asked(words)


@pytest.mark.parametrize("words", _ABOUT_ELSE)
def test_what_is_about_something_else_is_not_taken_for_it(words: str) -> None:
    assert not who_answers.is_asked(words)


async def test_she_is_told_plainly_that_it_is_a_machine_and_how_to_reach_a_person(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("loa keo tay cua chi hoi ai dang giu")
    [said] = await chat.says("em là người hay máy")
    assert "em là máy trả lời tự động" in said
    assert "gõ 0" in said
    assert "«loa keo tay" in (await chat.says("0"))[0]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("em khỏe không", "cảm ơn chị hỏi thăm"),
        ("ăn cơm chưa em", "cảm ơn chị hỏi thăm"),
        ("em giỏi quá", "vui lắm"),
        ("chúc mừng năm mới", "bình an"),
        ("nhắn lộn rồi em ơi", "không sao"),
        ("chờ chị chút", ""),
        ("tào lao quá", "xin lỗi"),
        ("không hiểu gì hết", "xin lỗi"),
        ("cho chị hỏi chút", "chị cứ hỏi"),
        ("giúp chị với", "chị cứ hỏi"),
        ("hả", "MENU"),
        ("dạ không", "cứ nhắn em"),
        ("cám ơn chị hội nhiều lắm ạ", "không có chi"),
        ("dạ em chào chị", "MENU"),
    ],
)
async def test_small_talk_is_answered_warmly(new_chat: NewChat, words: str, part: str) -> None:
    [said] = await new_chat("lan").says(words)
    assert part in said
    assert "Có phải chị muốn hỏi" not in said


_POLITE = (
    "dạ", "dạ vâng", "dạ có", "phải rồi", "đúng rồi", "không", "không cần", "không phải cái đó", "chuyển đi", "chào", "a lô", "cảm ơn", "tạm biệt", "xin lỗi",
    "đợi xíu", "để chị coi", "vậy hả", "hả", "em giỏi ghê", "hiểu rồi", "chưa rõ",
)  # fmt: skip


async def test_politeness_with_em_oi_is_never_taken_for_danger(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    for words in _POLITE:
        await chat.says(f"{words} em ơi")
    async with database.reading() as connection:
        raised = (await connection.execute(sa.select(alerts.c.kind))).all()
    assert raised == []


async def test_sadness_is_heard_kept_private_and_can_be_told_to_a_person(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    assert "em nghe chị đây" in (await chat.says("buồn quá em ơi"))[0]
    data = (await chat.conversation()).data
    assert (data["asked"], data["sensitive"]) == ("buồn quá em ơi", True)
    assert "cho cán bộ nghen" in (await chat.says("0"))[0]


async def test_huh_repeats_what_is_open(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    listed = await chat.says("luadao")
    assert await chat.says("hả em") == listed


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    who_answers.is_asked(text)
    small_talk.heard(text)
    short_words.says(text, short_words.YES)
    assert (picked := short_words.picked(text, 3)) is None or picked >= 0


@given(st.text(alphabet="👎👍😀. !?\u200b\ufe0f", max_size=10))
def test_signs_say_no_words(text: str) -> None:
    meant = (
        short_words.YES,
        short_words.NO,
        short_words.CLEAR,
        short_words.UNCLEAR,
        short_words.NONE_OF_THEM,
    )
    assert not any(short_words.says(text, words) for words in meant)
    assert small_talk.heard(text) is None
