"""What staff read in their chats about an alert. Each is complete as plain text; the buttons name the alert, so they mean the same for ever.

Only the first letter, and what she who has it asks to see, says what it is about. Everything later carries the code alone: a
cadre's phone may lie on a table, too.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import record
from bot.alerts.duty import OnCall
from bot.alerts.record import TOP, Alert
from bot.answers.safety import AlarmKind
from bot.channels.contract import Choice, Outgoing
from bot.people import units as tree
from bot.phone import display_phone
from bot.questions.letters import Gettext, moment
from bot.store.tables import contacts, members, units
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.people import MemberStatus
from bot.text import clean, cut, squeeze

FLOW = "alerting"
"""The conversation of somebody who was told and whom nothing else is asked; its data name the `alert`."""

_PRESSED = re.compile(r"(nhan|khong)(\d{1,9})")
_SHOWN = re.compile(r"baodong(\d{1,9})")
_LONGEST_PRESS = 40
_WORDS_UNITS = 1500  # The rest is in the console.
_MOST_HANDED = 3


def read_press(words: str) -> tuple[bool, int] | None:
    """What a letter's button says, pressed or typed (NHAN 12, KHONG 12): whether she takes it on, and which alert."""
    match = _PRESSED.fullmatch(squeeze(clean(words)[:_LONGEST_PRESS]))
    return (match[1] == "nhan", int(match[2])) if match else None


def read_show(words: str) -> int | None:
    """The alert that BAODONG 12, typed or pressed, asks to see."""
    match = _SHOWN.fullmatch(squeeze(clean(words)[:_LONGEST_PRESS]))
    return int(match[1]) if match else None


def named(kind: AlarmKind, _: Gettext) -> str:
    """What sort of danger, in plain words."""
    match kind:
        case AlarmKind.VIOLENCE:
            return _("bị đánh, bị bạo lực trong nhà")
        case AlarmKind.SEXUAL:
            return _("bị xâm hại tình dục")
        case AlarmKind.CHILD:
            return _("trẻ em gặp nguy hiểm")
        case AlarmKind.SELF_HARM:
            return _("không muốn sống nữa")
        case AlarmKind.TRAFFICKING:
            return _("bị giữ lại, bị lừa bán")
        case AlarmKind.MEDICAL:
            return _("cấp cứu lúc mang thai, sinh nở")
        case AlarmKind.THREAT:
            return _("bị đe dọa")


def hinted(kind: AlarmKind, _: Gettext) -> str:
    """What sort of matter, so that it says nothing to whoever looks over her shoulder."""
    match kind:
        case AlarmKind.VIOLENCE | AlarmKind.THREAT:
            return _("việc trong nhà")
        case AlarmKind.CHILD:
            return _("việc trẻ em")
        case AlarmKind.SELF_HARM | AlarmKind.MEDICAL:
            return _("việc sức khỏe")
        case AlarmKind.SEXUAL | AlarmKind.TRAFFICKING:
            return _("việc riêng")


async def whole(
    connection: AsyncConnection,
    alert: Alert,
    _: Gettext,
    *,
    numbers: Sequence[OnCall] = (),
    nobody_on: Collection[AlertRoute] = (),
    reader: int | None = None,
) -> Outgoing:
    """All that there is to know: what, where, her words, whether she is safe, whether to call. `reader` is whose eyes it is for."""
    head = (
        _("KHẨN. Báo động mã {code}: có chị nhắn là {kind}.")
        if alert.is_urgent
        else _("KHẨN, nhưng em chưa chắc. Báo động mã {code}: nghe như {kind}.")
    )
    lines = [
        head.format(code=alert.alert_id, kind=named(alert.kind, _)),
        _("{who}, nhắn lúc {when}:").format(
            who=await _who(connection, alert, _), when=moment(alert.raised_at, _)
        ),
        "",
        f"«{cut(alert.words, _WORDS_UNITS)}»" if alert.words else _("(Lời của chị ấy đã được xóa.)"),
        "",
        _safety(alert, await record.said_safe_at(connection, alert.alert_id), _),
        _calling(alert, _),
    ]
    if alert.is_past_local:
        lines.append(_("Chị ấy dặn: đừng cho cán bộ nơi chị ấy ở biết."))
    lines += [
        _("Đã bàn giao cho «{whom}» lúc {when}.").format(whom=step.to_whom, when=moment(step.at, _))
        for step in await record.steps(connection, alert.alert_id)
        if step.kind is AlertStepKind.HANDED_OVER
    ][-_MOST_HANDED:]
    if await _is_quiet(connection, alert):
        lines.append(_("Người khác có thể đọc máy của chị ấy: đừng nhắn gì lộ chuyện."))
    lines += [*_missing(alert, nobody_on, _), *_phones(numbers, _)]
    tail, choices = _what_to_do(alert, reader, _)
    return Outgoing("\n".join([*lines, "", tail]), choices)


