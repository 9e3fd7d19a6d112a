"""What she says to an announcement: one of its answers, by its button, by a digit or by its words; or something else, which is noted
beside her name.

A button says itself what it is for, and so do words that quote the announcement: they count at any moment. A digit is for what was
asked last: the announcement, as long as nothing else was asked since; or another list, if that goes so far. What she asks is
answered as any question; she can answer the announcement afterwards.
"""

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from bot.channels.contract import IncomingKind, Outgoing
from bot.people.parsing import parse_digit
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.said import Note
from bot.store.tables import interactions, outbox
from bot.text import clean, cut
from bot.turn import Turn
from broadcasts import responses
from broadcasts.responses import Announced
from handlers.members import (
    announcement_words,
    answered,
    menu,
    open_question,
    private_words,
    safety_words,
    short_words,
)
from handlers.members.lying_ready import SUGGEST_FLOW, UNCLEAR_FLOW
from handlers.parts import Parts

_RIGHT_AFTER = timedelta(days=1)  # Words that come later are about something else.
_CHANGED_WITHIN = timedelta(days=1)
_HIGHEST = 9
_LONGEST = 200
_LABEL_UNITS = 60
_IDLE = {"", SUGGEST_FLOW, VERDICT_FLOW, ENTRY_FLOW, UNCLEAR_FLOW, safety_words.FLOW}
"""What has been asked there was asked before an announcement that came since, and loses nothing by waiting."""
_ON_TOP = {"", SUGGEST_FLOW, VERDICT_FLOW, ENTRY_FLOW}
"""Where what was asked since the announcement goes only as far as its own digits."""
_PICKED = "announcement"
_MOST_SAID = 20  # After so many messages of ours nobody scrolls up to what an announcement asked.
_WHICH = "which_digit"


