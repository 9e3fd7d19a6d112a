"""Registering by chat: consent first, purpose by purpose, then five short questions and a look at the whole."""

from dataclasses import replace
from datetime import datetime

from bot.channels.contract import Choice, Outgoing
from bot.people import members, units
from bot.people.members import Consent, Profile
from bot.people.parsing import parse_digit, parse_yes_no
from bot.phone import display_phone
from bot.store.tables.people import Purpose
from bot.turn import Turn
from handlers.members import profile_fields as fields
from handlers.members.form import Data, Field, Form
from handlers.parts import Parts


async def begin(turn: Turn, parts: Parts) -> None:
    """DANGKY: start the form, or say that she is registered already."""
    _ = turn.gettext
    if turn.contact.member_id is not None:
        turn.conversation.end()
        await turn.say(_("Dạ, chị đã ghi tên rồi. Gõ HOSO để xem, SUAHOSO để sửa, XOA để xóa."))
        return
    await FORM.begin(turn, parts)


async def take(turn: Turn, parts: Parts) -> bool:
    return await FORM.take(turn, parts)


async def profile_lines(turn: Turn, values: Data) -> str:
    """Name, year, place and phone, a line each, as she is shown them."""
    _ = turn.gettext
    place = await units.name_of(turn.connection, values["unit_id"])
    phone = values.get("phone")
    return "\n".join(
        [
            _("Họ tên: {value}").format(value=values["full_name"]),
            _("Năm sinh: {value}").format(value=values["birth_year"]),
            _("Nơi ở: {value}").format(
                value=", ".join(part for part in (values.get("hamlet"), place) if part)
            ),
            _("Điện thoại: {value}").format(value=display_phone(phone) if phone else _("không ghi")),
        ]
    )


def yes_or_no(turn: Turn, answer: bool) -> str:
    return turn.gettext("có") if answer else turn.gettext("không")


def _ends_without_consent(field: Field) -> Field:
    """The first consent: without it there is no profile, and nothing more is asked."""

    async def take_or_leave(turn: Turn, parts: Parts, data: Data) -> str | None:
        expected = await field.take(turn, parts, data)
        if expected is None and not data["consents"][Purpose.PROFILE][0]:
            turn.conversation.end()
            return turn.gettext(
                "Dạ không sao, em không ghi gì của chị hết. Chị cứ hỏi em như thường; khi nào muốn ghi tên thì gõ DANGKY."
            )
        return expected

    return replace(field, take=take_or_leave)


async def _ask_confirmation(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    given = data["consents"]
    consents = [
        _("Nhận tin báo của Hội: {value}").format(value=yes_or_no(turn, given[Purpose.ANNOUNCEMENTS][0])),
        _("Cho cán bộ thấy tên: {value}").format(value=yes_or_no(turn, given[Purpose.NAME_TO_CADRES][0])),
    ]
    text = "\n".join(
        [
            _("Chị xem lại giúp em:"),
            await profile_lines(turn, data),
            *consents,
            "",
            _("1. Đúng rồi, ghi tên"),
            _("2. Sửa từ đầu (gõ SUA để sửa câu vừa rồi)"),
        ]
    )
    return Outgoing(text, (Choice("1", _("Đúng rồi")), Choice("2", _("Sửa từ đầu"))))


async def _take_confirmation(turn: Turn, parts: Parts, data: Data) -> str | None:
    if parse_digit(turn.incoming.text, 2) == 2:
        given = data["consents"]
        turn.conversation.begin(FORM.flow, fields.NAME.name, consents=given)
        question = await fields.NAME.ask(turn, parts, turn.conversation.data)
        return question.text
    if not parse_yes_no(turn.incoming.text):
        return turn.gettext("Chị gõ 1 nếu đúng hết, 2 để sửa từ đầu, hoặc THOI để thôi không ghi tên.")
    return None


async def _finish(turn: Turn, parts: Parts, data: Data) -> None:
    _ = turn.gettext
    profile = Profile(data["full_name"], data["birth_year"], data["unit_id"], data["hamlet"], data["phone"])
    given = [
        Consent(Purpose(purpose), answer, wording, datetime.fromisoformat(at))
        for purpose, (answer, wording, at) in data["consents"].items()
    ]
    await members.register(turn.connection, turn.contact.contact_id, profile, given, now=turn.now)
    receives = data["consents"][Purpose.ANNOUNCEMENTS][0]
    await turn.change_contact(**({"stopped_at": None} if receives else {}))
    turn.conversation.end()
    await turn.say(
        _(
            "Dạ xong rồi, em cảm ơn chị {name}! Hội ở {place} sẽ xem và công nhận hội viên.\n"
            "Chị cứ hỏi em lúc nào cũng được. Gõ HOSO để xem thông tin, MENU để xem em giúp được gì."
        ).format(
            name=data["full_name"].split()[-1], place=await units.name_of(turn.connection, data["unit_id"])
        )
    )


def _left(turn: Turn) -> str:
    return turn.gettext("Dạ, em dừng ở đây, chưa ghi gì của chị. Khi nào tiện chị gõ DANGKY làm lại nghen.")


FORM = Form(
    flow="registration",
    fields=(
        _ends_without_consent(fields.consent_field(Purpose.PROFILE)),
        fields.consent_field(Purpose.ANNOUNCEMENTS),
        fields.consent_field(Purpose.NAME_TO_CADRES),
        fields.NAME,
        fields.BIRTH_YEAR,
        fields.UNIT,
        fields.HAMLET,
        fields.PHONE,
        fields.consent_field(Purpose.CALL_BACK),
        Field("confirmation", _ask_confirmation, _take_confirmation),
    ),
    finish=_finish,
    left=_left,
)
