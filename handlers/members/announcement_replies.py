"""What she writes back right below an announcement that is none of its answers and asks nothing: thanks, or a word of her own.

It is noted (see `announcement_answers.note`) unless it is private, beside her name where she lets cadres know it; she is told which,
and how to answer by a number.
"""

from datetime import timedelta

import sqlalchemy as sa

from bot.answers import Rung, Thresholds, choose
from bot.answers.ladder import is_one_word
from bot.channels.contract import IncomingKind
from bot.people import units
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.store.tables import members
from bot.text import clean, cut
from bot.turn import Turn
from broadcasts import responses
from broadcasts.responses import Announced
from handlers.members import (
    announcement_answers,
    announcement_words,
    courtesies,
    lying_ready,
    question_words,
    short_words,
    small_talk,
)
from handlers.members.lying_ready import SUGGEST_FLOW
from handlers.parts import Parts

_RIGHT_AFTER = timedelta(days=1)
_LONGEST = 200
_SHOWN_UNITS = 120
_ASKED_ALL_THE_SAME = Thresholds(suggest=0.6)
"""Who asks nothing there mostly tells why she comes or not: what is only a little near an entry is no question of hers."""
_IDLE = {"", SUGGEST_FLOW, VERDICT_FLOW, ENTRY_FLOW}


async def take_thanks(turn: Turn, parts: Parts) -> bool:
    """Take thanks, or a yes that does not say which, below an announcement that she has not answered yet."""
    words = clean(turn.incoming.text)
    if not (short_words.says(words, small_talk.THANKS) or courtesies.is_yes(words)):
        return False
    announced = await _right_above(turn)
    if announced is None or not announced.is_open or not announced.content.answers:
        return False
    _ = turn.gettext
    if turn.contact.is_quiet:
        await turn.say(_("Dạ, em ghi nhận rồi."))
        return True
    await turn.say(
        _(
            "Dạ, em cảm ơn chị, em ghi là chị đã xem tin báo. Chị trả lời giúp em một số nghen: {answers}."
        ).format(answers=announcement_answers.answers_by_number(turn, announced))
    )
    return True


async def take_words(turn: Turn, parts: Parts) -> bool:
    """Take a short word of her own that asks nothing, neither as it sounds nor as far as the bank knows."""
    words = clean(turn.incoming.text)
    if not any(map(str.isalpha, words)) or len(words) > _LONGEST or question_words.asks(words):
        return False
    announced = await _right_above(turn)
    if announced is None or await _is_asked_of_us(turn, parts, words):
        return False
    _ = turn.gettext
    is_private = await announcement_answers.hide_what_is_private(turn, parts)
    ready = lying_ready.from_now_on(turn, words, sensitive=is_private)
    # What is private is lost by nothing that she writes next.
    flow, kept = (SUGGEST_FLOW, ready | {"entries": []}) if ready["sensitive"] else ("", ready)
    turn.conversation.begin(flow, "", **kept)
    if turn.contact.is_quiet:
        await turn.say(_("Dạ, em ghi nhận rồi."))
        return True
    if announced.is_taken_back:
        said = [announcement_answers.taken_back(turn)]
    elif turn.heard.is_sensitive:
        said = [_("Dạ, em cảm ơn chị. Lời này em giữ riêng, không ghi bên tin báo.")]
    else:
        noted = (
            _("Dạ, em cảm ơn chị. Em ghi lời chị bên tin báo cho Hội xem rồi: «{words}».")
            if await _may_be_named(turn)
            else _("Dạ, em cảm ơn chị. Em ghi lại lời chị cho Hội đọc, không kèm tên chị: «{words}».")
        )
        said = [noted.format(words=cut(words, _SHOWN_UNITS))]
    if announced.content.answers and announced.is_open:
        answers = announcement_answers.answers_by_number(turn, announced)
        said.append(_("Trả lời nhanh thì chị gõ một số: {answers}.").format(answers=answers))
    said.append(_("Chị muốn hỏi cán bộ thì gõ 0."))
    await turn.say(" ".join(said))
    return True


async def _may_be_named(turn: Turn) -> bool:
    """Whether her words are shown beside her name: as `broadcasts.recipients` shows them."""
    allowed = sa.select(members.c.allows_name_to_cadres).where(members.c.id == turn.contact.member_id)
    return bool(await turn.connection.scalar(allowed))


async def _right_above(turn: Turn) -> Announced | None:
    """The announcement that is the last message she got, also one that was taken back since, while nothing else waits for her."""
    if turn.incoming.kind is not IncomingKind.TEXT or turn.conversation.flow not in _IDLE:
        return None
    found = await responses.last_said(turn.connection, turn.contact, within=_RIGHT_AFTER, now=turn.now)
    return found if found is not None and (found.is_open or found.is_taken_back) else None


async def _is_asked_of_us(turn: Turn, parts: Parts, words: str) -> bool:
    """Whether the bank is fairly sure of it."""
    book = await parts.answers.current(turn.connection)
    at = await units.line(turn.connection, turn.contact.unit_id)
    decision = choose(book.search(words, at=at), _ASKED_ALL_THE_SAME, is_one_word=is_one_word(words))
    is_reply = announcement_words.is_about_coming(words)
    return decision.rung is Rung.ANSWER or (decision.rung is Rung.SUGGEST and not is_reply)
