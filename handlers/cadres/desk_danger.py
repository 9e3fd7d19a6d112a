"""What somebody on duty writes to the woman whose alert she has, where it sounds like danger itself: it goes to her whole and at once,
unless it is plainly a cry of the writer's own.
"""

from datetime import datetime, timedelta

from bot.channels.contract import Choice
from bot.people.parsing import parse_yes_no
from bot.questions import open as questions
from bot.questions import record
from bot.questions.record import Question
from bot.turn import Turn
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_asks as asks
from handlers.cadres import desk_flow
from handlers.cadres.desk_flow import FLOW, Step
from handlers.cadres.own_cries import Whose, whose
from handlers.members import safety
from handlers.parts import Parts

_MORE_WITHIN = timedelta(minutes=10)  # People write in several messages.


async def take(turn: Turn, parts: Parts, staff_id: int, words: str) -> bool:
    """Send words that sound like danger to the woman whose alert she has; where they may speak of herself, she is asked, too. False
    where they are plainly her own cry, or may be for somebody else.
    """
    conversation = turn.conversation
    is_hers = whose(words)
    if conversation.flow == FLOW and conversation.step == Step.OWN and is_hers is Whose.OWN:
        return await safety.answer(turn, parts, f"{conversation.data['text']}\n{words}")
    if is_hers is Whose.OWN or conversation.flow not in {"", FLOW}:
        return False
    question = await of_her_alert(turn, staff_id)
    if question is None:
        return False
    await acts.send(turn, parts, staff_id, question.question_id, words)
    has_gone = conversation.flow == FLOW and conversation.step == Step.ANSWERED
    if is_hers is Whose.UNSURE and has_gone:
        await _ask_if_own(turn, question, words)
    return True


async def take_answer(turn: Turn, parts: Parts, words: str, digit: int | None) -> bool:
    """What she answers when she was asked whether she herself is in danger. False for anything else: it is more for the woman."""
    data = turn.conversation.data
    is_own = {1: True, 2: False}.get(digit) if digit is not None else parse_yes_no(words)
    turn.conversation.begin(FLOW, Step.ANSWERED, question=data["question"], digit=digit, at=data["at"])
    if is_own is None:
        return False
    if is_own and await safety.answer(turn, parts, data["text"]):
        return True
    await turn.say(turn.gettext("Dạ, em hiểu rồi."))
    return True


async def of_her_alert(turn: Turn, staff_id: int) -> Question | None:
    """The question of the alert that she has, if her words can be for nobody else."""
    conversation = turn.conversation
    is_desk = conversation.flow == FLOW
    if is_desk and conversation.step in desk_flow.ASKING:
        return None
    found = await questions.on_desk(turn.connection, staff_id)
    data = conversation.data
    if is_desk and conversation.step in {Step.ANSWERED, Step.OWN} and _is_recent(turn, data["at"]):
        answered = await record.get(turn.connection, data["question"])
        if answered is not None and answered.question_id not in {one.question_id for one in found}:
            found = [answered, *found]
    if (
        is_desk
        and conversation.step == Step.SHOWN
        and [data["question"]] != [one.question_id for one in found]
    ):
        return None
    if len(found) != 1 or not found[0].is_of_alert:
        return None
    is_taker = await questions.taker_of(turn.connection, found[0].question_id) == staff_id
    return found[0] if is_taker else None


def _is_recent(turn: Turn, at: str) -> bool:
    return turn.now - datetime.fromisoformat(at) <= _MORE_WITHIN


async def _ask_if_own(turn: Turn, question: Question, words: str) -> None:
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(
        FLOW, Step.OWN, question=question.question_id, text=words, at=turn.now.isoformat()
    )
    numbers = _(
        "Nếu chính chị hay ai bên cạnh đang nguy hiểm: gọi ngay 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
    )
    asked = _("Chính chị có đang nguy hiểm không? 1 = có, em báo người trực ngay; 2 = không.")
    choices = (Choice("1", _("Có")), Choice("2", _("Không")))
    await turn.say(f"{numbers}\n{asked}", *choices, note=asks.QUOTING)
