"""A cadre's desk: what she types in her own chat about the questions that were forwarded to her.

She just replies: quoting the question, or, with one question open, by any message that is no keyword. 1, 2, 3 answer,
pass on and put off the question whose letter asked last (`digits`). Wherever it is not certain which question her words are for,
or that they are for a member at all, she is asked first: words that reached the wrong woman cannot be taken back.
"""

from datetime import datetime, timedelta

from bot.alerts import rights
from bot.channels.contract import IncomingKind
from bot.people import staff
from bot.people.parsing import parse_digit
from bot.questions import open as questions
from bot.questions import record
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from bot.text import clean
from bot.turn import Turn
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_asks as asks
from handlers.cadres import desk_danger, desk_flow, desk_media, desk_steps
from handlers.cadres.desk_flow import FLOW, Step
from handlers.cadres.desk_words import asks_for_list, is_acknowledgement, is_doubtful
from handlers.parts import Parts

_MORE_WITHIN = timedelta(minutes=10)  # People answer in several messages.
_SHOWN_FOR = timedelta(hours=1)  # So long she talks about the question that she picked from the list.
_MENU_DIGITS = 9
_ANSWER_DIGITS = 4


async def take_reply(turn: Turn, parts: Parts) -> bool:
    """Take what is hers before anything else is read into it: a quoted forward, CAUHOI, and words about danger while a
    question is open, which may be her answer as well as a cry for help.
    """
    kind = turn.incoming.kind
    if kind not in {IncomingKind.TEXT, IncomingKind.CHOICE, IncomingKind.MEDIA}:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        return False
    words = clean(turn.incoming.text)
    if kind is not IncomingKind.MEDIA and asks_for_list(words):
        await asks.show_list(turn, staff_id)
        return True
    quoted_id = await questions.quoted(turn.connection, turn.contact.contact_id, turn.incoming.reply_to)
    if quoted_id is not None and await questions.was_on_desk(turn.connection, quoted_id, staff_id):
        await _take_quoted(turn, parts, staff_id, quoted_id, words)
        return True
    if kind is IncomingKind.MEDIA and await desk_media.take(turn, parts, staff_id):
        return True
    if kind is IncomingKind.CHOICE or not parts.safety.check(words):
        return False
    if kind is IncomingKind.TEXT and await desk_danger.take(turn, parts, staff_id, words):
        return True
    if turn.conversation.flow == FLOW:
        return False
    waiting = await questions.on_desk(turn.connection, staff_id)
    if not waiting:
        return False
    await asks.ask_where(turn, parts, waiting, words)
    return True


