"""Who writes in Khmer letters is spoken to in Khmer from then on, without having to know the word for it."""

from bot.channels.contract import IncomingKind
from bot.text import clean
from bot.turn import Turn
from handlers.members import commands, safety_words, short_words, small_talk, welcome
from handlers.parts import Parts

LANGUAGE = "km"
_FIRST, _LAST = "\u1780", "\u17d3"
_FEWEST = 3  # Letters: fewer are an ornament.


async def follow(turn: Turn, parts: Parts) -> bool:
    """Speak Khmer from now on if she writes it. Whether that is new to her: then `say_so`, once she is answered.

    Not a cadre, whose answer to a member may well be in Khmer; nor on thanks alone, which many know who speak no Khmer; nor on words
    of danger and whatever she says of it, which is answered in both languages and with nothing beside.
    """
    contact, words = turn.contact, clean(turn.incoming.text)
    if (
        turn.incoming.kind is not IncomingKind.TEXT
        or contact.language == LANGUAGE
        or contact.staff_id is not None
    ):
        return False
    if turn.conversation.flow == safety_words.FLOW or not is_written_in(words):
        return False
    if words in small_talk.THANKS or commands.is_one(words) or parts.safety.assess(words) is not None:
        return False
    await turn.change_contact(language=LANGUAGE)
    turn.translations = parts.languages.of(LANGUAGE)
    return True


async def say_so(turn: Turn) -> None:
    """Tell her how to be answered otherwise, unless the greeting has just said so."""
    if not short_words.says(clean(turn.incoming.text), small_talk.HELLO):
        await turn.say_beside(welcome.from_khmer_back(turn.translations))


def is_written_in(words: str) -> bool:
    """Whether most of the letters are Khmer."""
    khmer = sum(_FIRST <= char <= _LAST for char in words)
    others = sum(char.isalpha() and not _FIRST <= char <= _LAST for char in words)
    return khmer >= _FEWEST and khmer > others
