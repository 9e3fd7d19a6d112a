"""A question in the middle of a form: what the bank is certain of is answered at once, and the form's question asked again."""

from bot.answers import Rung, askings, choose
from bot.channels.contract import IncomingKind
from bot.people import units
from bot.store.tables.askings import Outcome
from bot.text import clean
from bot.turn import Turn
from handlers.members import answered, forwarding, lying_ready, menu, open_question, question_words
from handlers.parts import Parts


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if it sounds like a question and has a certain answer: the name of a place alone may have one, too.

    Not where her own words are asked for, nor where what is private lies ready: there it goes along.
    """
    words = clean(turn.incoming.text)
    if turn.incoming.kind is not IncomingKind.TEXT or not open_question.is_in_a_form(turn):
        return False
    if lying_ready.is_private(turn.conversation) or not question_words.asks(words):
        return False
    book = await parts.answers.current(turn.connection)
    at = await units.line(turn.connection, turn.contact.unit_id)
    matches = book.search(words, at=at)
    decision = choose(matches)
    if decision.rung is not Rung.ANSWER or decision.entry_ids[0] == menu.ENTRY_ID:
        return False
    entry = book.in_place_of(book.entries[decision.entry_ids[0]], at)
    if entry.entry_id == answered.ASK_A_PERSON:
        if turn.conversation.flow == forwarding.FLOW:
            await forwarding.pass_on_what_lies_ready(turn, parts)
            return True
        await turn.say(open_question.left_text(turn))
        await forwarding.offer(turn, parts, text=None)
        return True
    is_private = entry.is_sensitive or turn.heard.is_sensitive
    outcome = Outcome.ANSWERED if entry.is_on else Outcome.NO_ANSWER
    await askings.note(
        turn.connection,
        turn.contact,
        words,
        outcome=outcome,
        match=matches[0],
        now=turn.now,
        is_private=is_private,
    )
    if entry.is_on:
        await answered.give_beside(turn, parts, entry, confidence=matches[0].confidence)
    else:
        if entry.is_sensitive:
            turn.hide_words()
        await turn.say(
            turn.gettext(
                "Dạ, câu đó em chưa trả lời chắc được. Mình làm xong việc này, chị hỏi lại rồi gõ 0, em chuyển cho cán bộ Hội nghen."
            )
        )
    await open_question.repeat(turn, parts)
    return True
