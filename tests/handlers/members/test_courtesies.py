"""Politeness is answered, and nothing else is mistaken for it."""

import pytest

from tests.handlers.members.conftest import NewChat

_COURTESIES = (
    "thôi", "cảm ơn em", "cam on", "Cám ơn chị nhiều!", "dạ", "vâng", "ok", "ừ", "chào em", "hi", "alo", "tạm biệt", "hihi", "👍", "👍🏽👍🏽",
    "❤️",
)  # fmt: skip


async def test_courtesies_get_a_warm_sentence_and_are_never_looked_up(new_chat: NewChat) -> None:
    for number, text in enumerate(_COURTESIES):
        said = await new_chat(f"lan{number}").says(text)
        if text == "Cám ơn chị nhiều!":
            continue  # Not one of the spellings that are known; it only must be answered.
        assert len(said) == 1, text
        assert "câu trả lời chắc chắn" not in said[0], text
        assert "Có phải chị muốn hỏi" not in said[0], text


async def test_a_greeting_is_greeted(new_chat: NewChat) -> None:
    assert "MENU" in (await new_chat("lan").says("xin chao"))[0]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("chào em, đề án 01 là gì", "Đề án 01"),
        ("ok chong danh tui", "113"),
        ("menu", "1 Vào Hội"),
        ("vàng", "nói lại bằng lời khác"),
    ],
)
async def test_what_only_begins_politely_is_no_courtesy(new_chat: NewChat, text: str, part: str) -> None:
    assert part in (await new_chat("lan").says(text))[0]


async def test_yes_to_an_offer_is_asked_what_for(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("gia vang hom nay bao nhieu mot chi")
    assert "gõ 0" in (await chat.says("dạ"))[0]
    assert "chuyển câu này" in (await chat.says("0"))[0]


@pytest.mark.parametrize("laughter", ["hihi", "hehe em", "😂😂", "mắc cười quá"])
async def test_laughter_is_no_yes_to_an_offer(new_chat: NewChat, laughter: str) -> None:
    chat = new_chat("lan")
    await chat.says("gia vang hom nay bao nhieu mot chi")
    assert "em vui theo" in (await chat.says(laughter))[0]


async def test_enough_closes_what_was_suggested(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("gia vang hom nay bao nhieu mot chi")
    await chat.says("thôi")
    assert (await chat.conversation()).flow == ""
