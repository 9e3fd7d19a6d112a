"""What lies ready for a cadre: the words of hers that 0, or a yes to the confirmation, passes on.

Words of danger and what is private are never lost by what she writes next: that is added below them.
"""

from bot.keywords import Keywords
from bot.questions import record
from bot.questions.edits import is_edit_of
from bot.turn import Conversation

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
