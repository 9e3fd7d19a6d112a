"""A message without a letter: numbers that answer nothing, signs, emoji. Never looked up, for it asks nothing."""

from bot.channels.contract import Choice
from bot.people.parsing import parse_digit
from bot.turn import Turn

_HOTLINES = {111, 113, 114, 115}
_SOMEBODYS = 6  # As many figures are a telephone or an identity number.


async def answer(turn: Turn, words: str) -> None:
    """Say what helps on. A number that may be somebody's is not kept."""
    _ = turn.gettext
    figures = sum(char.isdigit() for char in words)
    if parse_digit(words, 999) in _HOTLINES:
        await turn.say(
            _(
                "Em là máy nên không gọi điện giúp chị được. Việc gấp chị bấm gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em). Muốn gặp cán bộ Hội, chị gõ 0."
            ),
            Choice("0", _("Hỏi cán bộ")),
        )
    elif figures >= _SOMEBODYS:
        turn.hide_words()
        await turn.say(
            _(
                "Dạ, em chưa cần số này nên em không ghi lại. Chị viết giúp em bằng chữ điều chị muốn hỏi nghen."
            )
        )
    elif figures:
        await turn.say(
            _(
                "Dạ, em chưa rõ số này là gì. Chị viết giúp em bằng chữ điều chị muốn hỏi, hoặc gõ MENU để xem em giúp được gì."
            )
        )
    else:
        await turn.say(_("Chị viết giúp em bằng chữ điều chị muốn hỏi, hoặc gõ MENU để xem em giúp được gì."))
