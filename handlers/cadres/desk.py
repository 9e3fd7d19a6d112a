"""A cadre's desk: what she types in her own chat about the questions that were forwarded to her.

She just replies: quoting the question, or, with one question open, by any message that is no keyword. 1, 2, 3 answer,
pass on and put off the question she was last shown. Wherever it is not certain which question her words are for, or
that they are for a member at all, she is asked first: words that reached the wrong woman cannot be taken back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.contract import IncomingKind
from bot.people import staff
from bot.people.parsing import parse_digit, parse_yes_no
from bot.questions import open as questions
from bot.questions import record
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from bot.text import clean
from bot.turn import Turn
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_media
from handlers.cadres.desk_acts import FLOW, Answer, Step
from handlers.cadres.desk_words import asks_for_list, is_acknowledgement, is_doubtful
from handlers.members.form import LEAVE
from handlers.parts import Parts

_MORE_WITHIN = timedelta(minutes=10)  # People answer in several messages.
_SHOWN_FOR = timedelta(hours=1)  # So long she talks about the question that she picked from the list.
_TWICE_WITHIN = timedelta(minutes=1)  # The same digit again so soon is the same tap.
_MENU_DIGITS = 9


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
        await acts.show_list(turn, staff_id)
        return True
    quoted_id = await questions.quoted(turn.connection, turn.contact.contact_id, turn.incoming.reply_to)
    if quoted_id is not None and await questions.was_on_desk(turn.connection, quoted_id, staff_id):
        await _take_quoted(turn, parts, staff_id, quoted_id, words)
        return True
    if kind is IncomingKind.MEDIA and await desk_media.take(turn, parts, staff_id):
        return True
    if kind is IncomingKind.CHOICE or turn.conversation.flow == FLOW or not parts.safety.check(words):
        return False
    waiting = await questions.on_desk(turn.connection, staff_id)
    if not waiting:
        return False
    await acts.ask_where(turn, parts, waiting, words)
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
        if _is_same_tap(turn, digit):
            await turn.say(turn.gettext("Dạ, em làm rồi. Gõ CAUHOI để xem các câu đang chờ chị."))
            return True
        return await _take_step(turn, parts, staff_id, words, digit)
    waiting = await questions.on_desk(turn.connection, staff_id)
    if not waiting:
        return False
    if turn.conversation.flow:
        if turn.conversation.flow not in acts.INTERRUPTIBLE:
            return False
        if digit is None:
            await acts.ask_where(turn, parts, waiting, words)
            return True
        # What she quotes, or whose button she presses, says itself what the digit is for.
        if turn.incoming.reply_to or not await acts.has_newer(turn, staff_id):
            return False
    return await _take_idle(turn, parts, staff_id, waiting, words, digit)


async def _take_quoted(turn: Turn, parts: Parts, staff_id: int, question_id: int, words: str) -> None:
    question = await record.get(turn.connection, question_id)
    if question is None:
        return
    _ = turn.gettext
    hers = question.state is QuestionState.WAITING or question.staff_id == staff_id
    if not hers:
        acts.hold_words(turn, question)
        await turn.say(
            _("Dạ, câu hỏi mã {code} nay đã có người khác lo nên em không gửi nữa.").format(code=question_id)
        )
    elif turn.incoming.kind is IncomingKind.MEDIA:
        await desk_media.give(turn, parts, staff_id, question)
    elif (digit := parse_digit(words, 3)) and question.state is QuestionState.FORWARDED:
        await _act(turn, parts, staff_id, question, digit)
    elif digit:
        await turn.say(
            _("Dạ, câu hỏi mã {code} đã trả lời rồi. Chị muốn nhắn thêm thì viết câu đó ra giúp em.").format(
                code=question_id
            )
        )
    elif is_doubtful(words):
        await acts.ask_where(turn, parts, [question], words)
    else:
        await acts.send(turn, parts, staff_id, question_id, words)


async def _take_idle(
    turn: Turn, parts: Parts, staff_id: int, waiting: list[Question], words: str, digit: int | None
) -> bool:
    """Nothing is being asked of her: digits act on the question shown last, words are the answer to the only one."""
    if digit in {1, 2, 3}:
        await _act(turn, parts, staff_id, waiting[0], digit)
        return True
    if digit is not None:
        return False  # The menu's.
    if len(waiting) == 1 and not is_doubtful(words) and not parts.safety.check(words):
        await acts.send(turn, parts, staff_id, waiting[0].question_id, words)
    else:
        await acts.ask_where(turn, parts, waiting, words)
    return True


async def _take_step(turn: Turn, parts: Parts, staff_id: int, words: str, digit: int | None) -> bool:
    data = turn.conversation.data
    match turn.conversation.step:
        case Step.REPLY:
            return await _take_answer_text(turn, parts, staff_id, data, words, digit)
        case Step.LATER:
            return await _take_later(turn, parts, staff_id, data, words, digit)
        case Step.WHERE:
            return await _take_where(turn, parts, staff_id, data, words, digit)
        case Step.LIST if digit is not None and not await acts.has_newer(turn, staff_id):
            await _take_list(turn, parts, staff_id, data["questions"], digit)
            return True
        case Step.SHOWN if _is_within(turn, _SHOWN_FOR) and not await acts.has_newer(turn, staff_id):
            question = await _hers(turn, staff_id, data["question"])
            is_answer = digit is None and not is_doubtful(words) and not parts.safety.check(words)
            if question is not None and is_answer:
                await acts.send(turn, parts, staff_id, question.question_id, words)
                return True
            if question is not None and digit in {1, 2, 3}:
                await _act(turn, parts, staff_id, question, digit)
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
        await acts.show(turn, parts, staff_id, ids[digit - 1])
    else:
        await turn.say(_("Chị gõ một số từ 1 đến {highest}, hoặc 0 để thôi.").format(highest=len(ids)))


async def _take_more(turn: Turn, parts: Parts, staff_id: int, answered: Question, words: str) -> None:
    """She goes on writing after an answer: more of it, or the answer to the next question."""
    if is_acknowledgement(words):
        await turn.say(turn.gettext("Dạ, em cảm ơn chị."))
        return
    waiting = await questions.on_desk(turn.connection, staff_id)
    await acts.ask_where(turn, parts, [answered, *waiting], words)


async def _take_answer_text(
    turn: Turn, parts: Parts, staff_id: int, data: dict[str, Any], words: str, digit: int | None
) -> bool:
    """She said 1 and was asked for her answer."""
    _ = turn.gettext
    question = await _hers(turn, staff_id, data["question"])
    if question is None:
        turn.conversation.end()
        return await take(turn, parts)
    if words in LEAVE:
        turn.conversation.end()
        await turn.say(_("Dạ, em chưa gửi gì. Câu hỏi vẫn chờ chị; gõ CAUHOI để xem lại."))
    elif digit in {2, 3}:
        await _act(turn, parts, staff_id, question, digit)
    elif digit is not None or not any(c.isalnum() for c in words):
        await acts.ask_answer(turn, question)
    else:
        await acts.send(turn, parts, staff_id, question.question_id, words)
    return True


async def _take_later(
    turn: Turn, parts: Parts, staff_id: int, data: dict[str, Any], words: str, digit: int | None
) -> bool:
    """When to remind her; words instead of a digit are her answer after all."""
    _ = turn.gettext
    moments = [datetime.fromisoformat(moment) for moment in data["moments"]]
    question = await _hers(turn, staff_id, data["question"])
    if question is None or words in LEAVE or digit == 0:
        turn.conversation.end()
        await turn.say(_("Dạ, em chưa hẹn gì. Gõ CAUHOI để xem các câu đang chờ chị."))
    elif digit is not None and digit <= len(moments):
        await acts.put_off(turn, staff_id, question, moments[digit - 1], digit)
    elif digit is not None or is_doubtful(words):
        await turn.say(_("Chị gõ một số từ 1 đến {highest}, hoặc 0 để thôi.").format(highest=len(moments)))
    elif parts.safety.check(words):
        await acts.ask_where(turn, parts, [question], words)
    else:
        await acts.send(turn, parts, staff_id, question.question_id, words)
    return True


async def _take_where(
    turn: Turn, parts: Parts, staff_id: int, data: dict[str, Any], words: str, digit: int | None
) -> bool:
    """For whom her words are: a number of the list; with one question 1 or 2. More words are more of the same."""
    _ = turn.gettext
    ids, held = data["questions"], data["text"]
    is_yes_no = len(ids) == 1
    picked = digit
    if is_yes_no and (answer := parse_yes_no(words)) is not None:
        picked = 1 if answer else 0
    if picked == 0 or words in LEAVE:
        return await _keep(turn, parts, held, 0 if digit is None else digit)
    if picked is not None and picked <= len(ids):
        await acts.send(turn, parts, staff_id, ids[picked - 1], held, digit=picked)
        return True
    if picked is None and words:
        held = words if is_doubtful(held) else f"{held}\n{words}"
    found = [await record.get(turn.connection, question_id) for question_id in ids]
    await acts.ask_where(turn, parts, [question for question in found if question], held)
    return True


async def _keep(turn: Turn, parts: Parts, held: str, digit: int) -> bool:
    """Her words were for no member: if they say anything, they are her own question."""
    _ = turn.gettext
    acts.done(turn, digit)
    if hit := parts.safety.check(held):
        turn.hide_words()
        await turn.say(hit.text_vi, note=replace(turn.heard, kind="safety", entry_id=hit.entry_id))
        return True
    if is_doubtful(held):
        await turn.say(_("Dạ, em không gửi."))
        return True
    turn.conversation.end()
    turn.incoming = replace(turn.incoming, text=held, kind=IncomingKind.TEXT)
    return False


async def _act(turn: Turn, parts: Parts, staff_id: int, question: Question, digit: int) -> None:
    match digit:
        case Answer.REPLY:
            await acts.ask_answer(turn, question)
        case Answer.PASS_ON:
            await acts.pass_on(turn, parts, staff_id, question)
        case _:
            await acts.ask_when(turn, question)


async def _hers(turn: Turn, staff_id: int, question_id: int) -> Question | None:
    """The question, while it still lies on her desk."""
    question = await record.get(turn.connection, question_id)
    on_hers = question and question.state is QuestionState.FORWARDED and question.staff_id == staff_id
    return question if on_hers else None


def _is_within(turn: Turn, span: timedelta) -> bool:
    return turn.now - datetime.fromisoformat(turn.conversation.data["at"]) <= span


def _is_same_tap(turn: Turn, digit: int | None) -> bool:
    """A digit that was acted on a moment ago must not act on the next question as well."""
    if digit is None or turn.conversation.step not in {Step.DONE, Step.ANSWERED} or turn.incoming.reply_to:
        return False
    return digit == turn.conversation.data["digit"] and _is_within(turn, _TWICE_WITHIN)
