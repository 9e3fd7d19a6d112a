"""What an officer typed about when an announcement is sent, and the schedule that comes of it; the other way round, too.

All fields are plain text by name, so that an address, a form and hidden fields carry the same.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from bot.clock import VIETNAM, in_vietnam
from broadcasts.recurrence import Cycle, Rule, is_day_of
from broadcasts.timing import Joined, Named, Once, Recurring, Schedule

Typed = Mapping[str, str]

_BEST = time(18, 30)
_FARTHEST = timedelta(days=366)
_MOST_TIMES = 366
_MOST_DAYS_BEFORE = 60
_MOST_DELAY_DAYS = 90
_SKIP = "skip-"


class When(StrEnum):
    AT = "at"
    NOW = "now"
    EVERY = "every"
    NAMED = "named"
    JOINED = "joined"


class Wrong(Exception):  # noqa: N818 - it is read as a sentence: "raise Wrong"
    """A field that cannot be taken, and why, in the officer's language."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def begin(now: datetime) -> dict[str, str]:
    """Every field as it stands before anything is chosen: the next early evening, and good guesses for the rest."""
    here = in_vietnam(now)
    best = datetime.combine(here.date(), _BEST, VIETNAM)
    if best <= here:
        best += timedelta(days=1)
    day, hour = f"{best:%Y-%m-%d}", f"{best:%H:%M}"
    return {
        "when": When.AT, "day": day, "hour": hour,
        "cycle": Cycle.WEEK, f"on-{best.weekday()}": "1", "month_day": str(best.day),
        "year_day": str(best.day), "year_month": str(best.month),
        "from": day, "every_hour": hour, "ends": "never", "until": "", "times": "",
        "feast": "", "before": "3", "feast_hour": hour,
        "delay": "0", "delay_unit": "hours",
    }  # fmt: skip


