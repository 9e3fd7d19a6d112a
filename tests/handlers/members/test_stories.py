"""A long kind story: she is thanked, what of it asks something is answered, and a cadre is offered."""

import pytest

from bot.answers import Match
from handlers.members import stories
from tests.handlers.members.conftest import NewChat

BEFORE = "Em ơi, hôm qua chị đi chợ gặp mấy chị em trong xóm, ai cũng nói chuyện mùa màng, lúa năm nay trúng nên vui lắm"
AFTER = "mà thôi kể vậy cho em nghe chơi cho vui cửa vui nhà"


async def test_what_of_it_is_certain_is_answered_and_named(new_chat: NewChat) -> None:
    said = (await new_chat("lan").says(f"{BEFORE}. Vào Hội được quyền lợi gì? {AFTER}"))[0]
    assert said.startswith("Dạ, em cảm ơn chị đã kể cho em nghe.")
    assert "Hội viên được" in said


async def test_where_nothing_is_certain_she_is_asked_for_one_thing_and_0_passes_on_all_of_it(
    new_chat: NewChat,
) -> None:
    chat = new_chat("lan")
    story = "trời mưa hoài lúa ngả hết trơn, ông xã thì đau lưng nằm một chỗ, con bé mới vô lớp một, heo thì rớt giá, ruộng thì ngập, thôi để từ từ rồi tính"
    said = (await chat.says(story))[-1]
    assert said.startswith("Dạ, em cảm ơn chị đã kể cho em nghe.")
    assert "gõ 0" in said or "0. " in said
    assert "lúa ngả hết trơn" in (await chat.says("0"))[-1]


def search(part: str) -> list[Match]:
    return [Match("MEM-03", 0.9, 0.95 if part == "Vào Hội được quyền lợi gì" else 0.4)]


@pytest.mark.parametrize(
    ("words", "passage"),
    [
        ("Vào Hội được quyền lợi gì", ""),
        (f"{BEFORE}. Vào Hội được quyền lợi gì? {AFTER}", "Vào Hội được quyền lợi gì"),
        (f"{BEFORE}. {AFTER}", ""),
    ],
    ids=["no story", "asks in the middle", "asks nothing"],
)
def test_only_a_long_message_is_taken_apart(words: str, passage: str) -> None:
    reading = stories.read(words, search)
    assert reading.passage == passage
    assert reading.is_story is (BEFORE in words)
