"""A question in between, from a woman who was asked whether she is safe: whether it is plainly about something else.

What is unclear is always more of her story; nothing of hers that may be that is taken for a question.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from bot.alerts.record import Alert
from bot.answers import Rung, choose
from bot.people import units
from bot.store.tables.alerts import AlertState
from bot.text import fold
from bot.turn import Turn
from handlers.members import safety
from handlers.parts import Parts

_SETTLED_AFTER = timedelta(minutes=3)  # Since her last cry,
_FEWEST = 2  # and with so many ordinary questions: it goes on as if nothing were the matter.

_FEWEST_WORDS = 5

_A_FACT = r"cho (?:em |toi |tui |chi )?hoi|la gi|bao nhieu|khi nao|o dau|can giay|thu tuc"
_ASKS_A_FACT = re.compile(rf"\b(?:{_A_FACT})\b")
_ASKS = re.compile(rf"\?|\b(?:{_A_FACT}|lam sao|the nao|duoc khong|duoc hong)\b")
_TELLS = re.compile(
    r"\b(?:chong|ck|ong|ox|anh|no|thang|han ta|cha|cha duong|nguoi ta|nguoi yeu|ban trai|nhau|say|ruou|danh|dap|dam|bop|da em|giet|chet|cuu|giup"
    r"|dau qua|dau lam|dau bung|bi dau|em dau|chay mau|ra mau|nhieu mau|mau me|thuong tich|ngat|xiu|gay|bam tim|khoc|so qua|so lam|em so|tui so|toi so"
    r"|song sao|song noi|muon song|met qua|met lam|em met|buon|khong dam|tron|chay|bo di|bi duoi|duoi em|duoi di|duoi ra|bi khoa|khoa cua|khoa em|nhot"
    r"|cam dao|con dao|lay dao|doa|bi bat|bat em|hiep dam|bi hiep|an hiep|uc hiep|sam so|ep|ly hon|ly di|don ly|to cao|to giac|cong an|113|115|111"
    r"|benh vien|cap cuu|tram y te|can bo|tam lanh|nha tam|ve nha|ngoai cua|di dau|bay gio|luc nay|phai lam sao|lam sao gio|bau|sinh non|ra huyet"
    r"|chi toi|toi chua|toi noi|toi day|toi lien|toi nha|nha em|nha tui|nha toi|con em|con toi|con tui|be nha|con gai|chau)\b"
    r"|ប្តី|វាយ|ខ្លាច|ឈឺ|ជួយ"
)
"""What may belong to what she told, in a question too: whom it is about, what happens, who helps, what now."""


class Aside(StrEnum):
    ANSWERED = "answered"  # The assistant knows the answer.
    ASKED = "asked"  # The assistant's to deal with: it shows what it may know, and 0.
    ORDINARY = "ordinary"  # Plainly about something else; those on duty read it without being rung for it.
    STORY = "story"


async def read(turn: Turn, parts: Parts, alert: Alert, words: str) -> Aside:
    """What these words are, none of which is danger by itself.

    What the bank is certain of is answered at once, unless it is private; what it may know, and a fact that it does not know, once the
    cry is settled: she says that she is safe, or that it was nothing, or goes on to ask ordinary things. Where nobody knows yet
    whether she is in danger at all, a fact that she asks for is no more of her story: else a harmless word that was taken for one
    would keep every question from an answer. "Làm sao bây giờ" asks for no fact.
    """
    book = await parts.answers.current(turn.connection)
    at = await units.line(turn.connection, turn.contact.unit_id)
    decision = choose(book.search(words, at=at))
    found = [book.in_place_of(book.entries[entry_id], at) for entry_id in decision.entry_ids]
    is_private = any(entry.is_sensitive for entry in found)
    is_taken, asks_a_fact = alert.state is AlertState.TAKEN, _ASKS_A_FACT.search(fold(words)) is not None
    if decision.rung is Rung.ANSWER:
        is_answered = found[0].is_on and (alert.is_safe is True or not is_private)
        return Aside.ANSWERED if is_answered else Aside.STORY
    if safety.is_doubted(alert):
        return Aside.ASKED if asks_a_fact and not is_private else Aside.STORY
    may_be_known = decision.rung is Rung.SUGGEST and found[0].is_on
    if is_taken and len(words.split()) < _FEWEST_WORDS:
        may_be_known = False  # "Chị tới chưa" is for whoever has it.
    if alert.is_safe is True and not is_taken:
        return Aside.ASKED if may_be_known or asks(words) else Aside.STORY
    if is_private or tells(words) or not (may_be_known or asks_a_fact):
        _count(turn, 0)
        return Aside.STORY
    _count(turn, _so_far(turn) + 1)
    is_for_us = _is_settled(turn, alert) and (may_be_known or not is_taken)
    return Aside.ASKED if is_for_us else Aside.ORDINARY


def asks(words: str) -> bool:
    """Whether it asks something, as far as a few plain words tell."""
    return _ASKS.search(fold(words)) is not None


def tells(words: str) -> bool:
    """Whether it may belong to what she told."""
    return _TELLS.search(fold(words)) is not None


def says_mistaken(turn: Turn) -> None:
    """She says that it was nothing: what she asks from now on is answered, and passed on, as anybody's question, without what she wrote
    before.
    """
    data = {**turn.conversation.data, "mistaken": True, "urgent": False, "sensitive": False}
    turn.conversation.data = data | ({"asked": ""} if "asked" in data else {})


def said_mistaken(turn: Turn) -> bool:
    """Whether she said last that it was nothing."""
    return bool(turn.conversation.data.get("mistaken"))


def says_unsafe(turn: Turn) -> None:
    """She is not safe, whatever she said before."""
    data = {name: value for name, value in turn.conversation.data.items() if name != "mistaken"}
    turn.conversation.data = {**data, "urgent": True, "sensitive": True}


async def say_how_to_reach_us(turn: Turn, alert: Alert) -> None:
    """Before the answer to something else, while those on duty still see to her."""
    if not safety.is_doubted(alert):
        await turn.say_beside(
            turn.gettext("Dạ, chị cần cán bộ Hội thì lúc nào cũng gõ 0 được nghen. Còn câu chị vừa hỏi:")
        )


def _is_settled(turn: Turn, alert: Alert) -> bool:
    data = turn.conversation.data
    cried_at = datetime.fromisoformat(data["cried_at"]) if "cried_at" in data else alert.raised_at
    is_long_ago = turn.now - cried_at >= _SETTLED_AFTER
    return alert.is_safe is True or said_mistaken(turn) or (is_long_ago and _so_far(turn) >= _FEWEST)


def _so_far(turn: Turn) -> int:
    return int(turn.conversation.data.get("ordinary") or 0)


def _count(turn: Turn, ordinary: int) -> None:
    turn.conversation.data = {**turn.conversation.data, "ordinary": ordinary}
