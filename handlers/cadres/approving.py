"""An officer answers in her own chat whether an announcement may go out: 1 duyệt, 2 sửa with a reason, DUYET to see what waits.

The letter's buttons, and what quotes it, say themselves which announcement they mean. What a bare digit means, `digits` finds out;
any other words close the question, for the letter stays good.
"""

import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.people import staff
from bot.people.parsing import parse_digit
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables import outbox
from bot.store.tables.broadcasts import ApprovalState
from bot.store.tables.people import Role
from bot.text import clean, squeeze
from bot.turn import Turn
from broadcasts import approval, approval_letters
from broadcasts.approval_letters import FLOW, read_press
from handlers.cadres import approving_acts as acts
from handlers.cadres.approving_acts import Step
from handlers.cadres.desk_words import is_doubtful
from handlers.members.form import LEAVE
from handlers.parts import Parts

_LIST_WORDS = {"duyet", "choduyet", "xemduyet"}
_LONGEST = 40


async def take_reply(turn: Turn, parts: Parts) -> bool:
    """Take what is plainly about a request: its buttons, what quotes it, DUYET, and words about danger while she is asked for a
    reason, which may be that reason as well as a cry for help.
    """
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        return False
    words = clean(turn.incoming.text)
    if press := read_press(words):
        agrees, approval_id = press
        await answer(turn, parts, staff_id, approval_id, agrees=agrees)
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
        await acts.ask_if_sure(turn, parts, conversation.data["approval"], words)
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
            await acts.return_(turn, parts, staff_id, approval_id, conversation.data["text"])
            return True
        case Step.SURE if digit == 2:
            await acts.take_as_hers(turn, parts, conversation.data["text"])
            return True
        case Step.LATE if digit == 1:
            await acts.approve(turn, parts, staff_id, approval_id, means_now=True)
            return True
        case Step.LATE if digit == 2:
            await acts.ask_reason(turn, approval_id)
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
        await answer(turn, parts, staff_id, approval_id, agrees=digit == 1)
    else:
        await acts.ask_if_sure(turn, parts, approval_id, words)


async def answer(turn: Turn, parts: Parts, staff_id: int, approval_id: int, *, agrees: bool) -> None:
    """1 or 2 below a letter, or its button."""
    turn.heard = Note(kind="approval", staff_id=staff_id)
    if agrees:
        await acts.approve(turn, parts, staff_id, approval_id)
        return
    asked = await approval.request(turn.connection, approval_id)
    if asked is None or asked.state is not ApprovalState.WAITING:
        await acts.say_over(turn, asked)
    elif not await approval.may_decide(turn.connection, asked, staff_id):
        await turn.say(turn.gettext("Chị không phải người duyệt thông báo này."))
    else:
        await acts.ask_reason(turn, approval_id)


async def _take_reason(turn: Turn, parts: Parts, staff_id: int, approval_id: int, words: str) -> None:
    if words in LEAVE:
        acts.end(turn)
        await turn.say(turn.gettext("Dạ, thông báo vẫn chờ chị. Chị gõ DUYET để xem lại."))
    elif is_doubtful(words):
        await acts.ask_reason(turn, approval_id)
    else:
        await acts.return_(turn, parts, staff_id, approval_id, words)
