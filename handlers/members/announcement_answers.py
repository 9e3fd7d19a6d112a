"""What she says to an announcement: one of its answers, by its button, by a digit or by its words; anything else goes its own
way as any words of hers, and is only noted beside her name.

A button says itself what it is for, and so do words that quote the announcement: they count at any moment. A bare digit counts
only where the announcement is the last that she got from us and no form is open; it may mean so much else.
"""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from bot.channels.contract import IncomingKind, Outgoing
from bot.people.parsing import parse_digit
from bot.questions.answering import VERDICT_FLOW
from bot.store.tables import outbox
from bot.text import clean, squeeze
from bot.turn import Turn
from broadcasts import responses
from broadcasts.responses import Announced
from handlers.members import open_question
from handlers.parts import Parts

_RIGHT_AFTER = timedelta(days=1)  # Words that come later are about something else.
_CHANGED_WITHIN = timedelta(days=1)
_HIGHEST = 9
_LONGEST = 200
_SUGGEST = "suggest"
_IDLE = {"", _SUGGEST, VERDICT_FLOW}
"""What has been asked there was asked before an announcement that came since, and loses nothing by waiting."""
_PICKED = "announcement"


async def take_pick(turn: Turn, parts: Parts) -> bool:
    """Take a press on an answer, and an answer that quotes the announcement."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    _ = turn.gettext
    words = clean(turn.incoming.text)
    if pressed := responses.read_choice(words):
        announced = await responses.announced(turn.connection, turn.contact, pressed[0], turn.now)
        if announced is None:  # Of another person's message, or of one from before an erasure.
            await turn.say(_("Dạ, em không thấy tin báo đó nữa. Chị cần gì cứ nhắn em nghen."))
        else:
            await _pick(turn, parts, announced, pressed[1])
        return True
    announced = await responses.quoted(turn.connection, turn.contact, turn.incoming.reply_to, turn.now)
    if announced is None or not announced.content.answers:
        return False
    number = _number(announced, words)
    if number is None and parse_digit(words, _HIGHEST):
        highest = len(announced.content.answers)
        await turn.say(
            _("Tin báo đó có các số từ 1 đến {highest}, chị gõ lại giúp em.").format(highest=highest)
        )
        return True
    if number is None:
        return False
    await _pick(turn, parts, announced, number)
    return True


async def take_digit(turn: Turn, parts: Parts) -> bool:
    """Take a bare digit, or the words of an answer, right below the announcement; and another one, to change it."""
    if turn.incoming.kind is not IncomingKind.TEXT or turn.conversation.flow not in _IDLE:
        return False
    words = clean(turn.incoming.text)
    if not words or len(words) > _LONGEST:
        return False
    announced = await responses.last_said(
        turn.connection, turn.contact, within=responses.OPEN_FOR, now=turn.now
    ) or await _just_answered(turn)
    number = _number(announced, words) if announced else None
    if announced is None or number is None:
        return False
    await _pick(turn, parts, announced, number)
    return True


async def heard_after(turn: Turn) -> Announced | None:
    """The announcement that her words may be about: the one that they quote, or that they came right after. To be found out
    before anything is said in this turn.
    """
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.MEDIA} or turn.contact.member_id is None:
        return None
    quoted = await responses.quoted(turn.connection, turn.contact, turn.incoming.reply_to, turn.now)
    return quoted or await responses.last_said(
        turn.connection, turn.contact, within=_RIGHT_AFTER, now=turn.now
    )


def note(turn: Turn, announced: Announced) -> None:
    """These words of hers are shown beside her name, unless they are private: then nobody is told that there are any."""
    if not turn.heard.is_sensitive:
        turn.on_logged = partial(_note, turn, announced)


async def _note(turn: Turn, announced: Announced, interaction_id: int) -> None:
    await responses.record_reply(turn.connection, announced, interaction_id, now=turn.now)


async def _pick(turn: Turn, parts: Parts, announced: Announced, number: int) -> None:
    _ = turn.gettext
    answer = announced.answer(number, turn.contact.language)
    if answer is None or not announced.is_open:
        await turn.say(
            _("Dạ, tin báo này đã qua nên em không ghi thêm được nữa. Chị cần gì cứ nhắn em nghen.")
        )
    else:
        await responses.record_answer(turn.connection, announced, number, now=turn.now)
        await _confirm(turn, announced, answer)
    if open_question.is_waiting_for_her(turn):
        await open_question.repeat(turn, parts)


async def _confirm(turn: Turn, announced: Announced, answer: str) -> None:
    _ = turn.gettext
    may_change_by_digit = turn.conversation.flow in {"", _SUGGEST}
    if turn.contact.is_quiet:  # Whoever else looks at her phone learns nothing.
        said = _("Dạ, em ghi nhận rồi.")
    elif may_change_by_digit:
        said = _("Dạ, em ghi nhận rồi: «{answer}». Muốn đổi, chị gõ số khác nghen.").format(answer=answer)
    else:
        said = _(
            "Dạ, em ghi nhận rồi: «{answer}». Muốn đổi, chị trả lời vào chính tin báo đó, hoặc bấm lại nút bên dưới tin."
        ).format(answer=answer)
    row_id = await turn.tell(turn.contact, Outgoing(said))
    if may_change_by_digit:
        # What lies ready for a cadre stays; a list of suggestions is closed, for its digits mean something else from now on.
        kept = {name: value for name, value in turn.conversation.data.items() if name != "entries"}
        turn.conversation.begin("", "", **(kept | {_PICKED: [announced.delivery_id, row_id]}))


async def _just_answered(turn: Turn) -> Announced | None:
    """The announcement that she has answered last, while a digit still changes that."""
    conversation = turn.conversation
    picked = conversation.data.get(_PICKED) if not conversation.flow else None
    if not picked or (conversation.changed_at and turn.now - conversation.changed_at > _CHANGED_WITHIN):
        return None
    delivery_id, row_id = picked
    # A question or an answer that was brought to her since has digits of its own.
    brought = sa.select(outbox.c.id).where(
        outbox.c.contact_id == turn.contact.contact_id,
        outbox.c.id > row_id,
        outbox.c.question_id.is_not(None),
    )
    if await turn.connection.scalar(brought.limit(1)) is not None:
        return None
    return await responses.announced(turn.connection, turn.contact, delivery_id, turn.now)


def _number(announced: Announced, words: str) -> int | None:
    """The answer that she names: by its number, by its words, or by both as they stand in the message."""
    answers = announced.content.answers
    if digit := parse_digit(words, _HIGHEST):
        return digit if digit <= len(answers) else None
    said = squeeze(words)
    for number, answer in enumerate(answers, 1):
        labels = [squeeze(label) for label in answer.values()]
        if said and said in {*labels, *(f"{number}{label}" for label in labels)}:
            return number
    return None
