"""What a visitor did becomes an update to be handled and a line for her to see, once for each nonce and wording."""

import hashlib

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.channels.contract import IncomingKind, Outgoing, Receive, Update
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.forms import Act
from bot.channels.web_chat.mailbox import Line
from bot.channels.web_chat.site import Site, Visit
from bot.intake import IntakeFullError
from bot.store.tables.messages import Direction

log = structlog.get_logger()

_SHOWN_UNITS = 20_000  # A page shows some dozens of messages.


class NotKeptError(Exception):
    """It could not be kept now. The same again is safe."""


async def take_in(site: Site, receive: Receive, visit: Visit, act: Act) -> Line | None:
    """Have it kept for handling, then keep it for her to see. None when her chat was cleared meanwhile.

    In this order a crash between the two loses nothing: her page sends the same again. Raises NotKeptError.
    """
    chat, at = visit.chat, site.clock()
    # With her address, so that nobody can take another's message away by choosing the same nonce; with her words,
    # because a browser that goes back to an old page fills in its old nonce, and new words are a new message.
    name = f"{chat.address}\n{act.nonce}\n{act.kind}\n{act.text}"
    event_id = "in:" + hashlib.sha256(name.encode()).hexdigest()[:48]
    payload = {
        "kind": str(act.kind),
        "address": chat.address,
        "text": act.text,
        "message_id": event_id,
        "reply_to": str(act.reply_to) if act.reply_to else "",
        "language": visit.language,
    }
    try:
        await receive(chat.account_id, [Update(event_id, chat.address, payload)])
        async with site.database.writing() as connection:
            shown = Outgoing(await _shown_words(connection, visit, act))
            # A choice stands right below its question: only an answer in words needs to say what it answers.
            quotes = act.reply_to if act.kind is IncomingKind.TEXT else None
            line_id = await mailbox.put(
                connection, chat, shown, key=event_id, direction=Direction.IN, at=at, reply_to=quotes
            )
            kept = await mailbox.some(connection, chat, [line_id] if line_id else [])
    except (IntakeFullError, SQLAlchemyError) as exc:
        log.warning("chat_message_not_kept", error=type(exc).__name__)
        raise NotKeptError from exc
    site.watch.wake(chat.address)
    return kept[0] if kept else None


async def _shown_words(connection: AsyncConnection, visit: Visit, act: Act) -> str:
    """What she sees herself say: of a picked choice the label, not the digit that it stands for."""
    if act.kind is IncomingKind.START:
        return visit.say("Bắt đầu")
    if act.kind is IncomingKind.CHOICE and act.reply_to:
        asked = await mailbox.some(connection, visit.chat, [act.reply_to])
        labels = {choice.value: choice.label for line in asked for choice in line.message.choices}
        return labels.get(act.text, act.text)
    return text.cut(act.text, _SHOWN_UNITS)