def reminder(alert: Alert, _: Gettext, *, numbers: Sequence[OnCall] = ()) -> Outgoing:
    """Nobody has taken it on yet. The code only."""
    head = _("KHẨN: báo động mã {code} chưa ai nhận.").format(code=alert.alert_id)
    return _asking(alert, [head, *_phones(numbers, _)], _)


def opened_again(alert: Alert, _: Gettext, *, numbers: Sequence[OnCall] = ()) -> Outgoing:
    """It was closed, and is not over. The code only."""
    head = _("KHẨN: báo động mã {code} mở lại, chưa ai nhận.").format(code=alert.alert_id)
    return _asking(alert, [head, *_phones(numbers, _)], _)


def news(alert: Alert, _: Gettext) -> Outgoing:
    """She wrote more, or said how she is. The code only."""
    head = _("KHẨN: báo động mã {code} có tin mới.").format(code=alert.alert_id)
    return _asking(alert, [head], _)


def calm_news(alert: Alert, _: Gettext) -> Outgoing:
    """She says that she is safe. The code only."""
    head = _("Báo động mã {code} có tin mới, không gấp.").format(code=alert.alert_id)
    return _asking(alert, [head], _)


def no_call(alert: Alert, _: Gettext) -> Outgoing:
    """She is not to be called (any more). The code only; it has to be understood without opening anything."""
    head = _("KHẨN: báo động mã {code}: ĐỪNG GỌI cho chị ấy nữa, chị ấy vừa dặn lại.").format(
        code=alert.alert_id
    )
    care = _("Chỉ nhắn tin cho chị ấy; ai đang định gọi, chị báo người đó dừng lại giúp em.")
    return _asking(alert, [head, care], _)


def do_not_call(_: Gettext) -> str:
    """For whoever reads all there is to know, where she said so."""
    return _("ĐỪNG GỌI cho chị ấy: chị ấy dặn lại là đừng gọi. Chị chỉ nhắn tin giúp em.")


def mistaken(alert: Alert, _: Gettext) -> Outgoing:
    """She says that it was nothing; somebody else may be typing. The code only."""
    head = _("Báo động mã {code}: chị ấy nhắn lại là nhầm.").format(code=alert.alert_id)
    care = _("Máy có thể đang ở tay người khác: chị vẫn hỏi thăm một tiếng cho chắc giúp em.")
    return _asking(alert, [head, care], _)


def more_words(alert: Alert, count: int, _: Gettext) -> Outgoing:
    """She goes on writing, plainly about something else. The code only."""
    head = _("Báo động mã {code}: chị ấy nhắn thêm {count} lời, không nghe gì gấp.")
    return _asking(alert, [head.format(code=alert.alert_id, count=count)], _)


def nobody_near(alert: Alert, _: Gettext) -> Outgoing:
    """For the top: nobody has it (any more), and nobody below may take it on. The code only."""
    head = _(
        "KHẨN: báo động mã {code} giờ chưa ai lo, cán bộ cấp trên nhận giúp em. Chị ấy không muốn cán bộ ở gần nhà biết."
    ).format(code=alert.alert_id)
    return _asking(alert, [head], _)


def is_about(alert: Alert, message: Outgoing) -> bool:
    """Whether a letter is about this alert: its buttons name it."""
    named = {choice.value for choice in (*_take_buttons(alert, str), _show_button(alert, str))}
    return any(choice.value in named for choice in message.choices)


def missing(alert: Alert, route: AlertRoute, numbers: Sequence[OnCall], _: Gettext) -> Outgoing:
    """On the other route nobody could be told."""
    head = _("KHẨN: báo động mã {code}.").format(code=alert.alert_id)
    return _asking(alert, [head, *_missing(alert, [route], _), *_phones(numbers, _)], _)


