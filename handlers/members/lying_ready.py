"""What lies ready for a cadre: the words of hers that 0, or a yes to the confirmation, passes on.

Words of danger and what is private are never lost by what she writes next: that is added below them.
"""

from typing import Any

from bot.keywords import Keywords
from bot.questions import record
from bot.questions.edits import is_edit_of
from bot.text import clean
from bot.turn import Conversation, Turn

_WHO = ("", "cho", "tôi", "tui", "em", "chị", "mình", "cho tôi", "cho tui", "cho em", "cho chị", "cho mình")
_WANTS = ("", "muốn", "cần", "xin", "muốn xin")
_WHAT = (
    "gặp cán bộ",
    "gặp chị cán bộ",
    "nói chuyện với cán bộ",
    "hỏi cán bộ",
    "nhắn cán bộ",
    "gặp người thật",
)
_TO_END = ("", "hội", "hội phụ nữ", "ạ", "nha", "nghen", "với", "đi", "em ơi", "liền", "gấp")
WISH = Keywords(
    *(
        " ".join(filter(None, (who, wants, what, end)))
        for who in _WHO
        for wants in _WANTS
        for what in _WHAT
        for end in _TO_END
    ),
    "ជួបកម្មាភិបាល", "ខ្ញុំចង់ជួបកម្មាភិបាល", "ចង់ជួបកម្មាភិបាល",
)  # fmt: skip
"""Wanting to talk to a cadre, as a whole message."""

SUGGEST_FLOW = "suggest"
"""She was asked which question of a list she means, or to say it otherwise, or whether a cadre should have it."""

UNCLEAR_FLOW = "entry_unclear"
"""She was asked what is not clear to her in an answer of the FAQ."""


def words(conversation: Conversation) -> str:
    """Her words that lie ready; empty when there are none."""
    return str(conversation.data.get("text") or conversation.data.get("asked") or "")


def is_private(conversation: Conversation) -> bool:
    """Whether what lies ready is urgent or private: then no file goes with it, and nothing is lost of it."""
    data = conversation.data
    return bool(words(conversation) and (data.get("urgent") or data.get("sensitive")))


def below(before: str, added: str) -> str:
    """Both, what she wrote first on top; what she only repeats is there already."""
    if not added or before == added or before.endswith(f"\n{added}"):
        return record.bounded(before)
    return record.bounded(f"{before}\n{added}")


def corrected(conversation: Conversation, edited: str) -> str | None:
    """What lies ready with `edited` in the place of what it is an edit of; None when it is no edit of it."""
    before = words(conversation)
    if not is_private(conversation):  # One message: what she wrote next has replaced it.
        return edited if is_edit_of(before, edited) else None
    lines = before.split("\n")
    for at, line in enumerate(lines):
        if is_edit_of(line, edited):
            return record.bounded("\n".join([*lines[:at], edited, *lines[at + 1 :]]))
    return below(before, edited) if is_edit_of(before, edited) else None


def from_now_on(turn: Turn, asked: str, *, sensitive: bool) -> dict[str, Any]:
    """What lies ready for 0 once she has asked this: her words, below what must not be lost by them.

    Words of danger must not; nor what is private, until it has been answered: then it is not passed on with her next question.
    What is not clear in an answer goes with the question that was answered.
    """
    before, is_urgent = turn.conversation, bool(turn.conversation.data.get("urgent"))
    if is_private(before) and (is_urgent or before.flow in {SUGGEST_FLOW, UNCLEAR_FLOW}):
        turn.hide_words()
        asked, sensitive = below(words(before), asked), True
    else:
        is_urgent = False
        if before.flow == UNCLEAR_FLOW and words(before):
            asked = below(words(before), asked)
    return {"asked": asked, "asked_in": _asked_in(turn, asked), "urgent": is_urgent, "sensitive": sensitive}


def _asked_in(turn: Turn, asked: str) -> str:
    """The platform's id of the message in which she asked this: of this turn, or of the one before that is still open."""
    if asked and clean(turn.incoming.text) == asked:
        return turn.incoming.message_id
    return str(turn.conversation.data.get("asked_in", "")) if asked else ""
