"""A cadre changes a message that was an answer: the member gets the new words as well."""

from bot.people import staff
from bot.questions import answering, edits, record
from bot.questions.post import Post
from bot.store.tables import questions
from bot.store.tables.questions import StepKind
from bot.turn import Turn
from handlers.cadres.desk_acts import hold_words
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
        hold_words(turn, question)
        await answering.answer(Post.of(turn, parts.languages), code, staff_id=staff_id, words=words)
        await turn.say(
            turn.gettext("Dạ, em đã gửi chị hội viên câu chị vừa sửa (mã {code}).").format(code=code)
        )
        return True
    return False
