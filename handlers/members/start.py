"""She opened the chat, or follows us from now on."""

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.said import Note
from bot.store.tables import interactions
from bot.store.tables.messages import Direction
from bot.turn import Turn
from handlers.members import open_question
from handlers.members.welcome import greeting
from handlers.parts import Parts

_KNOWS_US = timedelta(days=1)


async def take_start(turn: Turn, parts: Parts) -> bool:
    """She opened the chat. What is open stays open and is asked again: she may only have come back.

    Following is no word to us: she is greeted if nothing was said to her for a day.
    """
    if turn.incoming.kind is IncomingKind.FOLLOWED:
        turn.heard = Note(kind=str(IncomingKind.START))
        if not await _has_heard_from_us(turn):
            await turn.say(greeting(turn.translations, parts.organisation, language=turn.contact.language))
        return True
    if turn.incoming.kind is not IncomingKind.START:
        return False
    await turn.say(greeting(turn.translations, parts.organisation, language=turn.contact.language))
    if open_question.is_waiting_for_her(turn):
        await open_question.repeat(turn, parts)
    return True


async def _has_heard_from_us(turn: Turn) -> bool:
    said = sa.exists().where(
        interactions.c.contact_id == turn.contact.contact_id,
        interactions.c.direction == Direction.OUT,
        interactions.c.at > turn.now - _KNOWS_US,
    )
    return bool(await turn.connection.scalar(sa.select(said)))
