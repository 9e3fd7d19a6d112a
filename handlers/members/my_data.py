"""Her own data: HOSO shows it, SUAHOSO changes it, XOA erases it."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.channels.contract import Choice, Outgoing
from bot.people import members, quiet
from bot.people.member_code import code_of
from bot.people.members import Consent
from bot.people.parsing import parse_digit
from bot.store.tables.people import Purpose
from bot.turn import Turn
from handlers.members import categories, registration
from handlers.members import profile_fields as fields
from handlers.members.form import Data, Field, Form
from handlers.parts import Parts

ERASE = "erase"


async def show(turn: Turn, parts: Parts) -> None:
    """HOSO: everything that is kept of her, and how to change it."""
    _ = turn.gettext
    turn.conversation.end()
    member_id = turn.contact.member_id
    profile = await members.profile_of(turn.connection, member_id) if member_id is not None else None
    if profile is None:
        stopped = _("Chị đang tắt tin báo.") if turn.contact.is_stopped else ""
        await turn.say(
            " ".join(
                part
                for part in (_("Dạ, em chưa ghi thông tin gì của chị, ngoài các tin nhắn với em ở đây."), stopped,
                             _("Muốn ghi tên vào Hội, chị gõ DANGKY. Muốn xóa tin nhắn đã lưu, chị gõ XOA."))
                if part
            )
        )  # fmt: skip
        return
    receives = profile["allows_announcements"] and not turn.contact.is_stopped
    lines = [
        _("Em đang giữ của chị (mã hội viên {code}):").format(code=code_of(profile["id"])),
        await registration.profile_lines(turn, dict(profile)),
        _("Nhận tin báo của Hội: {value}").format(value=registration.yes_or_no(turn, receives)),
        *([await categories.line(turn, parts)] if receives else []),
        _("Cho cán bộ thấy tên: {value}").format(
            value=registration.yes_or_no(turn, profile["allows_name_to_cadres"])
        ),
    ]
    if profile["phone"]:
        lines.append(
            _("Cho cán bộ gọi lại: {value}").format(
                value=registration.yes_or_no(turn, profile["allows_call_back"])
            )
        )
    lines += ["", _("Gõ SUAHOSO để sửa, XOA để xóa hết.")]
    message = await quiet.cover(turn.connection, turn.contact, Outgoing("\n".join(lines)), turn.now, _)
    await turn.tell(turn.contact, message)


async def begin_change(turn: Turn, parts: Parts) -> None:
    """SUAHOSO: which of it to change."""
    if turn.contact.member_id is None:
        turn.conversation.end()
        await turn.say(
            turn.gettext("Dạ, chị chưa ghi tên nên chưa có gì để sửa. Muốn ghi tên, chị gõ DANGKY.")
        )
        return
    await CHOOSE.begin(turn, parts)


async def begin_move(turn: Turn, parts: Parts) -> None:
    """CHUYENXA: straight to the question where she lives now."""
    if turn.contact.member_id is None:
        await begin_change(turn, parts)
        return
    await _CHANGES["unit_id"].begin(turn, parts)


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if one of these forms is open."""
    for form in FORMS:
        if await form.take(turn, parts):
            return True
    return False


async def begin_erasure(turn: Turn, parts: Parts) -> None:
    """XOA: one confirmation, then it is done."""
    await ERASURE.begin(turn, parts)


# What may be changed, in the order of the list she is shown.


def _labels(turn: Turn) -> dict[str, str]:
    _ = turn.gettext
    return {
        "full_name": _("Họ tên"),
        "birth_year": _("Năm sinh"),
        "unit_id": _("Xã/phường"),
        "hamlet": _("Ấp/khóm"),
        "phone": _("Số điện thoại"),
        Purpose.ANNOUNCEMENTS: _("Nhận tin báo của Hội"),
        Purpose.NAME_TO_CADRES: _("Cho cán bộ thấy tên"),
    }


