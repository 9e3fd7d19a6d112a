"""The values of each kind of condition of an audience, as they are kept: read, put in one form, refused when they are none."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from broadcasts.content import MOST_ANSWERS
from broadcasts.refused import N_, Refused

MOST_VALUES = 500  # In one condition: both databases bound the parameters of a statement.
MOST_DAYS = 3660
_LONGEST_WORD = 100
_OLDEST = 120
_BIGGEST = 2**63


class Is(StrEnum):
    """What a condition asks of a member."""

    UNITS = "units"  # She belongs to one of `units` or to a unit below it.
    CHANNELS = (
        "channels"  # She is reached on one of `channels`; as an exception: she has a chat on one of them.
    )
    LANGUAGE = "language"  # She has one of `languages` spoken to her.
    AGE = "age"  # She is `from` to `to` years old this year (either may be None), or of `unknown` age.
    TAG = "tag"  # She bears one of `tags`.
    REGISTERED = "registered"  # From the day `from` to the day `to`, both included (either may be None).
    JOINED = "joined"  # She registered after the moment `after`, and not after `to`.
    ACTIVE = "active"  # She wrote in the last `days`.
    ANSWERED = "answered"  # Her `answer` to `broadcast`: a number, "any" (also in her own words) or "none" (but she got it).
    GOT = "got"  # She got `broadcast`, or did not (`got`).
    LIST = "list"  # She stands in the uploaded `list`.
    SEGMENT = (
        "segment"  # She is one of a saved `segment`; once it is looked up, `inside` says whom that means.
    )


ANY, NONE = "any", "none"


def read(kind: Is, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a condition of this kind. Refused when they are no such thing."""
    return _READ[kind](stored)


def _several(name: str, of: type, sentence: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read_several(stored: Mapping[str, Any]) -> dict[str, Any]:
        values = stored.get(name)
        if (
            not isinstance(values, list | tuple)
            or not 0 < len(values) <= MOST_VALUES
            or not all(_is_id(value) if of is int else _is_word(value) for value in values)
        ):
            raise Refused(sentence)
        return {name: sorted(set(values))}

    return read_several


def _one(name: str, sentence: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read_one(stored: Mapping[str, Any]) -> dict[str, Any]:
        if not _is_id(stored.get(name)):
            raise Refused(sentence)
        return {name: stored[name]}

    return read_one


def _segment(stored: Mapping[str, Any]) -> dict[str, Any]:
    if not _is_id(stored.get("segment")):
        raise Refused(N_("Chưa chọn nhóm người đã lưu."))
    inside = stored.get("inside")
    if inside is None:
        return {"segment": stored["segment"]}
    if not isinstance(inside, Mapping):
        raise Refused(N_("Chưa chọn nhóm người đã lưu."))
    return {"segment": stored["segment"], "inside": inside}


def _age(stored: Mapping[str, Any]) -> dict[str, Any]:
    youngest, oldest = stored.get("from"), stored.get("to")
    if (youngest is None and oldest is None) or not all(
        age is None or (isinstance(age, int) and not isinstance(age, bool) and 0 <= age <= _OLDEST)
        for age in (youngest, oldest)
    ):
        raise Refused(N_("Chị ghi tuổi bằng số, ví dụ từ 18 đến 35."))
    if youngest is not None and oldest is not None and youngest > oldest:
        raise Refused(N_("Tuổi nhỏ nhất đang lớn hơn tuổi lớn nhất. Chị xem lại giúp."))
    return {"from": youngest, "to": oldest, "unknown": stored.get("unknown") is True}


def _registered(stored: Mapping[str, Any]) -> dict[str, Any]:
    first, last = _day(stored.get("from")), _day(stored.get("to"))
    if first is None and last is None:
        raise Refused(N_("Chị chọn ngày ghi tên, từ ngày nào hoặc đến ngày nào."))
    if first is not None and last is not None and first > last:
        raise Refused(N_("Ngày đầu đang sau ngày cuối. Chị xem lại giúp."))
    return {"from": first.isoformat() if first else None, "to": last.isoformat() if last else None}


def _joined(stored: Mapping[str, Any]) -> dict[str, Any]:
    after, to = _moment(stored.get("after")), _moment(stored.get("to"))
    return {"after": after.isoformat(), "to": to.isoformat()}


def _active(stored: Mapping[str, Any]) -> dict[str, Any]:
    days = stored.get("days")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise Refused(N_("Chị ghi số ngày, ví dụ 30."))
    return {"days": days}


def _answered(stored: Mapping[str, Any]) -> dict[str, Any]:
    answer = stored.get("answer")
    is_number = isinstance(answer, int) and not isinstance(answer, bool) and 1 <= answer <= MOST_ANSWERS
    if not _is_id(stored.get("broadcast")) or not (is_number or answer in (ANY, NONE)):
        raise Refused(N_("Chị chọn thông báo nào và câu trả lời nào."))
    return {"broadcast": stored["broadcast"], "answer": answer}


def _got(stored: Mapping[str, Any]) -> dict[str, Any]:
    if not _is_id(stored.get("broadcast")) or not isinstance(stored.get("got"), bool):
        raise Refused(N_("Chị chọn thông báo nào."))
    return {"broadcast": stored["broadcast"], "got": stored["got"]}


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _BIGGEST


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else date.min
    except ValueError:
        day = date.min
    if not date(1900, 1, 1) <= day <= date(2999, 12, 31):
        raise Refused(N_("Ngày chưa đúng, chị chọn lại giúp."))
    return day


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused(N_("Ngày chưa đúng, chị chọn lại giúp."))
    return moment


_READ: Mapping[Is, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    Is.UNITS: _several("units", int, N_("Chưa chọn đơn vị nhận thông báo.")),
    Is.CHANNELS: _several("channels", str, N_("Chưa chọn kênh gửi. Hãy chọn ít nhất một kênh.")),
    Is.LANGUAGE: _several("languages", str, N_("Chưa chọn ngôn ngữ.")),
    Is.AGE: _age,
    Is.TAG: _several("tags", str, N_("Chưa chọn nhãn.")),
    Is.REGISTERED: _registered,
    Is.JOINED: _joined,
    Is.ACTIVE: _active,
    Is.ANSWERED: _answered,
    Is.GOT: _got,
    Is.LIST: _one("list", N_("Chưa chọn danh sách.")),
    Is.SEGMENT: _segment,
}