def still_hers(alert: Alert, _: Gettext) -> Outgoing:
    """For who took it on: it is not closed yet."""
    text = _(
        "Dạ, báo động mã {code} chị nhận còn chưa khép. Gõ BAODONG {code} để xem lại; xong việc thì gõ XONG {code}."
    ).format(code=alert.alert_id)
    return Outgoing(text, (_show_button(alert, _),))


def owes_a_word(alert: Alert, since: datetime, _: Gettext) -> Outgoing:
    """For who has it: she waits for a word. The code only."""
    head = _("Dạ, mã {code} chị đang lo: từ lúc {when} tới giờ chị ấy chưa nhận được lời nào của chị.")
    how = _("Chị trả lời tin «Câu hỏi mã {code}» ở trên để nhắn chị ấy một tiếng giúp em.")
    done = _("Chị đã gọi hay đã tới nơi thì gõ GHI {code}: đã gọi. Không lo tiếp được thì gõ KHONG {code}.")
    lines = [
        head.format(code=alert.alert_id, when=moment(since, _)),
        *([how.format(code=alert.question_id)] if alert.question_id is not None else []),
        done.format(code=alert.alert_id),
    ]
    return Outgoing("\n".join(lines), (_show_button(alert, _),))


def unanswered(alert: Alert, name: str, since: datetime, numbers: Sequence[OnCall], _: Gettext) -> Outgoing:
    """Who has it has not written to her. The code only."""
    head = _(
        "KHẨN: báo động mã {code}, {name} đã nhận mà từ lúc {when} tới giờ chị ấy chưa nhận được lời nào. Chị hỏi {name} giúp em; không gặp được thì nhờ người khác lo cho chị ấy."
    ).format(code=alert.alert_id, name=name, when=moment(since, _))
    return _asking(alert, [head, *_phones(numbers, _)], _)


def taken_by(alert: Alert, name: str, _: Gettext) -> str:
    return _("Dạ, báo động mã {code}: {name} đã nhận, chị không cần làm gì nữa.").format(
        code=alert.alert_id, name=name
    )


def seen_to(alert: Alert, _: Gettext) -> str:
    """For who is not to know more about it."""
    return _("Dạ, báo động mã {code} đã có người lo, chị không cần làm gì nữa.").format(code=alert.alert_id)


def elsewhere(alert: Alert, _: Gettext) -> str:
    """For who was told because she was thought to be near her."""
    return _(
        "Dạ, báo động mã {code}: chị ấy nói không ở chỗ mình, đã có người khác lo. Chị không cần làm gì nữa."
    ).format(code=alert.alert_id)


def closed(alert: Alert, _: Gettext) -> str:
    return _("Dạ, báo động mã {code} đã xong, chị không cần làm gì nữa.").format(code=alert.alert_id)


def erased(alert: Alert, _: Gettext) -> str:
    return _(
        "Dạ, báo động mã {code}: thông tin đã được xóa theo ý người gửi, em không nhắn tới chị ấy được nữa. Nếu còn lo, chị làm theo những gì chị đã biết."
    ).format(code=alert.alert_id)


def _asking(alert: Alert, lines: Sequence[str], _: Gettext) -> Outgoing:
    if alert.state is AlertState.TAKEN:
        tail = _("Gõ BAODONG {code} để xem.").format(code=alert.alert_id)
        return Outgoing("\n".join([*lines, tail]), (_show_button(alert, _),))
    tail = _("Gõ BAODONG {code} để xem. 1 = tôi nhận, 2 = không nhận được.").format(code=alert.alert_id)
    return Outgoing("\n".join([*lines, tail]), (*_take_buttons(alert, _), _show_button(alert, _)))


def _what_to_do(alert: Alert, reader: int | None, _: Gettext) -> tuple[str, tuple[Choice, ...]]:
    match alert.state:
        case AlertState.TAKEN if alert.taken_by == reader:
            text = _(
                "Chị đang lo việc này. Chuyển cho ai thì gõ BANGIAO {code}; không lo tiếp được thì gõ KHONG {code}; xong thì gõ XONG {code}."
            ).format(code=alert.alert_id)
            return text, (_show_button(alert, _),)
        case AlertState.TAKEN:
            return _("Đã có người nhận lo việc này."), (_show_button(alert, _),)
        case AlertState.CLOSED | AlertState.MISTAKEN:
            return _("Việc này đã khép."), (_show_button(alert, _),)
        case AlertState.DOUBTED | AlertState.OPEN:
            text = _("1 = tôi nhận, 2 = không nhận được.\nChị giữ kín giúp em, chỉ nói với người cùng lo.")
            return text, _take_buttons(alert, _)


