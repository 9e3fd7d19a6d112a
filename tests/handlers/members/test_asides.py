"""A question in the middle of a form is answered, and the form goes on where it was."""

import pytest

from tests.handlers.members.conftest import NewChat
from tests.handlers.members.test_registration import WHOLE, fill_in

QUESTION = "vào Hội được quyền lợi gì"
ANSWER = "Hội viên được"


@pytest.mark.parametrize(
    ("steps", "asked_again"),
    [(1, "1. Đồng ý"), (4, "họ và tên"), (5, "sinh năm nào"), (6, "xã/phường"), (7, "ấp/khóm"), (8, "số điện thoại")],
)  # fmt: skip
async def test_what_is_certain_is_answered_and_the_question_of_the_form_asked_again(
    new_chat: NewChat, steps: int, asked_again: str
) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:steps])
    before = await chat.conversation()
    said = await chat.says(QUESTION)
    assert ANSWER in said[0]
    assert "1 đã rõ" not in said[0]  # The digits are the form's.
    assert asked_again in said[-1]
    after = await chat.conversation()
    assert (after.flow, after.step, after.data | {"question_row": 0}) == (
        before.flow,
        before.step,
        before.data | {"question_row": 0},
    )


@pytest.mark.parametrize("words", ["toi muon vay von", "cho hoi cai nay ti"])
async def test_what_is_no_name_is_not_written_down_as_one(new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:4])
    said = await chat.says(words)
    assert "họ tên" in said[-1]
    assert (await chat.conversation()).step == "full_name"


async def test_a_question_is_no_hamlet(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:7])
    assert "tên ấp/khóm" in (await chat.says("cho em hoi vay tien o dau"))[-1]
    assert (await chat.conversation()).step == "hamlet"


async def test_asked_whether_to_pass_on_one_question_another_is_answered(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, ["gia vang hom nay bao nhieu mot chi", "0"])
    said = await chat.says(QUESTION)
    assert ANSWER in said[0]
    assert "gia vang" in said[-1]
    assert "đã gửi câu hỏi" in (await fill_in(chat, ["1", "0"]))[-1]


async def test_her_question_to_a_cadre_is_not_answered_in_its_place(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, ["gap can bo", QUESTION])
    assert (await chat.conversation()).step == "unit"


@pytest.mark.parametrize("wish", ["toi muon gap can bo", "em muốn gặp cán bộ xã"])
@pytest.mark.parametrize("before", [["0"], ["0", "1"]], ids=["confirm", "unit"])
async def test_a_wish_for_a_cadre_is_a_yes_to_the_question_that_lies_ready(
    new_chat: NewChat, wish: str, before: list[str]
) -> None:
    chat = new_chat("lan")
    await fill_in(chat, ["gia vang hom nay bao nhieu mot chi", *before])
    said = await chat.says(wish)
    assert len(said) == 1
    assert "xã/phường nào" in said[0]
    after = await chat.conversation()
    assert (after.step, after.data["text"]) == ("unit", "gia vang hom nay bao nhieu mot chi")
    assert "đã gửi câu hỏi" in (await chat.says("0"))[-1]