def typed_of(schedule: Schedule, now: datetime) -> dict[str, str]:
    """The fields that say this schedule; of what comes again and again, what is still to come."""
    match schedule:
        case Once(at):
            here = in_vietnam(at)
            return {"when": When.AT, "day": f"{here:%Y-%m-%d}", "hour": f"{here:%H:%M}"}
        case Recurring():
            return _typed_rule(schedule, now)
        case Named(name, days_before, at):
            return {
                "when": When.NAMED,
                "feast": name,
                "before": str(days_before),
                "feast_hour": f"{at:%H:%M}",
            }
        case Joined(delay_hours):
            is_days = delay_hours > 0 and delay_hours % 24 == 0
            return {
                "when": When.JOINED,
                "delay": str(delay_hours // 24 if is_days else delay_hours),
                "delay_unit": "days" if is_days else "hours",
            }


def _typed_rule(schedule: Recurring, now: datetime) -> dict[str, str]:
    rule = Rule.from_text(schedule.rule)
    today = in_vietnam(now).date()
    typed = {
        "when": When.EVERY.value,
        "cycle": rule.cycle.value,
        "from": f"{max(schedule.start, today)}",
        "every_hour": f"{schedule.at:%H:%M}",
        "ends": "until" if rule.until else "times" if rule.times else "never",
        "until": rule.until.isoformat() if rule.until else "",
        "times": "",
    }
    typed |= {f"on-{day}": "1" for day in rule.weekdays}
    if rule.cycle is Cycle.MONTH:
        typed["month_day"] = str(rule.day)
    elif rule.cycle is Cycle.YEAR:
        typed |= {"year_day": str(rule.day), "year_month": str(rule.month)}
    if rule.times:
        left = sum(1 for _ in rule.days(schedule.start, today - timedelta(days=1)))
        typed["times"] = str(max(left, 1))
    return typed | {f"{_SKIP}{day.isoformat()}": "1" for day in schedule.except_days if day >= today}


def read(typed: Typed, now: datetime, _: Callable[[str], str]) -> Schedule:
    """The schedule that these fields say. Raises Wrong; whether a feast has a day yet, only the table knows."""
    match typed.get("when"):
        case When.NOW:
            return Once(now)
        case When.EVERY:
            return _every(typed, now, _)
        case When.NAMED:
            if not typed.get("feast"):
                raise Wrong("feast", _("Chị chọn ngày lễ giúp."))
            sentence = _("Chị ghi số ngày trước lễ, từ 0 đến 60.")
            before = _number(typed, "before", 0, _MOST_DAYS_BEFORE, sentence)
            return Named(typed["feast"], before, _hour(typed, "feast_hour", _))
        case When.JOINED:
            is_days = typed.get("delay_unit") == "days"
            most = _MOST_DELAY_DAYS if is_days else _MOST_DELAY_DAYS * 24
            delay = _number(typed, "delay", 0, most, _("Chị ghi số giờ hoặc số ngày, không quá 90 ngày."))
            return Joined(delay * 24 if is_days else delay)
    return Once(_moment(typed, now, _))


def skipped(typed: Typed) -> list[date]:
    """The days that were ticked to be left out."""
    days = (_day(name.removeprefix(_SKIP)) for name in typed if name.startswith(_SKIP) and typed[name])
    return sorted(day for day in set(days) if day is not None)[:_MOST_TIMES]


def _moment(typed: Typed, now: datetime, _: Callable[[str], str]) -> datetime:
    day, hour = _day(typed.get("day", "")), _time(typed.get("hour", ""))
    if day is None or hour is None:
        raise Wrong("day", _("Ngày giờ chưa đúng, chị chọn lại giúp."))
    moment = datetime.combine(day, hour, VIETNAM)
    if moment <= now:
        raise Wrong("day", _("Giờ này đã qua. Chị chọn giờ khác, hoặc chọn gửi ngay."))
    if moment > now + _FARTHEST:
        raise Wrong("day", _("Ngày này xa quá một năm, chị xem lại giúp."))
    return moment


def _every(typed: Typed, now: datetime, _: Callable[[str], str]) -> Recurring:
    start = _day(typed.get("from", ""))
    today = in_vietnam(now).date()
    if start is None:
        raise Wrong("from", _("Ngày bắt đầu chưa đúng, chị chọn lại giúp."))
    if start > today + _FARTHEST:
        raise Wrong("from", _("Ngày này xa quá một năm, chị xem lại giúp."))
    at = _hour(typed, "every_hour", _)
    rule = _rule(typed, _)
    # The first of so many times is the first that can still be sent.
    first_day = today if at > in_vietnam(now).time() else today + timedelta(days=1)
    start = max(start, first_day)
    but_not = tuple(skipped(typed))
    if not any(
        day not in but_not for day in islice(rule.days(start, start - timedelta(days=1)), len(but_not) + 1)
    ):
        raise Wrong("until", _("Như vậy không còn lần gửi nào. Chị xem lại ngày bắt đầu và ngày kết thúc."))
    return Recurring(rule.to_text(), start, at, but_not)


def _rule(typed: Typed, _: Callable[[str], str]) -> Rule:
    until = times = None
    match typed.get("ends"):
        case "until":
            until = _day(typed.get("until", ""))
            if until is None:
                raise Wrong("until", _("Ngày kết thúc chưa đúng, chị chọn lại giúp."))
        case "times":
            times = _number(typed, "times", 1, _MOST_TIMES, _("Chị ghi số lần, từ 1 đến 366."))
    match typed.get("cycle"):
        case Cycle.MONTH:
            day = _number(typed, "month_day", 1, 31, _("Chị ghi ngày trong tháng, từ 1 đến 31."))
            return Rule(Cycle.MONTH, day=day, until=until, times=times)
        case Cycle.YEAR:
            sentence = _("Không có ngày này trong năm, chị xem lại giúp.")
            month = _number(typed, "year_month", 1, 12, sentence)
            day = _number(typed, "year_day", 1, 31, sentence)
            if not is_day_of(month, day):
                raise Wrong("year_day", sentence)
            return Rule(Cycle.YEAR, day=day, month=month, until=until, times=times)
    weekdays = tuple(day for day in range(7) if typed.get(f"on-{day}"))
    if not weekdays:
        raise Wrong("on", _("Chị chọn ít nhất một ngày trong tuần."))
    return Rule(Cycle.WEEK, weekdays=weekdays, until=until, times=times)


def _number(typed: Typed, field: str, least: int, most: int, sentence: str) -> int:
    text = typed.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
        raise Wrong(field, sentence)
    return int(text)


def _hour(typed: Typed, field: str, _: Callable[[str], str]) -> time:
    found = _time(typed.get(field, ""))
    if found is None:
        raise Wrong(field, _("Giờ gửi chưa đúng, chị chọn lại giúp."))
    return found


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    """A day that has neighbours to count to."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(2999, 12, 31) else None
