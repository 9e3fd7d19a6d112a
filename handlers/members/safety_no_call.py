"""She takes back that she asks to be called: in whatever words, wherever her chat stands. A call at that moment may get her beaten.

It is taken too often rather than not: she reads that nobody will call, and how to ask for it again.
"""

import re
import unicodedata
from collections.abc import Sequence

from bot.alerts import answers, record
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.channels.contract import IncomingKind
from bot.keywords import Keywords
from bot.questions.post import Post
from bot.text import clean, fold
from bot.turn import Turn
from handlers.members import lying_ready, safety, safety_meaning, short_words
from handlers.members import safety_words as said
from handlers.members.form import LEAVE
from handlers.members.safety_voice import NOTE, say
from handlers.members.safety_words import FLOW, Step
from handlers.parts import Parts

_ENOUGH = LEAVE | Keywords(
    "thôi khỏi", "thôi khỏi cần", "khỏi", "khỏi cần", "không cần nữa", "thôi không cần", "thôi không cần nữa", "thôi đừng", "thôi bỏ đi", "thôi được rồi",
)  # fmt: skip
"""What takes a call back that she asked for, and says nothing where she did not."""

_OTHER_WORDS = re.compile(r"\b(?:đúng|đụng|dùng|khói|khởi|gói|gội|gợi|điên|diễn)\b")
"""Without their marks they would be "đừng", "khỏi", "gọi", "điện"."""
_BETWEEN = r"(?:\s+(?:co|ai|het|de|cho|nho|can bo|chi|em|hoi|may|nguoi|ho|con|ma|hay|them|lam on|lai|nhan|bam|cuoc|gi))*"
_CALL = r"(?:goi|dien|alo|phone|fone|dt|call|nha may)\b"
_SOMEBODY_ELSE = (
    r"(?!\s+(?:dien\s+)?(?:cho\s+)?(?:cong an|113|115|111|xa|ap|can bo (?:xa|ap)|dia phuong|chinh quyen|truong ap|cap cuu|benh vien|xe)\b)"
    r"(?!\s+(?:dien\s+)?cho\s+(?:chong|ck|ong|anh|ba|me|ma|cha|nha|no)\b)"
    r"(?!\s+(?:dien\s+)?(?:me |nha )?chong\s+(?:em|toi|tui|con|chau)\s*$)"
)
_NOT = r"(?:khong|ko|k|kg|hong|hok|hk)"
_DO_NOT_CALL = re.compile(
    rf"\b(?:(?:dung|khoi|khoan|ngung|{_NOT}\s+(?:can|muon|duoc|nen|phai))(?!\s+cong an){_BETWEEN}\s+{_CALL}{_SOMEBODY_ELSE}"
    rf"|huy\s+(?:cuoc|viec|yeu cau|hen)\s+{_CALL}"
    rf"|{_NOT}\s+goi(?:\s+(?:cho|lai|em|toi|tui|con|chau|chi))*\s+nua\b)"
    r"|(?:កុំ|ឈប់)\S{0,30}?(?:ទូរស័ព្ទ|ហៅ|តេ|ខល)"
)
_CANNOT_ANSWER = re.compile(
    rf"\b{_NOT}\s+(?:tien\s+(?:nghe|noi|bat)|(?:nghe|bat|cam)\s+(?:may|dien thoai|dt)\s+(?:duoc|dc)|(?:the|dam)\s+(?:nghe|bat)\s+(?:may|dien thoai|dt))\b"
)
"""Said by somebody who waits for a call."""


def says_no_call(words: str) -> bool:
    """Whether she says, wherever in her message, that she is not to be called. That nobody else is to be called is none."""
    return _DO_NOT_CALL.search(_plain(words)) is not None


async def take(turn: Turn, parts: Parts) -> bool:
    """Take it back, tell whoever was told at once, and keep what she wrote for them."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.MEDIA} or not turn.incoming.text:
        return False
    words = clean(turn.incoming.text)
    is_said = says_no_call(words)
    if not is_said and not _may_take_back(turn, words):
        return False
    alerts = await record.select(turn.connection, record.of_person(turn.contact), record.is_open())
    to_call = [alert for alert in alerts if alert.phone]
    if not is_said and not to_call:
        return False
    if is_said and not to_call:
        alerts = [one] if (one := await record.open_of(turn.connection, turn.contact, now=turn.now)) else []
    if not alerts or (is_said and _says_when_instead(turn, words)):
        return False
    await _call_off(turn, parts, to_call or alerts, "" if words in LEAVE else words)
    return True


async def _call_off(turn: Turn, parts: Parts, alerts: Sequence[Alert], words: str) -> None:
    turn.hide_words()
    turn.heard = NOTE
    for alert in alerts:
        await answers.wants_no_call(Post.of(turn, parts.languages), alert.alert_id)
    alert = alerts[-1]
    if words:
        alarm = parts.safety.assess(words)
        heard = Said.DANGER if alarm is not None and alarm.urgent else Said.MORE
        alert = await safety.hear(turn, parts, alarm or Alarm(alert.kind, urgent=False), words, heard=heard)
    conversation = turn.conversation
    if conversation.flow == FLOW:
        ready = lying_ready.below(lying_ready.words(conversation), words)
        data = {name: value for name, value in conversation.data.items() if name != "phone"}
        conversation.step, conversation.data = Step.SAFE, {**data, "asked": ready}
    quiet = turn.contact.is_quiet
    kept = await safety.kept_from_local(turn, alert, words)
    await say(turn, parts, lambda _: said.no_call(_, is_quiet=quiet, kept=kept(_)))


def _may_take_back(turn: Turn, words: str) -> bool:
    """Whether "thôi" and the like may be about the call: nothing else is being asked of her. While she is asked for her number or the
    hour, it is taken where that is asked.
    """
    conversation = turn.conversation
    if conversation.flow not in {"", FLOW} or conversation.step in {Step.PHONE, Step.WHEN}:
        return False
    return short_words.says(words, _ENOUGH) or _CANNOT_ANSWER.search(_plain(words)) is not None


def _says_when_instead(turn: Turn, words: str) -> bool:
    """Asked for the hour, she says at which not to call: that is kept as she says it."""
    is_asked = turn.conversation.flow == FLOW and turn.conversation.step == Step.WHEN
    return is_asked and safety_meaning.says_when(words) and "nua" not in fold(words).split()


def _plain(words: str) -> str:
    return fold(_OTHER_WORDS.sub("_", unicodedata.normalize("NFC", words).casefold()))
