"""CHUDE: what she wants announcements to be about."""

import re
import unicodedata

from bot.channels.contract import Choice, Outgoing
from bot.people import categories, members
from bot.text import clean
from bot.turn import Turn
from handlers.members.form import Data, Field, Form
from handlers.parts import Parts

_BETWEEN = re.compile(r"(?:\s*(?:,|;|\.|\+|&|/|\bva\b|\bvà\b|\bso\b|\bsố\b)\s*)+|\s+", re.IGNORECASE)
_ONE_DIGIT = 9
_LONGEST = 60


async def begin(turn: Turn, parts: Parts) -> None:
    """Ask her; without a profile nothing is sent to her at all."""
    _ = turn.gettext
    if turn.contact.member_id is None:
        turn.conversation.end()
        await turn.say(
            _("Dạ, chị ghi tên rồi mới chọn được loại tin muốn nhận nghen: gõ DANGKY, chừng hai phút thôi.")
        )
        return
    await FORM.begin(turn, parts)


async def line(turn: Turn, parts: Parts) -> str:
    """For HOSO: what she picked."""
    _ = turn.gettext
    member_id = turn.contact.member_id
    picked = await categories.chosen_by(turn.connection, member_id) if member_id is not None else None
    return _("Loại tin chị chọn: {value} (gõ CHUDE để đổi)").format(value=_named(turn, parts, picked))


def read_numbers(words: str, highest: int) -> list[int] | None:
    """The numbers from 0 to `highest` in "1, 3", "1 va 3", "số 2", "13"; None for anything else."""
    if len(words) > _LONGEST:
        return None
    plain = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in words)
    found: list[int] = []
    for part in filter(None, _BETWEEN.split(plain.strip())):
        if not part.isdigit():
            return None
        if int(part) <= highest:
            found.append(int(part))
        elif highest <= _ONE_DIGIT and all(int(digit) <= highest for digit in part):
            found += [int(digit) for digit in part]  # "13" where there are seven: the first and the third.
        else:
            return None
    return found or None


async def _ask(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    everything = _("Tất cả")
    lines = [
        _("Chị muốn nhận tin về gì? Gõ các số chị chọn, ví dụ 1 3:"),
        *(f"{number}. {name}" for number, name in enumerate(parts.categories.values(), 1)),
        f"0. {everything}",
        _("Tin thật khẩn (bão, dịch) thì Hội vẫn báo chị. Không muốn nhận tin nào, chị gõ NGUNG."),
    ]
    return Outgoing("\n".join(lines), (Choice("0", everything),))


async def _take(turn: Turn, parts: Parts, data: Data) -> str | None:
    keys = list(parts.categories)
    picked = read_numbers(clean(turn.incoming.text), len(keys))
    if picked is None:
        return turn.gettext("Chị gõ các số từ 1 đến {highest}, ví dụ 1 3; hoặc 0 để nhận tất cả.").format(
            highest=len(keys)
        )
    data["picked"] = None if 0 in picked else [keys[number - 1] for number in dict.fromkeys(picked)]
    return None


async def _finish(turn: Turn, parts: Parts, data: Data) -> None:
    _ = turn.gettext
    turn.conversation.end()
    member_id = turn.contact.member_id
    if member_id is None:
        return
    await categories.choose(turn.connection, member_id, data["picked"], now=turn.now)
    profile = await members.profile_of(turn.connection, member_id)
    said = [
        _("Dạ, em nhớ rồi: {value}.").format(value=_named(turn, parts, data["picked"])),
        _("Muốn đổi, chị gõ CHUDE."),
    ]
    if turn.contact.is_stopped or profile is None or not profile["allows_announcements"]:
        said.append(_("Hiện chị đang tắt tin báo; muốn nhận, chị gõ NHANTIN."))
    await turn.say(" ".join(said))


def _named(turn: Turn, parts: Parts, picked: frozenset[str] | list[str] | None) -> str:
    if picked is None:
        return turn.gettext("tất cả")
    names = [name for key, name in parts.categories.items() if key in picked]
    return "; ".join(names) or turn.gettext("không có loại nào")


def _left(turn: Turn) -> str:
    return turn.gettext("Dạ, em giữ nguyên như cũ.")


FORM = Form("categories", (Field("categories", _ask, _take),), _finish, _left)
