"""An officer answers in her own chat whether an announcement may go out: 1 duyệt, 2 sửa with a reason, DUYET to see what waits.

The letter's buttons, and what quotes it, say themselves which announcement they mean. Bare digits mean the letter only
while nothing else has been shown to her since; any other words close the question, for the letter stays good.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import sqlalchemy as sa

from bot.channels.contract import Choice, IncomingKind
from bot.clock import in_vietnam
from bot.people import staff
from bot.people.parsing import parse_digit
from bot.questions import open as questions
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables import outbox
from bot.store.tables.broadcasts import ApprovalState
from bot.store.tables.people import Role
from bot.text import clean, squeeze
from bot.turn import Turn
from broadcasts import approval, approval_letters, deciding, responses
from broadcasts.approval_letters import FLOW, read_press
from broadcasts.deciding import Late
from broadcasts.refused import Refused
from broadcasts.steps import get
from handlers.cadres.desk_words import is_doubtful
from handlers.members import safety
from handlers.members.form import LEAVE
from handlers.parts import Parts

_LIST_WORDS = {"duyet", "choduyet", "xemduyet"}
_LONGEST = 40


class Step(StrEnum):
    DECIDE = ""  # As the letter leaves it: 1 or 2.
    REASON = "reason"  # What is to be changed.
    SURE = "sure"  # Whether the words kept are the reason.
    LATE = "late"  # Its hour has gone by: now, or not.


async def take_reply(turn: Turn, parts: Parts) -> bool:
    """Take what is plainly about a request: its buttons, what quotes it, DUYET, the digits that it asks for, and words about
    danger while she is asked for a reason, which may be that reason as well as a cry for help.
    """
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        return False
    words = clean(turn.incoming.text)
    if press := read_press(words):
        agrees, approval_id = press
        await _answer(turn, parts, staff_id, approval_id, agrees=agrees)
        return True
    if squeeze(words[:_LONGEST]) in _LIST_WORDS:
        return await _show_next(turn, parts, staff_id)
    if (quoted_id := await _quoted(turn)) is not None:
        await _take_about(turn, parts, staff_id, quoted_id, words)
        return True
    conversation = turn.conversation
    if conversation.flow != FLOW:
        return False
    if conversation.step == Step.REASON and parts.safety.check(words):
        await _ask_if_sure(turn, parts, conversation.data["approval"], words)
        return True
    digit = parse_digit(words, 2)
    if conversation.step == Step.DECIDE and digit in {1, 2} and not turn.incoming.reply_to:
        if await _has_newer(turn, staff_id):
            conversation.end()  # The digit is for what came since.
            return False
        await _answer(turn, parts, staff_id, conversation.data["approval"], agrees=digit == 1)
        return True
    return False


async def take(turn: Turn, parts: Parts) -> bool:
    """Take what was asked of her: the reason, whether it is one, whether to send now."""
    conversation, staff_id = turn.conversation, turn.contact.staff_id
    if conversation.flow != FLOW or turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    digit = parse_digit(words, 2)
    if staff_id is None or conversation.step == Step.DECIDE:
        conversation.end()
        return False
    approval_id = conversation.data["approval"]
    match conversation.step:
        case Step.REASON:
            await _take_reason(turn, parts, staff_id, approval_id, words)
            return True
        case Step.SURE if digit == 1:
            await _return(turn, parts, staff_id, approval_id, conversation.data["text"])
            return True
        case Step.SURE if digit == 2:
            await _take_as_hers(turn, parts, conversation.data["text"])
            return True
        case Step.LATE if digit == 1:
            await _approve(turn, parts, staff_id, approval_id, means_now=True)
            return True
        case Step.LATE if digit == 2:
            await _ask_reason(turn, approval_id)
            return True
    conversation.end()
    return False


async def _show_next(turn: Turn, parts: Parts, staff_id: int) -> bool:
    """DUYET: the request that has waited longest for her."""
    member = await staff.get(turn.connection, staff_id)
    if member is None or member.role is not Role.OFFICER:
        return False
    waiting = await approval.waiting_for(turn.connection, staff_id)
    asked = await approval.request(turn.connection, waiting[0]) if waiting else None
    if asked is None:
        await turn.say(turn.gettext("Dạ, hiện không có thông báo nào chờ chị duyệt."))
        return True
    await approval_letters.show(Post.of(turn, parts.languages), turn.contact, asked)
    # The letter wrote where her chat stands; this turn must leave it so.
    row_id = await turn.connection.scalar(
        sa.select(sa.func.max(outbox.c.id)).where(outbox.c.contact_id == turn.contact.contact_id)
    )
    turn.conversation.begin(FLOW, Step.DECIDE, approval=asked.id)
    turn.conversation.question_row = row_id or 0
    return True


async def _has_newer(turn: Turn, staff_id: int) -> bool:
    """Whether something else that takes digits came to her after the letter: a member's question, or an announcement."""
    connection, contact = turn.connection, turn.contact
    announced = await responses.last_said(connection, contact, within=responses.OPEN_FOR, now=turn.now)
    if announced is not None and announced.answer(1, contact.language) is not None:
        return True
    return await questions.is_shown_after(
        connection, contact.contact_id, staff_id, turn.conversation.question_row
    )


