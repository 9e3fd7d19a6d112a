"""How long an answer still reaches her who asked, and at what cost, in an officer's words.

What a platform allows stands in `bot.rules`; here it becomes a sentence. Channels without such rules have none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row

from bot import rules
from bot.clock import in_vietnam
from bot.rules import Allowance, Way
from bot.today import CLOSES_SOON
from handlers.officers.templates import money
from handlers.officers.visit import Visit

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_SAID_IN_HOURS = 48

Tone = Literal["open", "soon", "paid", "closed"]


@dataclass(frozen=True, slots=True)
class Window:
    """One question's window: a short line for lists, and what will happen to an answer that is sent now."""

    tone: Tone
    line: str
    on_sending: str
    price: int = 0  # Of a closed one: what a message would cost if the account were allowed to.

    @property
    def lets_through(self) -> bool:
        return self.tone != "closed"


def of_questions(visit: Visit, rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, Window]:
    """The windows of those of these questions that have one, by the question's id."""
    found = ((row.id, of_question(visit, row)) for row in rows)
    return {question_id: window for question_id, window in found if window}


def of_question(visit: Visit, row: Row[*tuple[Any, ...]]) -> Window | None:
    """None where messages go through at any time, or there is nobody left to send to."""
    if not row.channel or rules.rules_of(row.channel) is None:
        return None
    allowance = rules.allowance(
        row.channel, last_in_at=row.last_in_at, may_cost=bool(row.may_cost), now=visit.now
    )
    match allowance.way:
        case Way.FREE:
            return _free(visit, allowance)
        case Way.PAID:
            return _paid(visit, row, allowance)
        case Way.TEMPLATE | Way.CLOSED:
            return _closed(visit, row, allowance)


def _free(visit: Visit, allowance: Allowance) -> Window | None:
    _ = visit.gettext
    if allowance.until is None:
        return None
    left = allowance.until - visit.now
    line = _("Còn %(span)s để trả lời miễn phí (đến %(until)s)") % {
        "span": span_left(visit, left),
        "until": moment_near(visit, allowance.until),
    }
    return Window("soon" if left < CLOSES_SOON else "open", line, _("Chị ấy nhận được ngay, không mất phí."))


def _paid(visit: Visit, row: Row[*tuple[Any, ...]], allowance: Allowance) -> Window:
    _ = visit.gettext
    values = {"passed": _passed(visit, row), "price": money(allowance.price)}
    line = _("Quá %(passed)s: mỗi tin mất %(price)s") % values
    if allowance.until is not None:
        line = _("%(line)s (đến %(until)s)") % {
            "line": line,
            "until": moment_near(visit, allowance.until),
        }
    on_sending = _("Chị ấy nhận được ngay. Đã quá %(passed)s nên mỗi tin mất %(price)s.") % values
    return Window("paid", line, on_sending, allowance.price)


def _closed(visit: Visit, row: Row[*tuple[Any, ...]], allowance: Allowance) -> Window:
    _ = visit.gettext
    waits = _("Chị cứ viết. Câu trả lời được giữ lại, chị ấy nhắn lại là gửi đi ngay.")
    if row.last_in_at is None:
        return Window("closed", _("Câu trả lời chờ đến khi chị ấy nhắn cho Hội"), waits)
    line = _("Quá %(passed)s: câu trả lời chờ đến khi chị ấy nhắn lại") % {"passed": _passed(visit, row)}
    return Window("closed", line, waits, allowance.price if allowance.way is Way.CLOSED else 0)


def _passed(visit: Visit, row: Row[*tuple[Any, ...]]) -> str:
    """The longest window that is over."""
    bound = rules.rules_of(row.channel)
    age = visit.now - row.last_in_at
    over = [window.within for window in (bound.windows if bound else ()) if age > window.within]
    return spoken(visit, max(over, default=timedelta()))


def spoken(visit: Visit, span: timedelta) -> str:
    """The length of a window as people say it: 48 hours, 7 days."""
    hours, ngettext = span // _HOUR, visit.translations.ngettext
    if hours > _SAID_IN_HOURS:
        return ngettext("%d ngày", "%d ngày", hours // 24) % (hours // 24)
    return ngettext("%d giờ", "%d giờ", hours) % hours


def span_left(visit: Visit, left: timedelta) -> str:
    """How long, never rounded up: who is told 5 hours has them."""
    ngettext = visit.translations.ngettext
    if left >= _HOUR:
        return ngettext("%d giờ", "%d giờ", left // _HOUR) % (left // _HOUR)
    minutes = max(left // _MINUTE, 0)
    return ngettext("%d phút", "%d phút", minutes) % minutes


def moment_near(visit: Visit, moment: datetime) -> str:
    """The moment as one says it aloud: 14:30 hôm nay."""
    _ = visit.gettext
    then, today = in_vietnam(moment), in_vietnam(visit.now).date()
    match (then.date() - today).days:
        case 0:
            return _("%(hour)s hôm nay") % {"hour": f"{then:%H:%M}"}
        case 1:
            return _("%(hour)s ngày mai") % {"hour": f"{then:%H:%M}"}
        case _:
            return _("%(hour)s ngày %(day)s") % {"hour": f"{then:%H:%M}", "day": f"{then.day}/{then.month}"}