async def take_pick(turn: Turn, parts: Parts) -> bool:
    """Take a press on an answer, and an answer that quotes the announcement."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    _ = turn.gettext
    words = clean(turn.incoming.text)
    if pressed := responses.read_choice(words):
        if pressed[0] == responses.REHEARSED:
            await turn.say(
                _("Dạ, đây là tin gửi thử nên em không ghi câu trả lời. Tin thật thì chị em bấm là em ghi.")
            )
            return True
        announced = await responses.announced(turn.connection, turn.contact, pressed[0], turn.now)
        if announced is None:  # Of another person's message, or of one from before an erasure.
            await turn.say(_("Dạ, em không thấy tin báo đó nữa. Chị cần gì cứ nhắn em nghen."))
        else:
            await _pick(turn, parts, announced, pressed[1])
        return True
    announced = await responses.quoted(turn.connection, turn.contact, turn.incoming.reply_to, turn.now)
    if announced is None or not announced.content.answers:
        return False
    number = _number(announced, words) or announcement_words.meant(announced.content.answers, words)
    if number is None and parse_digit(words, _HIGHEST):
        highest = len(announced.content.answers)
        await turn.say(
            _("Tin báo đó có các số từ 1 đến {highest}, chị gõ lại giúp em.").format(highest=highest)
        )
        return True
    if number is None:
        return False
    await hide_what_is_private(turn, parts)  # The reason beside her answer.
    await _pick(turn, parts, announced, number)
    return True


async def take_reply(turn: Turn, parts: Parts) -> bool:
    """Take a digit, or words that are one of the answers, where nothing was asked since; and another one, to change it.

    Where something was asked since, take what cannot be meant for that: a number that it does not go up to, the answer's words.
    """
    words = clean(turn.incoming.text)
    if turn.incoming.kind is not IncomingKind.TEXT or not 0 < len(words) <= _LONGEST:
        return False
    latest = await responses.latest(turn.connection, turn.contact, within=responses.OPEN_FOR, now=turn.now)
    if latest is not None and await _take_right_below(turn, parts, latest, words):
        return True
    if turn.conversation.flow not in _ON_TOP:
        return False
    announced = await _just_answered(turn, latest) or latest
    is_awaited = announced is not None and (announced.is_open or announced.is_taken_back)
    number = _number(announced, words) if announced is not None and is_awaited else None
    if announced is None or number is None or await _is_for_what_came_since(turn, announced, words):
        return False
    await _pick(turn, parts, announced, number)
    return True


async def _take_right_below(turn: Turn, parts: Parts, announced: Announced, words: str) -> bool:
    """Take an answer while nothing was said to her since: by its number or words, and where nothing else is open by what they mean."""
    flow = turn.conversation.flow
    if flow not in _IDLE and not open_question.is_waiting_for_her(turn):
        return False
    named = _number(announced, words)
    number = named
    if named is None and flow in _ON_TOP:
        number = announcement_words.meant(announced.content.answers, words)
    if number is None or not await responses.is_last_said(turn.connection, turn.contact, announced):
        return False
    if named is None:
        await note(turn, parts, announced)  # A reason may stand beside it.
    await _pick(turn, parts, announced, number)
    return True


async def say_what_for(turn: Turn, announced: Announced) -> None:
    """Her digit was taken for what was asked after an announcement that takes it too: tell her so, once, and how to answer that one."""
    _ = turn.gettext
    number = _number(announced, clean(turn.incoming.text))
    if number is None or turn.contact.is_quiet or turn.heard.is_sensitive:
        return
    if await responses.is_answered(turn.connection, announced):
        return
    told = sa.select(interactions.c.id).where(
        interactions.c.contact_id == turn.contact.contact_id,
        interactions.c.kind == _WHICH,
        interactions.c.at > announced.sent_at,
    )
    if await turn.connection.scalar(told.limit(1)) is not None:
        return
    await turn.say_beside(
        _(
            "Số {number} chị vừa gõ, em hiểu là cho câu em mới hỏi. Còn trả lời tin báo lúc nãy thì chị nhắn em: {answers}."
        ).format(number=number, answers=answers_in_words(turn, announced)),
        note=Note(kind=_WHICH),
    )


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


async def note(turn: Turn, parts: Parts, announced: Announced) -> None:
    """These words of hers are shown beside her name, unless they are private: then nobody is told that there are any."""
    await hide_what_is_private(turn, parts)
    if not turn.heard.is_sensitive:
        turn.on_logged = partial(_note, turn, announced)


async def hide_what_is_private(turn: Turn, parts: Parts) -> bool:
    """Keep her words out of the log if they are private; whether they are."""
    if announcement_words.is_only_of_coming(clean(turn.incoming.text)):
        return False
    is_private = await private_words.are_in(turn, parts)
    if is_private:
        turn.hide_words()
    return is_private


async def _note(turn: Turn, announced: Announced, interaction_id: int) -> None:
    await responses.record_reply(turn.connection, announced, interaction_id, now=turn.now)


async def open_below(turn: Turn) -> Announced | None:
    """The announcement of the last day that a bare digit of hers may be meant for as well as for what was asked since."""
    if turn.incoming.kind is not IncomingKind.TEXT or parse_digit(turn.incoming.text, _HIGHEST) is None:
        return None
    found = await responses.latest(turn.connection, turn.contact, within=_RIGHT_AFTER, now=turn.now)
    return found if found is not None and found.is_open else None


def answers_in_words(turn: Turn, announced: Announced) -> str:
    """Its answers as she may write them, in her language."""
    said = [announced.answer(number, turn.contact.language) for number in _numbers(announced)]
    return " / ".join(f"«{cut(answer, _LABEL_UNITS)}»" for answer in said if answer)


def answers_by_number(turn: Turn, announced: Announced) -> str:
    """Its answers, each with the number to type."""
    said = ((number, announced.answer(number, turn.contact.language)) for number in _numbers(announced))
    return ", ".join(f"{number} = {cut(answer, _LABEL_UNITS)}" for number, answer in said if answer)


def _numbers(announced: Announced) -> range:
    return range(1, len(announced.content.answers) + 1)


async def _pick(turn: Turn, parts: Parts, announced: Announced, number: int) -> None:
    _ = turn.gettext
    answer = announced.answer(number, turn.contact.language)
    if announced.is_taken_back:
        await turn.say(taken_back(turn))
    elif answer is None or not announced.is_open:
        await turn.say(
            _("Dạ, tin báo này đã qua nên em không ghi thêm được nữa. Chị cần gì cứ nhắn em nghen.")
        )
    else:
        await responses.record_answer(turn.connection, announced, number, now=turn.now)
        await _confirm(turn, announced, answer)
    if open_question.is_waiting_for_her(turn):
        await open_question.repeat(turn, parts)


def taken_back(turn: Turn) -> str:
    """What is said to an answer of hers that nobody waits for any more."""
    return turn.gettext("Dạ, tin ấy Hội đã thu hồi rồi, chị không cần trả lời nữa nghen.")


async def _confirm(turn: Turn, announced: Announced, answer: str) -> None:
    _ = turn.gettext
    may_change_by_digit = turn.conversation.flow in {"", SUGGEST_FLOW, ENTRY_FLOW}
    if turn.contact.is_quiet:  # Whoever else looks at her phone learns nothing.
        said = _("Dạ, em ghi nhận rồi.")
    elif may_change_by_digit:
        said = _("Dạ, em ghi nhận rồi: «{answer}». Muốn đổi, chị gõ số khác nghen.").format(answer=answer)
    else:
        said = _(
            "Dạ, em ghi nhận rồi: «{answer}». Muốn đổi, chị trả lời vào chính tin báo đó, hoặc bấm lại nút bên dưới tin."
        ).format(answer=answer)
    await turn.say(said)
    if may_change_by_digit:
        # What lies ready for a cadre stays; a list of suggestions is closed, for its digits mean something else from now on.
        kept = {name: value for name, value in turn.conversation.data.items() if name != "entries"}
        turn.conversation.begin("", "", **(kept | {_PICKED: [announced.delivery_id, turn.now.isoformat()]}))


async def _just_answered(turn: Turn, latest: Announced | None) -> Announced | None:
    """The announcement that she has answered last, while a digit still changes that: until another one comes."""
    conversation = turn.conversation
    picked = conversation.data.get(_PICKED) if not conversation.flow else None
    if not picked or turn.now - (at := datetime.fromisoformat(picked[1])) > _CHANGED_WITHIN:
        return None
    if latest is not None and latest.sent_at > at:
        return None
    return await responses.announced(turn.connection, turn.contact, picked[0], turn.now)


async def _is_for_what_came_since(turn: Turn, announced: Announced, words: str) -> bool:
    """Whether a number, or a yes or no, may be meant for what was asked after the announcement, or after she answered it."""
    digit = parse_digit(words, _HIGHEST)
    if digit is None and not any(short_words.says(words, meant) for meant in short_words.ANSWERS):
        return False
    highest = await _highest_asked_since(turn, announced)
    return highest is not None and (digit is None or digit <= highest)


async def _highest_asked_since(turn: Turn, announced: Announced) -> int | None:
    """How far the numbers go of what was asked since and is still open; None where nothing is. A menu stays open."""
    picked = turn.conversation.data.get(_PICKED)
    since = announced.sent_at
    if picked and picked[0] == announced.delivery_id:
        since = datetime.fromisoformat(picked[1])
    said = (
        sa.select(outbox.c.message, outbox.c.question_id, interactions.c.entry_id)
        .outerjoin(interactions, interactions.c.outbox_id == outbox.c.id)
        .where(responses.said_since(turn.contact, since))
        .order_by(outbox.c.id.desc())
        .limit(_MOST_SAID + 1)
    )
    rows = (await turn.connection.execute(said)).all()
    if len(rows) > _MOST_SAID:
        return _HIGHEST
    for row in rows:
        if row.entry_id == menu.ENTRY_ID:
            return menu.HIGHEST
        if not turn.conversation.flow:
            continue
        values = [choice.value for choice in Outgoing.from_json(row.message).choices]
        if values or row.question_id is not None:
            numbers = [parse_digit(value, _HIGHEST) or 0 for value in values] or [answered.VERDICTS]
            return max(*numbers, len(turn.conversation.data.get("entries", [])), 0)
    return None


def _number(announced: Announced, words: str) -> int | None:
    """The answer that she names: by its number, by its words, or by both as they stand in the message."""
    answers = announced.content.answers
    if digit := parse_digit(words, _HIGHEST):
        return digit if digit <= len(answers) else None
    return announcement_words.named(answers, words)
