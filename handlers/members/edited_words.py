"""She changed a message that we have had: a question that waits goes on in its new words, and danger is heard in whatever way it comes."""

from dataclasses import replace

from bot.alerts import writing_with_her
from bot.channels.contract import IncomingKind
from bot.questions import edits, record
from bot.questions import open as questions
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables.questions import StepKind
from bot.turn import Turn
from handlers.members import lying_ready, safety, verdict
from handlers.members.forwarding import FLOW
from handlers.parts import Parts


async def take_edit(turn: Turn, parts: Parts) -> bool:
    """She changed a message that we have had: if it was a question that is not answered yet, the cadre gets the new words.

    No platform says what the message was before; it is known by its likeness. Of everything else only words of danger
    are heard: they are answered however they came.
    """
    words = record.bounded(turn.incoming.text)
    alarm = parts.safety.assess(words)
    is_danger = alarm is not None
    if is_danger:
        turn.hide_words()
    has_the_numbers = turn.conversation.flow == FLOW and turn.conversation.data.get("urgent")
    if words:
        await _take_edited_question(turn, parts, words, is_danger=is_danger)
    if alarm is not None and has_the_numbers:
        await safety.hear(turn, parts, alarm, words)
    elif is_danger:
        turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT)
        await safety.take(turn, parts)
    return True


async def _take_edited_question(turn: Turn, parts: Parts, words: str, *, is_danger: bool) -> None:
    data = turn.conversation.data
    corrected = lying_ready.corrected(turn.conversation, words) if turn.conversation.flow == FLOW else None
    if corrected is not None:
        marks = {"urgent": True, "sensitive": True} if is_danger else {}
        turn.conversation.data = {**data, "text": corrected, **marks}
        if data.get("sensitive"):
            turn.hide_words()
        return
    for question in await questions.of_person(turn.connection, turn.contact):
        if not question.is_open or question.contact_id != turn.contact.contact_id:
            continue
        if turn.now - question.asked_at <= edits.WITHIN and await _is_edited(turn, question, words):
            verdict.hold_words(turn, question)
            post = Post.of(turn, parts.languages)
            await writing_with_her.add_to_question(
                post, question.question_id, words, speaks_of_danger=is_danger
            )
            await turn.say(
                turn.gettext("Dạ, em báo cán bộ chỗ chị vừa sửa (câu hỏi mã {code}).").format(
                    code=question.question_id
                )
            )
            return


async def _is_edited(turn: Turn, question: Question, words: str) -> bool:
    added = await record.latest_words(turn.connection, question.question_id, StepKind.ADDED)
    return words not in {added, question.text} and any(
        edits.is_edit_of(before, words) for before in (added, question.text)
    )