async def _quoted(turn: Turn) -> int | None:
    """The request whose letter she quotes."""
    if not turn.incoming.reply_to:
        return None
    message = await turn.connection.scalar(
        sa.select(outbox.c.message)
        .where(outbox.c.contact_id == turn.contact.contact_id, outbox.c.platform_id == turn.incoming.reply_to)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    choices = (message or {}).get("choices") or [["", ""]]
    press = read_press(choices[0][0])
    return press[1] if press else None


async def _take_about(turn: Turn, parts: Parts, staff_id: int, approval_id: int, words: str) -> None:
    if digit := parse_digit(words, 2):
        await _answer(turn, parts, staff_id, approval_id, agrees=digit == 1)
    else:
        await _ask_if_sure(turn, parts, approval_id, words)


async def _answer(turn: Turn, parts: Parts, staff_id: int, approval_id: int, *, agrees: bool) -> None:
    turn.heard = Note(kind="approval", staff_id=staff_id)
    if agrees:
        await _approve(turn, parts, staff_id, approval_id)
        return
    asked = await approval.request(turn.connection, approval_id)
    if asked is None or asked.state is not ApprovalState.WAITING:
        await _say_over(turn, asked)
    elif not await approval.may_decide(turn.connection, asked, staff_id):
        await turn.say(turn.gettext("Chị không phải người duyệt thông báo này."))
    else:
        await _ask_reason(turn, approval_id)


async def _approve(
    turn: Turn, parts: Parts, staff_id: int, approval_id: int, *, means_now: bool = False
) -> None:
    _ = turn.gettext
    try:
        is_first = await deciding.approve(
            turn.connection,
            approval_id,
            staff_id=staff_id,
            decided_in=deciding.IN_CHAT,
            now=turn.now,
            means_now=means_now,
        )
    except Late:
        turn.conversation.begin(FLOW, Step.LATE, approval=approval_id)
        await turn.say(
            _(
                "Giờ hẹn gửi của thông báo này đã qua. Chị muốn em gửi ngay bây giờ không?\n1 = gửi ngay\n2 = sửa lại"
            ),
            Choice("1", _("Gửi ngay")),
            Choice("2", _("Sửa lại")),
        )
        return
    except Refused as refused:
        _end(turn)
        await turn.say(_(str(refused)))
        return
    _end(turn)
    asked = await approval.request(turn.connection, approval_id)
    if not is_first or asked is None:
        await _say_over(turn, asked)
        return
    row = await get(turn.connection, asked.broadcast_id)
    if row.due_at <= turn.now:
        said = _("Dạ, em ghi nhận chị đã duyệt thông báo «{title}». Em bắt đầu gửi ngay.")
    else:
        said = _("Dạ, em ghi nhận chị đã duyệt thông báo «{title}». Em gửi lúc {when}.")
    when = f"{in_vietnam(row.due_at):%H:%M %d/%m/%Y}"
    await turn.say(said.format(title=row.title, when=when) + await _more(turn, staff_id))
    await approval_letters.tell_decided(Post.of(turn, parts.languages), approval_id)


async def _ask_reason(turn: Turn, approval_id: int) -> None:
    turn.conversation.begin(FLOW, Step.REASON, approval=approval_id)
    await turn.say(
        turn.gettext(
            "Dạ, chị nhắn giúp cần sửa điều gì, em chuyển cho người soạn. Gõ THÔI nếu chị chưa trả lời."
        )
    )


async def _take_reason(turn: Turn, parts: Parts, staff_id: int, approval_id: int, words: str) -> None:
    if words in LEAVE:
        _end(turn)
        await turn.say(turn.gettext("Dạ, thông báo vẫn chờ chị. Chị gõ DUYET để xem lại."))
    elif is_doubtful(words):
        await _ask_reason(turn, approval_id)
    else:
        await _return(turn, parts, staff_id, approval_id, words)


async def _return(turn: Turn, parts: Parts, staff_id: int, approval_id: int, reason: str) -> None:
    _ = turn.gettext
    turn.heard = replace(turn.heard, kind="approval", staff_id=staff_id)
    _end(turn)
    try:
        is_first = await deciding.return_(
            turn.connection,
            approval_id,
            reason,
            staff_id=staff_id,
            decided_in=deciding.IN_CHAT,
            now=turn.now,
        )
    except Refused as refused:
        await turn.say(_(str(refused)))
        return
    if not is_first:
        await _say_over(turn, await approval.request(turn.connection, approval_id))
        return
    said = _("Dạ, em đã chuyển lời chị cho người soạn. Thông báo chưa gửi cho ai.")
    await turn.say(said + await _more(turn, staff_id))
    await approval_letters.tell_decided(Post.of(turn, parts.languages), approval_id)


async def _ask_if_sure(turn: Turn, parts: Parts, approval_id: int, words: str) -> None:
    """Keep her words and ask whether they are the reason; with the numbers where they sound like danger."""
    _ = turn.gettext
    turn.conversation.begin(FLOW, Step.SURE, approval=approval_id, text=words)
    lines = []
    if parts.safety.check(words):
        turn.hide_words()
        lines.append(
            _(
                "Nếu chính chị hay ai bên cạnh đang nguy hiểm: gọi ngay 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
            )
        )
    lines += [
        f"«{words}»",
        _("Chị nhờ sửa lại thông báo với lý do này phải không? 1 = phải, 2 = không."),
    ]
    note = Note(kind="approval", is_sensitive=turn.heard.is_sensitive)
    await turn.say("\n".join(lines), Choice("1", _("Phải")), Choice("2", _("Không")), note=note)


async def _take_as_hers(turn: Turn, parts: Parts, words: str) -> None:
    """The words kept were no reason: if they were about danger, they are heard as that."""
    _end(turn)
    turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT, text=words)
    if not await safety.take(turn, parts):
        await turn.say(turn.gettext("Dạ, thông báo vẫn chờ chị. Chị gõ DUYET để xem lại."))


async def _say_over(turn: Turn, asked: approval.Row | None) -> None:
    """Somebody has answered before, or it is not asked any more."""
    _ = turn.gettext
    _end(turn)
    if asked is None or asked.state is ApprovalState.WITHDRAWN:
        await turn.say(_("Dạ, thông báo này đã được sửa hoặc rút lại nên không cần duyệt nữa."))
        return
    decider = await staff.get(turn.connection, asked.decided_by) if asked.decided_by else None
    said: Callable[..., str] = (
        _("Dạ, thông báo này {name} đã duyệt rồi.")
        if asked.state is ApprovalState.APPROVED
        else _("Dạ, thông báo này {name} đã nhờ sửa lại rồi.")
    ).format
    await turn.say(said(name=decider.name if decider else "?"))


async def _more(turn: Turn, staff_id: int) -> str:
    rest = len(await approval.waiting_for(turn.connection, staff_id))
    if not rest:
        return ""
    return " " + turn.gettext("Còn {count} thông báo chờ chị duyệt, gõ DUYET để xem.").format(count=rest)


def _end(turn: Turn) -> None:
    if turn.conversation.flow == FLOW:
        turn.conversation.end()
