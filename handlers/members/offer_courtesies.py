"""A courtesy, small talk, or "are you a machine" while she is asked whether, or what, to pass on to a cadre: no question of hers.

It is answered as always, and the offer stays as it was. What is sad is hers to tell, and goes its way.
"""

from bot.channels.contract import IncomingKind
from bot.people.parsing import parse_yes_no
from bot.text import clean
from bot.turn import Turn
from handlers.members import courtesies, forwarding, short_words, small_talk, who_answers
from handlers.members.form import LEAVE
from handlers.parts import Parts

_POLITE = small_talk.HELLO | small_talk.THANKS | small_talk.FAREWELL


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if it is nothing but that."""
    if turn.incoming.kind is not IncomingKind.TEXT or turn.conversation.flow != forwarding.FLOW:
        return False
    words = clean(turn.incoming.text)
    is_offered = turn.conversation.step == "confirm"
    if words in LEAVE or forwarding.refuses(words) or (is_offered and parse_yes_no(words) is not None):
        return False
    talk = small_talk.heard(words)
    says_nothing = courtesies.is_yes(words) or talk is small_talk.Talk.WONDERS
    if talk is small_talk.Talk.SAD or not (
        says_nothing or talk or short_words.says(words, _POLITE) or who_answers.is_asked(words)
    ):
        return False
    if turn.conversation.data.get("sensitive"):
        turn.hide_words()
    if not says_nothing:
        await courtesies.take(turn, parts)
    await turn.say(forwarding.expected(turn), *forwarding.offered(turn))
    turn.settle_question()
    return True
