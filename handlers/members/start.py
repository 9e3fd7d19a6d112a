"""She opened the chat."""

from bot.channels.contract import IncomingKind
from bot.turn import Turn
from handlers.members import open_question
from handlers.members.welcome import greeting
from handlers.parts import Parts


async def take_start(turn: Turn, parts: Parts) -> bool:
    """She opened the chat. What is open stays open and is asked again: she may only have come back."""
    if turn.incoming.kind is not IncomingKind.START:
        return False
    await turn.say(greeting(turn.translations, parts.organisation))
    if open_question.is_waiting_for_her(turn):
        await open_question.repeat(turn, parts)
    return True