async def _ask_which(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    labels = _labels(turn).values()
    text = "\n".join(
        [_("Chị muốn sửa mục nào? Gõ số:"), *(f"{i}. {label}" for i, label in enumerate(labels, 1))]
    )
    return Outgoing(text, tuple(Choice(str(i), label) for i, label in enumerate(labels, 1)))


async def _take_which(turn: Turn, parts: Parts, data: Data) -> str | None:
    labels = _labels(turn)
    picked = parse_digit(turn.incoming.text, len(labels))
    if not picked:
        return turn.gettext("Chị gõ một số từ 1 đến {highest}, hoặc THOI để thôi.").format(
            highest=len(labels)
        )
    await _CHANGES[list(labels)[picked - 1]].begin(turn, parts)
    return ""


async def _nothing(turn: Turn, parts: Parts, data: Data) -> None:
    """The choice opens another form, which finishes by itself."""


def _unchanged(turn: Turn) -> str:
    return turn.gettext("Dạ, em giữ nguyên như cũ.")


def _change(*asked: Field, save: Callable[[Turn, Data], Awaitable[None]]) -> Form:
    async def finish(turn: Turn, parts: Parts, data: Data) -> None:
        await save(turn, data)
        turn.conversation.end()
        await turn.say(turn.gettext("Dạ, em sửa rồi."))
        await show(turn, parts)

    return Form(flow=f"change_{asked[0].name}", fields=asked, finish=finish, left=_unchanged)


async def _save_profile(turn: Turn, data: Data) -> None:
    if turn.contact.member_id is None:
        return
    values: dict[str, object] = {
        name: data[name] for name in ("full_name", "birth_year", "unit_id", "hamlet", "phone") if name in data
    }
    if values.get("phone", "") is None:
        values["allows_call_back"] = False
    await members.change_profile(turn.connection, turn.contact.member_id, now=turn.now, **values)
    await _save_consents(turn, data)


async def _save_consents(turn: Turn, data: Data) -> None:
    for purpose, (answer, wording, at) in data.get("consents", {}).items():
        consent = Consent(Purpose(purpose), answer, wording, datetime.fromisoformat(at))
        await members.record_consent(
            turn.connection, turn.contact.contact_id, turn.contact.member_id, consent
        )
        if consent.purpose is Purpose.ANNOUNCEMENTS:
            await turn.change_contact(stopped_at=None if answer else turn.now)


def _always(field: Field) -> Field:
    """A consent asked on its own: it depends on no other answer of this form."""
    return Field(field.name, field.ask, field.take)


_CHANGES: dict[str, Form] = {
    "full_name": _change(fields.NAME, save=_save_profile),
    "birth_year": _change(fields.BIRTH_YEAR, save=_save_profile),
    "unit_id": _change(fields.UNIT, fields.HAMLET, save=_save_profile),
    "hamlet": _change(Field("hamlet", fields.ask_hamlet_alone, fields.HAMLET.take), save=_save_profile),
    "phone": _change(fields.PHONE, fields.consent_field(Purpose.CALL_BACK), save=_save_profile),
    Purpose.ANNOUNCEMENTS: _change(_always(fields.consent_field(Purpose.ANNOUNCEMENTS)), save=_save_consents),
    Purpose.NAME_TO_CADRES: _change(
        _always(fields.consent_field(Purpose.NAME_TO_CADRES)), save=_save_consents
    ),
}

CHOOSE = Form("change", (Field("which", _ask_which, _take_which),), _nothing, _unchanged)


# Erasure.


async def _ask_erasure(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    text = "\n".join(
        [
            _("Chị muốn xóa hết thông tin và tin nhắn em đang giữ của chị? Xóa rồi không lấy lại được. Tư cách hội viên trong sổ của Hội thì không đổi."),
            _("1. Xóa hết"),
            _("2. Không xóa"),
        ]
    )  # fmt: skip
    return Outgoing(text, (Choice("1", _("Xóa hết")), Choice("2", _("Không xóa"))))


async def _take_erasure(turn: Turn, parts: Parts, data: Data) -> str | None:
    match parse_digit(turn.incoming.text, 2):
        case 1:
            return None
        case 2:
            turn.conversation.end()
            return _unchanged(turn)
        case _:
            return turn.gettext("Chị gõ 1 để xóa hết, 2 để giữ lại.")


async def _erase(turn: Turn, parts: Parts, data: Data) -> None:
    await members.erase(turn.connection, turn.contact.contact_id, now=turn.now)
    turn.conversation.end()
    await turn.change_contact()
    turn.hide_words()
    await turn.say(
        turn.gettext(
            "Dạ, em đã xóa hết thông tin của chị và không gửi tin báo nữa. Chị vẫn hỏi em được bất cứ lúc nào. "
            "Tin nhắn còn trong máy của chị thì chị tự xóa (gõ XOATIN để xem cách)."
        )
    )


ERASURE = Form(ERASE, (Field("confirm", _ask_erasure, _take_erasure),), _erase, _unchanged)

FORMS = (CHOOSE, *_CHANGES.values(), ERASURE, categories.FORM)


def is_asking_phone(turn: Turn) -> bool:
    """Whether a form is waiting for her phone number."""
    return turn.conversation.step == fields.PHONE.name
