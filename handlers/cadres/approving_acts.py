"""What an officer's answer about an announcement does and says, once it is clear what she wants: see `approving`."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from bot.channels.contract import Choice, IncomingKind
from bot.people import staff
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables.broadcasts import ApprovalState
from bot.turn import Turn
from broadcasts import approval, approval_news, deciding
from broadcasts.approval_letters import FLOW
from broadcasts.deciding import Late
from broadcasts.refused import Refused
from broadcasts.steps import get
from handlers.members import safety
from handlers.parts import Parts


class Step(StrEnum):
    DECIDE = ""  # As the letter leaves it: 1 or 2.
    REASON = "reason"  # What is to be changed.
    SURE = "sure"  # Whether the words kept are the reason.
    LATE = "late"  # Its hour has gone by: now, or not.


async def approve(
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
        end(turn)
        await turn.say(_(str(refused)))
        return
    end(turn)
    asked = await approval.request(turn.connection, approval_id)
    if not is_first or asked is None:
        await say_over(turn, asked)
        return
    row = await get(turn.connection, asked.broadcast_id)
    said = _("Dạ, em ghi nhận chị đã duyệt thông báo «{title}».").format(title=row.title)
    when = approval_news.when_it_goes(row, turn.now, _)
    await turn.say(f"{said} {when}" + await _more(turn, staff_id))
    await approval_news.tell_decided(Post.of(turn, parts.languages), approval_id)


async def ask_reason(turn: Turn, approval_id: int) -> None:
    turn.conversation.begin(FLOW, Step.REASON, approval=approval_id)
    await turn.say(
        turn.gettext(
            "Dạ, chị nhắn giúp cần sửa điều gì, em chuyển cho người soạn. Gõ THÔI nếu chị chưa trả lời."
        )
    )


async def return_(turn: Turn, parts: Parts, staff_id: int, approval_id: int, reason: str) -> None:
    _ = turn.gettext
    turn.heard = replace(turn.heard, kind="approval", staff_id=staff_id)
    end(turn)
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
        await say_over(turn, await approval.request(turn.connection, approval_id))
        return
    said = _("Dạ, em đã chuyển lời chị cho người soạn. Thông báo chưa gửi cho ai.")
    await turn.say(said + await _more(turn, staff_id))
    await approval_news.tell_decided(Post.of(turn, parts.languages), approval_id)


async def ask_if_sure(turn: Turn, parts: Parts, approval_id: int, words: str) -> None:
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


async def take_as_hers(turn: Turn, parts: Parts, words: str) -> None:
    """The words kept were no reason: if they were about danger, they are heard as that."""
    end(turn)
    turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT, text=words)
    if not await safety.take(turn, parts):
        await turn.say(turn.gettext("Dạ, thông báo vẫn chờ chị. Chị gõ DUYET để xem lại."))


async def say_over(turn: Turn, asked: approval.Row | None) -> None:
    """Somebody has answered before, or it is not asked any more."""
    _ = turn.gettext
    end(turn)
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


def end(turn: Turn) -> None:
    if turn.conversation.flow == FLOW:
        turn.conversation.end()
