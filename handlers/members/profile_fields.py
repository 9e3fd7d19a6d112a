"""The questions about a member herself: each is asked when she registers and again when she changes her profile."""

from bot.channels.contract import Choice, Outgoing
from bot.clock import in_vietnam
from bot.keywords import Keywords
from bot.people import units
from bot.people.parsing import BirthYearProblem, parse_birth_year, parse_digit, parse_name, parse_yes_no
from bot.people.unit_search import Choice as UnitChoice
from bot.people.unit_search import ChoiceKind, Found, NotFound, Several
from bot.phone import parse_phone
from bot.store.tables.people import Purpose
from bot.text import clean, cut
from bot.turn import Turn
from handlers.members import name_words, question_words
from handlers.members.form import Data, Field
from handlers.parts import Parts

_HAMLET_LENGTH = 80
_SKIP_WORDS = Keywords(
    "bỏ qua",
    "bỏ trống",
    "không",
    "không có",
    "không muốn",
    "không cho",
    "khỏi",
    "khỏi cần",
    "ko",
    "ko có",
    "hông có",
)
_BUTTON_UNITS = 60


# Consents. The sentence she answers is kept as the proof, so each stands here once.


def consent_wording(turn: Turn, parts: Parts, purpose: Purpose) -> str:
    """What she is asked to agree to, in her language."""
    _ = turn.gettext
    match purpose:
        case Purpose.PROFILE:
            return _(
                "Chị có đồng ý cho {organisation} giữ họ tên, năm sinh, xã/phường, ấp/khóm và số điện thoại (nếu chị cho) "
                "để phục vụ chị trong việc của Hội không?"
            ).format(organisation=parts.organisation)
        case Purpose.ANNOUNCEMENTS:
            return _(
                "Chị có muốn nhận tin báo của Hội qua đây không (lịch họp, lớp học, chính sách, cảnh báo)? "
                "Lúc nào không muốn nữa, chị gõ NGUNG."
            )
        case Purpose.NAME_TO_CADRES:
            return _(
                "Khi chị hỏi điều em không biết, em chuyển cho cán bộ Hội. Chị có đồng ý cho cán bộ thấy tên chị không? "
                "Nếu không, cán bộ chỉ thấy câu hỏi và xã của chị."
            )
        case Purpose.CALL_BACK:
            return _("Chị có đồng ý cho cán bộ Hội gọi vào số này khi cần trả lời chị không?")


def consent_field(purpose: Purpose) -> Field:
    """A yes or no to one purpose; nothing is taken for granted."""

    async def ask(turn: Turn, parts: Parts, data: Data) -> Outgoing:
        _ = turn.gettext
        yes, no = _("Đồng ý"), _("Không")
        text = f"{consent_wording(turn, parts, purpose)}\n1. {yes}\n2. {no}"
        if purpose is Purpose.PROFILE:
            text = f"{consent_notice(turn, parts)}\n\n{text}"
        return Outgoing(text, (Choice("1", yes), Choice("2", no)))

    async def take(turn: Turn, parts: Parts, data: Data) -> str | None:
        _ = turn.gettext
        answer = parse_yes_no(turn.incoming.text)
        if answer is None:
            return _("Chị gõ 1 nếu đồng ý, 2 nếu không.")
        given = data.setdefault("consents", {})
        given[purpose] = [answer, consent_wording(turn, parts, purpose), turn.now.isoformat()]
        return None

    if purpose is Purpose.CALL_BACK:
        return Field(purpose, ask, take, applies=lambda data: bool(data.get("phone")))
    return Field(
        purpose, ask, take, applies=lambda data: purpose is Purpose.PROFILE or _agreed_to_profile(data)
    )