async def take(turn: Turn, parts: Parts) -> bool:
    """Take everything else that she says while questions wait on her desk, except what another flow is asking for."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        if turn.conversation.flow == FLOW:
            turn.conversation.end()  # She was off duty from one message to the next.
        return False
    words = clean(turn.incoming.text)
    digit = parse_digit(words, _MENU_DIGITS)
    if turn.conversation.flow == FLOW:
        if digit is not None and desk_flow.is_same_tap(turn, digit):
            await turn.say(turn.gettext("Dạ, em làm rồi. Gõ CAUHOI để xem các câu đang chờ chị."))
            return True
        return await _take_step(turn, parts, staff_id, words, digit)
    waiting = await questions.on_desk(turn.connection, staff_id)
    if not waiting:
        return False
    flow = turn.conversation.flow
    if digit is not None or (flow and flow not in desk_flow.INTERRUPTIBLE):
        return False  # A digit that is for a question was taken already, by `digits`.
    is_certain = not flow and len(waiting) == 1 and not is_doubtful(words) and not parts.safety.check(words)
    # While an alert is open her words may be about that, or for whoever sees to it with her.
    if is_certain and (waiting[0].is_of_alert or not await rights.open_for(turn.connection, staff_id)):
        await acts.send(turn, parts, staff_id, waiting[0].question_id, words)
    else:
        await asks.ask_where(turn, parts, waiting, words)
    return True


async def _take_quoted(turn: Turn, parts: Parts, staff_id: int, question_id: int, words: str) -> None:
    question = await record.get(turn.connection, question_id)
    if question is None:
        return
    _ = turn.gettext
    hers = question.state is QuestionState.WAITING or question.staff_id == staff_id
    if not hers:
        desk_flow.hold_words(turn, question)
        await turn.say(
            _("Dạ, câu hỏi mã {code} nay đã có người khác lo nên em không gửi nữa.").format(code=question_id)
        )
    elif turn.incoming.kind is IncomingKind.MEDIA:
        await desk_media.give(turn, parts, staff_id, question)
    elif (digit := parse_digit(words, _ANSWER_DIGITS)) and question.state is QuestionState.FORWARDED:
        await acts.act(turn, parts, staff_id, question, digit)
    elif digit:
        await turn.say(
            _("Dạ, câu hỏi mã {code} đã trả lời rồi. Chị muốn nhắn thêm thì viết câu đó ra giúp em.").format(
                code=question_id
            )
        )
    elif is_doubtful(words):
        await asks.ask_where(turn, parts, [question], words)
    else:
        await acts.send(turn, parts, staff_id, question_id, words)


async def _take_step(turn: Turn, parts: Parts, staff_id: int, words: str, digit: int | None) -> bool:
    data = turn.conversation.data
    if turn.conversation.step in desk_flow.ASKING:
        taken = await desk_steps.take(turn, parts, staff_id, words, digit)
        if taken is not None:
            return taken
    if turn.conversation.step == Step.OWN:
        if await desk_danger.take_answer(turn, parts, words, digit):
            return True
        data = turn.conversation.data
    match turn.conversation.step:
        case Step.LIST if digit is not None and not await desk_flow.has_newer(turn, staff_id):
            await _take_list(turn, parts, staff_id, data["questions"], digit)
            return True
        case Step.SHOWN if _is_within(turn, _SHOWN_FOR) and not await desk_flow.has_newer(turn, staff_id):
            question = await desk_steps.hers(turn, staff_id, data["question"])
            is_answer = digit is None and not is_doubtful(words) and not parts.safety.check(words)
            if question is not None and is_answer:
                await acts.send(turn, parts, staff_id, question.question_id, words)
                return True
            if question is not None and digit in {1, 2, 3, 4}:
                await acts.act(turn, parts, staff_id, question, digit)
                return True
        case Step.ANSWERED if digit is None and _is_within(turn, _MORE_WITHIN):
            answered = await record.get(turn.connection, data["question"])
            if answered is not None and answered.staff_id == staff_id and not answered.is_open:
                await _take_more(turn, parts, staff_id, answered, words)
                return True
    turn.conversation.end()
    return await take(turn, parts)


async def _take_list(turn: Turn, parts: Parts, staff_id: int, ids: list[int], digit: int) -> None:
    _ = turn.gettext
    if digit == 0:
        turn.conversation.end()
        await turn.say(_("Dạ, khi nào chị cần xem lại thì gõ CAUHOI."))
    elif digit <= len(ids):
        await asks.show(turn, parts, staff_id, ids[digit - 1])
    else:
        await turn.say(_("Chị gõ một số từ 1 đến {highest}, hoặc 0 để thôi.").format(highest=len(ids)))


async def _take_more(turn: Turn, parts: Parts, staff_id: int, answered: Question, words: str) -> None:
    """She goes on writing after an answer: more of it, or the answer to the next question."""
    if is_acknowledgement(words):
        await turn.say(turn.gettext("Dạ, em cảm ơn chị."))
        return
    hers = None if is_doubtful(words) else await desk_danger.of_her_alert(turn, staff_id)
    if (
        hers is not None and hers.question_id == answered.question_id
    ):  # A woman in danger waits for each line.
        await acts.send(turn, parts, staff_id, answered.question_id, words)
        return
    waiting = await questions.on_desk(turn.connection, staff_id)
    await asks.ask_where(turn, parts, [answered, *waiting], words)


def _is_within(turn: Turn, span: timedelta) -> bool:
    return turn.now - datetime.fromisoformat(turn.conversation.data["at"]) <= span
