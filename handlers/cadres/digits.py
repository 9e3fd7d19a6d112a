"""Takes a bare digit in a cadre's chat for what asked for digits last (`asked_last`), and asks her where she may have meant another:
a letter that came while she was typing is taken for nothing that she has not read.

A button and what quotes a message say themselves what they mean: they are left to whoever's message it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.channels.contract import Choice, IncomingKind
from bot.people import staff
from bot.people.parsing import parse_digit
from bot.questions import record
from bot.store.tables import outbox
from bot.text import clean, cut
from bot.turn import Turn
from broadcasts import approval
from broadcasts.steps import get
from handlers.cadres import alerting_acts, approving, asked_last, desk_acts, desk_asks, desk_flow, desk_steps
from handlers.cadres.alerting_asks import ACTING, Step
from handlers.cadres.asked_last import Asked, What
from handlers.cadres.desk_flow import Answer
from handlers.members.form import LEAVE
from handlers.parts import Parts

FLOW = "which_digit"
"""She is asked for what her digit was; the data say what was open before."""

_HIGHEST = 9
_TITLE_UNITS = 60


async def take(turn: Turn, parts: Parts) -> bool:
    """Take a bare digit that is for an alert, an announcement to agree to or a question, and what she says when asked for which."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    staff_id = turn.contact.staff_id
    is_asked = turn.conversation.flow == FLOW
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        if is_asked:
            turn.conversation.end()  # She was off duty from one message to the next.
        return False
    words = clean(turn.incoming.text)
    digit = parse_digit(words, _HIGHEST)
    if is_asked and not await asked_last.quotes_something_else(turn):
        return await _take_which(turn, parts, staff_id, words, digit)
    if is_asked:
        _go_back(turn)
    # A list that is answered by a code looks itself whether something came since.
    asks_for_code = turn.conversation.flow == ACTING and turn.conversation.step == Step.WHICH
    if digit is None or turn.incoming.reply_to or asks_for_code:
        return False
    meant = await asked_last.find(turn, staff_id, digit)
    if turn.incoming.kind is IncomingKind.CHOICE:
        # Of a platform that does not say below which message it stands.
        meant = [one for one in meant if one.what in {What.QUESTION, What.OTHER}][:1]
    is_same_tap = desk_flow.is_same_tap(turn, digit)
    if len(meant) > 1 or (meant and meant[0].has_just_come and is_same_tap):
        await _ask_which(turn, meant, digit)
        return True
    if not meant or (is_same_tap and not meant[0].came_since):
        return False
    return await _do(turn, parts, staff_id, meant[0].what, meant[0].about, digit)


async def _do(turn: Turn, parts: Parts, staff_id: int, what: What, about: int, digit: int) -> bool:
    """False where whoever asked takes the digit itself."""
    match what:
        case What.ALERT:
            await alerting_acts.answer(turn, parts, staff_id, about, takes=digit == 1)
        case What.APPROVAL:
            await approving.answer(turn, parts, staff_id, about, agrees=digit == 1)
        case What.QUESTION:
            question = await desk_steps.hers(turn, staff_id, about)
            if question is None:
                await desk_asks.say_not_hers(turn, about)
            else:
                await desk_acts.act(turn, parts, staff_id, question, digit)
        case What.OTHER:
            return False
    return True


async def _ask_which(turn: Turn, meant: Sequence[Asked], digit: int) -> None:
    _ = turn.gettext
    conversation = turn.conversation
    before = [conversation.flow, conversation.step, conversation.data, conversation.question_row]
    offered = meant[::-1]  # As they came.
    turn.conversation.begin(
        FLOW, "", digit=digit, before=before, offered=[[one.what.value, one.about] for one in offered]
    )
    head = _("Khoan chị ơi, có tin mới tới ngay lúc chị gõ số {digit} nên em chưa làm gì. Chị muốn:")
    lines = [f"{i} = {await _named(turn, one, digit)}" for i, one in enumerate(offered, 1)]
    choices = [Choice(str(i), _label(turn, one)) for i, one in enumerate(offered, 1)]
    none = _("không làm gì")
    await turn.say(
        "\n".join([head.format(digit=digit), *lines, f"0 = {none}"]),
        *choices,
        Choice("0", none),
        note=desk_asks.QUOTING,
    )


def _label(turn: Turn, one: Asked) -> str:
    _ = turn.gettext
    match one.what:
        case What.ALERT | What.QUESTION:
            return _("Mã {code}").format(code=one.about)
        case What.APPROVAL:
            return _("Thông báo")
        case What.OTHER:
            return _("Câu trước")


async def _named(turn: Turn, one: Asked, digit: int) -> str:
    """What the digit would do there."""
    _ = turn.gettext
    match one.what:
        case What.ALERT:
            said = (
                _("nhận báo động mã {code}")
                if digit == 1
                else _("báo em là không nhận được báo động mã {code}")
            )
            return said.format(code=one.about)
        case What.APPROVAL:
            asked = await approval.request(turn.connection, one.about)
            title = (await get(turn.connection, asked.broadcast_id)).title if asked else "?"
            said = _("duyệt thông báo «{title}»") if digit == 1 else _("nhờ sửa lại thông báo «{title}»")
            return said.format(title=cut(title, _TITLE_UNITS))
        case What.QUESTION:
            question = await record.get(turn.connection, one.about)
            which = desk_asks.in_short(turn, question) if question else str(one.about)
            return _of_question(digit, turn).format(question=which)
        case What.OTHER:
            lines = [line for line in one.text.split("\n") if line and not line.startswith("«")]
            first = cut(next(iter(lines), ""), _TITLE_UNITS)
            return _("trả lời câu em hỏi lúc trước: {words}").format(words=first)


def _of_question(digit: int, turn: Turn) -> str:
    _ = turn.gettext
    match digit:
        case Answer.REPLY:
            return _("trả lời câu hỏi {question}")
        case Answer.PASS_ON:
            return _("chuyển người khác câu hỏi {question}")
        case Answer.READY:
            return _("xem câu trả lời có sẵn cho câu hỏi {question}")
        case _:
            return _("để sau câu hỏi {question}")


async def _take_which(turn: Turn, parts: Parts, staff_id: int, words: str, picked: int | None) -> bool:
    data: dict[str, Any] = turn.conversation.data
    offered = data["offered"]
    if picked is not None and picked > len(offered):
        again = turn.gettext("Chị gõ một số từ 1 đến {highest}, hoặc 0 để thôi.")
        await turn.say(again.format(highest=len(offered)))
        return True
    _go_back(turn)
    if picked == 0 or words in LEAVE:
        await turn.say_beside(turn.gettext("Dạ, em chưa làm gì hết."))
        return True
    if picked is None:
        return False  # She says it in words; what was open before still is.
    what, about = offered[picked - 1]
    turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT, text=str(data["digit"]), reply_to="")
    # Nothing that came since has a say any more.
    latest = sa.select(sa.func.max(outbox.c.id)).where(outbox.c.contact_id == turn.contact.contact_id)
    turn.conversation.question_row = await turn.connection.scalar(latest) or 0
    return await _do(turn, parts, staff_id, What(what), about, data["digit"])


def _go_back(turn: Turn) -> None:
    """Her chat stands where it stood before she was asked."""
    flow, step, data, question_row = turn.conversation.data["before"]
    turn.conversation.begin(flow, step, **data)
    turn.conversation.question_row = question_row
