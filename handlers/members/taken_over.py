"""Somebody of the Union writes to a member by hand, in the platform's own tool: the assistant keeps quiet for a while.

Two voices in one chat confuse, and a machine that talks into a consolation hurts. What she says then is for the person;
it stands in the log. The assistant still answers words of danger, does what she tells it by one of its own words, passes on
what she wants a cadre to have (0), and finishes what began that way.
"""

import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.keywords import letters
from bot.people.parsing import parse_digit
from bot.said import Note, log_interaction
from bot.store.tables import interactions
from bot.store.tables.messages import Direction
from bot.text import clean, squeeze
from bot.turn import Turn
from handlers.cadres import desk_flow
from handlers.members import asking, commands, private_words, verdict
from handlers.parts import Parts

_KIND = "human"
_REMEMBERED = ("asked", "asking", "urgent", "sensitive")
_RATHER_TO_A_PERSON = {"dung", "dunglai", "nhantin", "nhantinlai"}
"""Words of ours that, folded, are more likely said to her: "đúng", "nhắn tin"."""
_PLAIN = {"dừng", "dừnglại"}
_LONGEST = 60  # No word of ours is longer.
_HIGHEST = 9


async def begin(turn: Turn, parts: Parts) -> None:
    """A person of the Union has written to her. What the assistant was asking is over; her words go to the log."""
    until = (turn.incoming.at or turn.now) + parts.human_quiet
    known = turn.contact.human_until
    await turn.change_contact(human_until=max(until, known) if known else until)
    # A cadre's desk goes on: it is no talk of the assistant's own.
    if turn.conversation.flow != desk_flow.FLOW:
        _set_down(turn)
    media = f"[{turn.incoming.media}]" if turn.incoming.media else ""
    words = " ".join(part for part in (turn.incoming.text, media) if part)
    is_private = bool(turn.conversation.data.get("sensitive")) or await private_words.are_in(turn, parts)
    note = Note(kind=_KIND, is_sensitive=is_private or await _was_private(turn))
    await log_interaction(turn.connection, turn.contact, Direction.OUT, words, now=turn.now, note=note)


def is_under_way(turn: Turn) -> bool:
    """Whether a person is talking to her."""
    until = turn.contact.human_until
    return until is not None and turn.now < until


async def take_command(turn: Turn, parts: Parts) -> bool:
    """Take the words that always work, but for those that a person may have been told."""
    words = clean(turn.incoming.text)[:_LONGEST]
    if squeeze(words) in _RATHER_TO_A_PERSON and letters(words) not in _PLAIN:
        return False
    return await commands.take(turn, parts)


async def take_verdict(turn: Turn, parts: Parts) -> bool:
    """Take what quotes a cadre's answer. "Đã rõ" alone may be said to the person: only right after the answer it is about it."""
    return bool(turn.incoming.reply_to) and await verdict.take_anywhere(turn, parts)


async def take_wish_for_a_cadre(turn: Turn, parts: Parts) -> bool:
    """Take 0: what she asks for then is lost nowhere."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    if parse_digit(clean(turn.incoming.text), _HIGHEST) != 0:
        return False
    return await asking.take(turn, parts)


async def keep_quiet(turn: Turn, parts: Parts) -> bool:
    """Say nothing. Always takes the turn."""
    is_number = turn.incoming.kind is IncomingKind.PHONE
    if is_number or turn.conversation.data.get("sensitive") or await private_words.are_in(turn, parts):
        turn.hide_words()
    return True


def _set_down(turn: Turn) -> None:
    """Close what is open; a question that lies ready for a cadre is still there for 0."""
    data = turn.conversation.data
    turn.conversation.begin("", "", **{name: data[name] for name in _REMEMBERED if name in data})


async def _was_private(turn: Turn) -> bool:
    """Whether what she said last was: then the answer to it is, too."""
    latest = (
        sa.select(interactions.c.is_sensitive)
        .where(interactions.c.contact_id == turn.contact.contact_id, interactions.c.direction == Direction.IN)
        .order_by(interactions.c.id.desc())
        .limit(1)
    )
    return bool(await turn.connection.scalar(latest))
