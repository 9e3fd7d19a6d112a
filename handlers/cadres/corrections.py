"""A cadre changes a message that was an answer: the member gets the new words as well."""

from bot.people import staff
from bot.questions import edits, record
from bot.store.tables import questions
from bot.store.tables.questions import StepKind
from bot.turn import Turn
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_flow
from handlers.cadres.desk_words import Meant
from handlers.parts import Parts


async def take_edit(turn: Turn, parts: Parts) -> bool:
    """Take the turn if the changed message is an answer that she sent lately."""
    staff_id = turn.contact.staff_id
    words = record.bounded(turn.incoming.text)
    if staff_id is None or not words or not await staff.has_desk(turn.connection, turn.contact):
        return False
    lately = questions.c.answered_at >= turn.now - edits.WITHIN
    hers = await record.select(turn.connection, questions.c.staff_id == staff_id, lately, newest_first=True)
    for question in hers:
        code = question.question_id
        sent = await record.latest_words(turn.connection, code, StepKind.ANSWERED, staff_id=staff_id)
        if question.is_open or not edits.is_edit_of(sent, words):
            continue
        if await desk_flow.whom_for(turn, staff_id, words, question) is Meant.MEMBER:
            await acts.send(turn, parts, staff_id, code, words, is_edit=True)
            return True
        turn.hide_words()
        _ = turn.gettext
        await turn.say(
            _("Dạ, câu chị vừa sửa nghe như lời cho em nên em không gửi. Chị nhắn câu mới giúp em nghen.")
        )
        return True
    return False
