"""Words of hers that are about what the common log does not keep: danger, her body, her marriage, whatever an entry says is private."""

from bot.answers import Rung, choose
from bot.people import units
from bot.text import clean
from bot.turn import Turn
from handlers.parts import Parts


async def are_in(turn: Turn, parts: Parts) -> bool:
    """Whether what she says now speaks of a private matter, sounds of danger, or surely asks what a private entry answers.

    What is only near such an entry is not enough: "em mắc giữ cháu" is, and officers are to read why she cannot come.
    """
    words = clean(turn.incoming.text)
    if not words:
        return False
    if parts.private.are_in(words) or parts.safety.check(words) is not None:
        return True
    book = await parts.answers.current(turn.connection)
    decision = choose(book.search(words, at=await units.line(turn.connection, turn.contact.unit_id)))
    return decision.rung is Rung.ANSWER and book.entries[decision.entry_ids[0]].is_sensitive
