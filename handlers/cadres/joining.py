"""A cadre joins: the one-time code that her officer gave her makes this chat her desk."""

from bot.channels.contract import IncomingKind
from bot.people import staff, units
from bot.people.staff import Joined, StaffMember
from bot.store.tables.people import Role
from bot.turn import Turn
from handlers.parts import Parts


async def take_code(turn: Turn, parts: Parts) -> bool:
    """Take the turn if she typed a code, or came by a link that carries one."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.START}:
        return False
    joining = await staff.use_join_code(turn.connection, turn.contact, turn.incoming.text, turn.now)
    if joining is None:
        return False
    turn.hide_words()  # A code is a key.
    _ = turn.gettext
    match joining.outcome:
        case Joined.YES | Joined.ALREADY:
            turn.conversation.end()
            await turn.say(await _welcome(turn, joining.staff_id))
        case Joined.WRONG:
            await turn.say(
                _(
                    "Dạ, mã này không đúng, đã dùng rồi hoặc đã hết hạn. Chị xem lại giúp em, hoặc xin cán bộ phụ trách cấp mã mới."
                )
            )
        case Joined.TOO_MANY:
            await turn.say(_("Dạ, chị đã gõ sai mã nhiều lần. Chị chờ một tiếng rồi gõ lại giúp em nghen."))
        case Joined.OTHER_STAFF:
            await turn.say(
                _(
                    "Dạ, khung trò chuyện này đang là bàn việc của một cán bộ khác nên em không đổi được. Chị dùng máy của mình, hoặc nhờ cán bộ phụ trách gỡ giúp."
                )
            )
    return True


async def _welcome(turn: Turn, staff_id: int | None) -> str:
    _ = turn.gettext
    member = await staff.get(turn.connection, staff_id) if staff_id is not None else None
    place = await units.name_of(turn.connection, member.unit_id if member else None)
    known = _("Dạ, em nhận ra chị rồi: cán bộ {place}.").format(place=place)
    return "\n".join([known, *_what_she_can_do(turn, member)])


def _what_she_can_do(turn: Turn, member: StaffMember | None) -> list[str]:
    """In this chat, by what she has been given to do; and who helps her."""
    _ = turn.gettext
    lines = []
    if member is not None and member.takes_questions:
        lines.append(
            _(
                "- Hội viên hỏi điều em chưa biết, em chuyển tới đây. Chị nhắn câu trả lời, em gửi lại chị ấy. Gõ CAUHOI để xem câu đang chờ."
            )
        )
    if member is not None and member.takes_alerts:
        lines.append(
            _(
                "- Chị trực báo động: có chị kêu cứu là em nhắn chị ngay, ngày cũng như đêm. Gõ BAODONG để xem việc đang mở."
            )
        )
    if member is not None and member.role is Role.OFFICER:
        lines.append(_("- Thông báo nào cần chị duyệt, em gửi tới đây. Gõ DUYET để xem."))
    if not lines:
        lines.append(
            _("- Khi Hội giao chị trả lời câu hỏi hay trực báo động, có việc là em nhắn chị tại đây.")
        )
    return [*lines, _("- Cần chỉ cách làm, chị hỏi cán bộ đã cho chị mã này.")]
