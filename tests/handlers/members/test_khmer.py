"""Who writes Khmer letters is answered in Khmer, and knows how to have it otherwise. The Khmer is invented and by machine."""

import pytest

from tests.catalogues import languages
from tests.handlers.members.conftest import NewChat

ASKS = "ខ្ញុំចង់សួររឿងអង្ករ"


def has_khmer(text: str) -> bool:
    return any("\u1780" <= char <= "\u17d3" for char in text)


async def test_the_greeting_says_how_to_be_spoken_to_in_the_other_language(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    assert "KHMER" in next(line for line in (await chat.says("chào em"))[0].splitlines() if has_khmer(line))
    await chat.says("KHMER")
    assert "TIENGVIET" in (await chat.says("chào em"))[0]


@pytest.mark.parametrize("words", [ASKS, "សួស្តី", "សួស្តី em"])
async def test_khmer_letters_are_answered_in_khmer_at_once(new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    said = await chat.says(words)
    assert has_khmer(said[0])
    assert "TIENGVIET" in said[-1]
    again = await chat.says(ASKS)
    assert has_khmer(again[0])
    assert "TIENGVIET" not in again[-1]


async def test_she_is_not_told_twice_by_the_greeting_itself(new_chat: NewChat) -> None:
    assert len(await new_chat("lan").says("សួស្តី")) == 1


@pytest.mark.parametrize("words", ["chào em", "vay von bao nhieu", "em oi ខ", "អរគុណច្រើន"])
async def test_vietnamese_with_a_letter_of_khmer_stays_vietnamese(new_chat: NewChat, words: str) -> None:
    assert "TIENGVIET" not in "".join(await new_chat("lan").says(words))


async def test_the_word_for_it_says_the_same_only_once(new_chat: NewChat) -> None:
    assert len(await new_chat("lan").says("ភាសាខ្មែរ")) == 1


async def test_on_words_of_danger_nothing_stands_beside_the_help(new_chat: NewChat) -> None:
    said = await new_chat("lan").says("ប្តីវាយខ្ញុំ ជួយផង")
    assert "113" in said[0]
    assert len(said) == 1


async def test_what_is_asked_in_everyday_khmer_is_answered(new_chat: NewChat) -> None:
    assert "NGUNG" in (await new_chat("lan").says("ខ្ញុំមិនចង់ទទួលសារទៀតទេ"))[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("សុខសប្បាយទេ", "Dạ, em cảm ơn chị hỏi thăm. Em là máy nên lúc nào cũng sẵn sàng; chị cần gì cứ nhắn em nghen."),
        ("ចាស អរគុណច្រើន", "Dạ, không có chi chị. Chị cần gì cứ nhắn em nghen."),
    ],
)  # fmt: skip
async def test_small_talk_in_khmer_is_answered_warmly(new_chat: NewChat, words: str, said: str) -> None:
    chat = new_chat("lan")
    await chat.says("KHMER")
    assert await chat.says(words) == [languages().of("km").gettext(said)]


async def test_no_to_a_list_is_understood_in_khmer(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("hội viên thì được gì mất gì")
    await chat.says("មិនមែនទេ")
    assert (await chat.conversation()).data["rephrased"] is True


async def test_the_remark_about_the_language_is_not_what_is_asked_again(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    asked, remark = await chat.says("ខ្ញុំចង់ជួបកម្មាភិបាល")
    assert "TIENGVIET" in remark
    assert (await chat.says("HOSO"))[-1] == asked
