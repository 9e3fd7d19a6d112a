"""What lies ready for a cadre: nothing grave is lost on the way, and a picture goes with the words it was sent for."""

from tests.chat import Chat
from tests.handlers.members.conftest import NewChat

DANGER = "chong danh toi"
ORDINARY = "gia vang hom nay bao nhieu mot chi"


async def says_all(chat: Chat, *said: str) -> str:
    """The last answer to the last thing she says."""
    for words in said:
        answer = (await chat.says(words))[-1]
    return answer


# What she is told


async def test_who_is_in_danger_is_not_told_to_wait_for_days(new_chat: NewChat) -> None:
    said = await says_all(new_chat("lan"), DANGER, "0", "1")
    assert "ngày làm việc" not in said
    assert "việc gấp" in said
    assert "đừng đợi" in said
    assert all(number in said for number in ("113", "115", "111", "1900 96 96 80"))


async def test_an_ordinary_question_is_told_how_long_it_takes(new_chat: NewChat) -> None:
    assert "1 đến 2 ngày làm việc" in await says_all(new_chat("lan"), ORDINARY, "0", "1", "0")