def _take_buttons(alert: Alert, _: Gettext) -> tuple[Choice, ...]:
    code = alert.alert_id
    return (Choice(f"NHAN {code}", _("Tôi nhận")), Choice(f"KHONG {code}", _("Không nhận được")))


def _show_button(alert: Alert, _: Gettext) -> Choice:
    return Choice(f"BAODONG {alert.alert_id}", _("Xem lại"))


def _safety(alert: Alert, said_safe_at: datetime | None, _: Gettext) -> str:
    if alert.is_safe is None and said_safe_at is not None:
        return _("Chị ấy nói an toàn lúc {when}, sau đó nhắn thêm: giờ chưa biết có an toàn không.").format(
            when=moment(said_safe_at, _)
        )
    if alert.is_safe is None:
        return _("Chưa biết chị ấy có an toàn không.")
    return _("Chị ấy nói đang an toàn.") if alert.is_safe else _("Chị ấy nói CHƯA an toàn.")


def _calling(alert: Alert, _: Gettext) -> str:
    if alert.must_not_call:
        return do_not_call(_)
    if not alert.phone:
        return _("Chị ấy chưa nhờ gọi lại. Chị cẩn thận: người khác có thể đang cầm máy.")
    phone = display_phone(alert.phone)
    if not alert.call_when:
        return _("Chị ấy nhờ gọi lại số {phone}, không dặn lúc nào.").format(phone=phone)
    return _("Chị ấy nhờ gọi lại số {phone}, dặn lúc gọi: «{when}».").format(
        phone=phone, when=alert.call_when
    )


def _missing(alert: Alert, nobody_on: Collection[AlertRoute], _: Gettext) -> list[str]:
    said = {
        AlertRoute.LOCAL: _("Em chưa biết chị ấy ở xã nào.")
        if alert.unit_id is None
        else _("Ở nơi chị ấy sống em không báo được cho ai."),
        AlertRoute.CITY: _("Ở cấp trên cùng em không báo được cho ai."),
    }
    return [said[route] for route in said if route in nobody_on]


def _phones(numbers: Sequence[OnCall], _: Gettext) -> list[str]:
    if not numbers:
        return []
    lines = [f"- {one.name}: {display_phone(one.phone)}" for one in numbers]
    return [_("Số điện thoại trực:"), *lines]


async def _who(connection: AsyncConnection, alert: Alert, _: Gettext) -> str:
    """What she is and where; her name only if she allowed it."""
    member = None
    if alert.member_id is not None:
        found = await connection.execute(
            sa.select(members.c.full_name, members.c.status, members.c.allows_name_to_cadres).where(
                members.c.id == alert.member_id
            )
        )
        member = found.one_or_none()
    is_member = member is not None and member.status is MemberStatus.RECOGNISED
    who = _("Một hội viên") if is_member else _("Một chị chưa phải hội viên")
    if member is not None and member.allows_name_to_cadres:
        who = (_("Hội viên {name}") if is_member else _("Chị {name}")).format(name=member.full_name)
    place = await _place(connection, alert)
    return (
        _("{who} ở {place}").format(who=who, place=place)
        if place
        else _("{who} (chưa cho biết ở đâu)").format(who=who)
    )


async def _place(connection: AsyncConnection, alert: Alert) -> str:
    """Her branch and its commune. The top says nothing."""
    if alert.unit_id is None:
        return ""
    line = await tree.line_of(connection, alert.unit_id)
    found = await connection.execute(
        sa.select(units.c.id, units.c.name).where(units.c.id.in_(line), units.c.level.not_in(TOP))
    )
    names = {row.id: row.name for row in found}
    return ", ".join(names[unit_id] for unit_id in line if unit_id in names)


async def _is_quiet(connection: AsyncConnection, alert: Alert) -> bool:
    quiet = sa.select(contacts.c.is_quiet).where(contacts.c.id == alert.contact_id)
    return bool(await connection.scalar(quiet))