def consent_notice(turn: Turn, parts: Parts) -> str:
    """What she must know before she agrees (Law 91/2025/QH15 art. 9; domain.md 3.1)."""
    _ = turn.gettext
    return _(
        "Trước khi ghi tên, em xin thưa rõ với chị:\n"
        "• Bên giữ thông tin: {organisation}. Hỏi về thông tin của chị: {contact_line}.\n"
        "• Ai xem được: chỉ cán bộ phụ trách nơi chị ở. Tin nhắn đi qua ứng dụng chị đang dùng.\n"
        "• Giữ tới khi chị không cần nữa. Lúc nào chị cũng xem được (gõ HOSO), sửa (SUAHOSO), xóa (XOA).\n"
        "• Chị không đồng ý cũng không sao: chị vẫn hỏi em được như thường.\n"
        "• Em là máy trả lời tự động; muốn gặp người, chị gõ 0."
    ).format(organisation=parts.organisation, contact_line=parts.contact_line)


def _agreed_to_profile(data: Data) -> bool:
    answer = data.get("consents", {}).get(Purpose.PROFILE)
    return bool(answer and answer[0])


# Name, year, place, phone.


async def _ask_name(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    return Outgoing(turn.gettext("Chị cho em xin họ và tên đầy đủ nghen. Ví dụ: Nguyễn Thị Lan."))


async def _take_name(turn: Turn, parts: Parts, data: Data) -> str | None:
    name = parse_name(turn.incoming.text)
    if name is None:
        return turn.gettext("Chị viết giúp em họ tên bằng chữ, ví dụ: Nguyễn Thị Lan.")
    if name_words.is_none(name):
        return turn.gettext(
            "Em chưa dám ghi đó là tên chị. Chị gõ giúp em họ tên, ví dụ: Nguyễn Thị Lan. Chị muốn hỏi việc khác thì gõ THOI trước nghen."
        )
    data["full_name"] = name
    return None


async def _ask_birth_year(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    return Outgoing(turn.gettext("Chị sinh năm nào ạ? Ví dụ: 1985."))


async def _take_birth_year(turn: Turn, parts: Parts, data: Data) -> str | None:
    _ = turn.gettext
    match parse_birth_year(turn.incoming.text, in_vietnam(turn.now).date()):
        case BirthYearProblem.TOO_YOUNG:
            return _(
                "Dạ, Hội ghi tên người từ 18 tuổi. Nếu em dưới 18 mà cần giúp, gọi 111 (miễn phí). Gõ lại năm sinh, hoặc gõ THOI để thôi."
            )
        case BirthYearProblem.IMPOSSIBLE | BirthYearProblem.NOT_UNDERSTOOD:
            return _(
                "Chị gõ giúp em năm sinh đủ 4 số, ví dụ: 1985. Chị muốn hỏi việc khác thì gõ THOI trước nghen."
            )
        case year:
            data["birth_year"] = year
            return None


async def _ask_unit(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    data.pop("unit_choices", None)
    return Outgoing(
        turn.gettext(
            "Chị ở xã/phường nào ạ? Chị gõ tên xã mới hay tên xã cũ đều được, có dấu hay không dấu cũng được."
        )
    )


async def _take_unit(turn: Turn, parts: Parts, data: Data) -> str | None:
    _ = turn.gettext
    offered = data.get("unit_choices")
    if offered and (picked := parse_digit(turn.incoming.text, len(offered))) is not None:
        if picked == 0:
            data.pop("unit_choices")
            return _(
                "Dạ, chị gõ lại tên xã/phường giúp em, thêm tên huyện cũ càng tốt. Ví dụ: Kế An, Kế Sách."
            )
        kind, code = offered[picked - 1]
        return await _put_unit(turn, data, ChoiceKind(kind), code)
    search = await parts.units.current(turn.connection)
    match search.find(turn.incoming.text):
        case Found(code):
            return await _put_unit(turn, data, ChoiceKind.UNIT, code)
        case Several(choices):
            return await _offer_units(turn, data, choices, _("Chị chọn giúp em cho đúng nơi chị ở, gõ số:"))
        case NotFound(nearest) if nearest:
            return await _offer_units(
                turn,
                data,
                nearest,
                _("Em chưa tìm ra nơi đó. Có phải chị muốn nói một trong các nơi này không? Gõ số:"),
            )
        case NotFound():
            data.pop("unit_choices", None)
            return _(
                "Em chưa tìm ra xã/phường đó. Chị gõ tên xã kèm huyện cũ giúp em, ví dụ: Kế An, Kế Sách."
            )


async def _offer_units(turn: Turn, data: Data, choices: tuple[UnitChoice, ...], lead: str) -> str:
    """Say the numbered choice itself, and return nothing more to say."""
    _ = turn.gettext
    data["unit_choices"] = [[choice.kind.value, choice.code] for choice in choices]
    lines = [f"{i}. {choice.label}" for i, choice in enumerate(choices, 1)]
    buttons = [
        Choice(str(i), cut(choice.label.partition(" (")[0], _BUTTON_UNITS))
        for i, choice in enumerate(choices, 1)
    ]
    none = "0. " + _("Không phải, để tôi gõ lại")
    await turn.say("\n".join([lead, *lines, none]), *buttons, Choice("0", _("Gõ lại")))
    return ""


async def _put_unit(turn: Turn, data: Data, kind: ChoiceKind, code: str | None) -> str | None:
    _ = turn.gettext
    if kind is ChoiceKind.RETYPE:
        data.pop("unit_choices", None)
        return _("Chị gõ tên xã/phường giúp em, thêm huyện cũ càng tốt. Ví dụ: Kế An, Kế Sách.")
    unit_id = (
        await units.id_of_code(turn.connection, code) if code else await units.province_id(turn.connection)
    )
    data["unit_id"] = unit_id
    data.pop("unit_choices", None)
    return None


async def _ask_hamlet(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    place = await units.name_of(turn.connection, data["unit_id"])
    return Outgoing(
        _("Dạ, em ghi chị ở {place}. Chị ở ấp/khóm nào ạ? (gõ 0 nếu muốn bỏ qua)").format(place=place),
        (Choice("0", _("Bỏ qua")),),
    )


def _skips(words: str) -> bool:
    return parse_digit(words, 0) == 0 or words in _SKIP_WORDS


async def ask_hamlet_alone(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    """The question for her hamlet when only that is changed."""
    _ = turn.gettext
    return Outgoing(_("Chị ở ấp/khóm nào ạ? (gõ 0 nếu muốn bỏ trống)"), (Choice("0", _("Bỏ trống")),))


async def _take_hamlet(turn: Turn, parts: Parts, data: Data) -> str | None:
    hamlet = " ".join(clean(turn.incoming.text).split())
    if not hamlet or len(hamlet) > _HAMLET_LENGTH:
        return turn.gettext("Chị gõ tên ấp/khóm ngắn gọn giúp em, ví dụ: ấp Mỹ Hòa; hoặc gõ 0 để bỏ qua.")
    if not _skips(hamlet) and question_words.asks(hamlet):
        return turn.gettext(
            "Chị gõ giúp em tên ấp/khóm, ví dụ: ấp Mỹ Hòa; hoặc gõ 0 để bỏ qua. Chị muốn hỏi việc khác thì gõ THOI trước nghen."
        )
    data["hamlet"] = "" if _skips(hamlet) else hamlet
    return None


async def _ask_phone(turn: Turn, parts: Parts, data: Data) -> Outgoing:
    _ = turn.gettext
    text = _("Chị cho em số điện thoại nếu muốn cán bộ gọi lại được. Không muốn thì gõ 0 để bỏ qua.")
    return Outgoing(text, (Choice("0", _("Bỏ qua")),), asks_phone=True)


async def _take_phone(turn: Turn, parts: Parts, data: Data) -> str | None:
    if _skips(turn.incoming.text):
        data["phone"] = None
        return None
    phone = parse_phone(turn.incoming.text)
    if phone is None:
        return turn.gettext("Chị gõ giúp em số điện thoại 10 số, ví dụ: 09xx xxx xxx; hoặc gõ 0 để bỏ qua.")
    data["phone"] = phone
    return None


NAME = Field("full_name", _ask_name, _take_name)
BIRTH_YEAR = Field("birth_year", _ask_birth_year, _take_birth_year)
UNIT = Field("unit_id", _ask_unit, _take_unit)
HAMLET = Field("hamlet", _ask_hamlet, _take_hamlet)
PHONE = Field("phone", _ask_phone, _take_phone)
