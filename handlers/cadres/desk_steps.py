"""What a cadre answers when her desk has asked her something: her words for the member, when to be reminded, for whom her words are."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.alerts import rights
from bot.channels.contract import IncomingKind
from bot.people.parsing import parse_yes_no
from bot.questions import record
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from bot.turn import Turn
from handlers.cadres import alerting_acts, desk_flow
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_asks as asks
from handlers.cadres.alerting_words import Verb, read_code
from handlers.cadres.desk_flow import Answer, Step
from handlers.cadres.desk_words import is_doubtful, speaks_of_the_case
from handlers.members import safety
from handlers.members.form import LEAVE
from handlers.parts import Parts


async def take(turn: Turn, parts: Parts, staff_id: int, words: str, digit: int | None) -> bool | None:
    """Take what she answers in one of these steps. None where its question is no longer hers: nothing is asked any more."""
    data = turn.conversation.data
    if turn.conversation.step == Step.WHERE:
        return await _take_where(turn, parts, staff_id, data, words, digit)
    question = await hers(turn, staff_id, data["question"])
    if question is None:
        return None
    step = Step(turn.conversation.step)
    if words in LEAVE or (step is Step.LATER and digit == 0):
        turn.conversation.end()
        await _say_left(turn, step)
    elif not await _take_digit(turn, parts, staff_id, question, step, digit):
        await _take_words(turn, parts, staff_id, question, step, words, digit)
    return True


async def hers(turn: Turn, staff_id: int, question_id: int) -> Question | None:
    """The question, while it still lies on her desk."""
    question = await record.get(turn.connection, question_id)
    on_hers = question and question.state is QuestionState.FORWARDED and question.staff_id == staff_id
    return question if on_hers else None


async def _say_left(turn: Turn, step: Step) -> None:
    _ = turn.gettext
    if step is Step.LATER:
        await turn.say(_("Dạ, em chưa hẹn gì. Gõ CAUHOI để xem các câu đang chờ chị."))
    else:
        await turn.say(_("Dạ, em chưa gửi gì. Câu hỏi vẫn chờ chị; gõ CAUHOI để xem lại."))


async def _take_digit(
    turn: Turn, parts: Parts, staff_id: int, question: Question, step: Step, digit: int | None
) -> bool:
    """Whether the digit is one of those that the step offers."""
    data = turn.conversation.data
    match step, digit:
        case Step.REPLY, Answer.PASS_ON | Answer.LATER:
            await acts.act(turn, parts, staff_id, question, digit)
        case Step.REPLY, Answer.READY if question.entry_id:
            await acts.act(turn, parts, staff_id, question, digit)
        case Step.READY, 1:
            await acts.send_ready(turn, parts, staff_id, data)
        case Step.READY, 2:
            await asks.ask_answer(turn, question)
        case Step.LATER, int() if 1 <= digit <= len(data["moments"]):
            until = datetime.fromisoformat(data["moments"][digit - 1])
            await acts.put_off(turn, staff_id, question, until, digit)
        case _:
            return False
    return True


async def _take_words(
    turn: Turn, parts: Parts, staff_id: int, question: Question, step: Step, words: str, digit: int | None
) -> None:
    """Words are her answer after all. Only where she was asked for one they are it whatever they sound like."""
    _ = turn.gettext
    is_asked_for = step is Step.REPLY
    says_nothing = not any(c.isalnum() for c in words) if is_asked_for else is_doubtful(words)
    if digit is None and not says_nothing:
        if parts.safety.check(words) and not is_asked_for:
            await asks.ask_where(turn, parts, [question], words)
        else:
            await acts.send(turn, parts, staff_id, question.question_id, words)
    elif is_asked_for:
        await asks.ask_answer(turn, question)
    elif step is Step.READY:
        await turn.say(_("Chị gõ 1 để gửi câu có sẵn, 2 để tự viết, hoặc THÔI để lại sau."))
    else:
        highest = len(turn.conversation.data["moments"])
        await turn.say(_("Chị gõ một số từ 1 đến {highest}, hoặc 0 để thôi.").format(highest=highest))


async def _take_where(
    turn: Turn, parts: Parts, staff_id: int, data: dict[str, Any], words: str, digit: int | None
) -> bool:
    """For whom her words are: a number of the list, or a code that stands in it ("mã 12"); with one question 1 or 2; behind those the
    alerts about which they may be a note. More words are more of the same, but for mere politeness.
    """
    ids, held = data["questions"], data["text"]
    is_yes_no = len(ids) == 1
    notes = dict(enumerate(data.get("alerts", []), 3 if is_yes_no else len(ids) + 1))
    picked = digit
    if is_yes_no and (answer := parse_yes_no(words)) is not None:
        picked = 1 if answer else 0
    if picked in notes:
        desk_flow.done(turn, picked)
        await alerting_acts.do(turn, parts, staff_id, Verb.NOTE, notes[picked], held)
        return True
    if picked == 0 or words in LEAVE:
        of_alert = await _of_alert(turn, ids)
        if of_alert is not None and speaks_of_the_case(held):
            await _say_where_it_belongs(turn, of_alert, 0 if digit is None else digit)
            return True
        return await _keep(turn, parts, held, 0 if digit is None else digit)
    if picked is None and (code := read_code(words)) in ids:
        picked = ids.index(code) + 1
    if picked is not None and picked <= len(ids):
        await acts.send(turn, parts, staff_id, ids[picked - 1], held, digit=picked)
        return True
    if picked is None and await desk_flow.keep_back(turn, staff_id, words):
        return True
    if picked is None and words and not (is_doubtful(words) and not is_doubtful(held)):
        held = words if is_doubtful(held) else f"{held}\n{words}"
    found = [await record.get(turn.connection, question_id) for question_id in ids]
    await asks.ask_where(turn, parts, [question for question in found if question], held)
    return True


async def _of_alert(turn: Turn, question_ids: list[int]) -> int | None:
    """The alert to which the only question belongs that was offered, while she has it."""
    if len(question_ids) != 1 or turn.contact.staff_id is None:
        return None
    mine = await rights.open_for(turn.connection, turn.contact.staff_id)
    return next((one.alert_id for one in mine if one.question_id == question_ids[0]), None)


async def _say_where_it_belongs(turn: Turn, alert_id: int, digit: int) -> None:
    """Words about a woman in danger that are not for her: neither a cry nor a question of whoever wrote them."""
    turn.hide_words()
    desk_flow.done(turn, digit)
    said = turn.gettext(
        "Dạ, em không gửi. Muốn ghi sổ thì gõ GHI {code}: rồi viết; bàn giao thì gõ BANGIAO {code}; không lo tiếp được thì gõ KHONG {code}."
    )
    await turn.say(said.format(code=alert_id))


async def _keep(turn: Turn, parts: Parts, held: str, digit: int) -> bool:
    """Her words were for no member: if they say anything, they are her own question."""
    _ = turn.gettext
    desk_flow.done(turn, digit)
    if await safety.answer(
        turn, parts, held
    ):  # A cry of her own: whoever is on duty is told, as of anybody's.
        return True
    if is_doubtful(held):
        await turn.say(_("Dạ, em không gửi."))
        return True
    turn.conversation.end()
    turn.incoming = replace(turn.incoming, text=held, kind=IncomingKind.TEXT)
    return False
