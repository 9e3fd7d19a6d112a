"""Trying a phrase as a member would type it: the chat's own conversation answers it, and nothing of it is kept.

Words of danger are not passed to it, for a cry for help that nobody uttered would stand in the log: what she would read is put
together of the same sentences.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.book import KeptEntry
from bot.answers.matcher import Match
from bot.channels.contract import Choice, Incoming, IncomingKind, Outgoing
from bot.outbox import Outbox
from bot.people import contacts, units
from bot.people.contacts import Contact
from bot.store.database import Database
from bot.store.tables import accounts, interactions, members, outbox
from bot.store.tables.accounts import AccountState
from bot.store.tables.messages import Direction
from bot.store.tables.people import MemberStatus
from bot.text import sort_key
from bot.turn import Conversation, Turn
from handlers.conversation import conversation
from handlers.members import safety_meaning, safety_numbers, safety_voice, safety_words, small_talk
from handlers.parts import Parts

DANGER, DOUBT, OTHER = "danger", "doubt", "other"
_KINDS = ("answer", "suggestion", "rephrase", "no_answer")
_CHANNEL = "trying"  # No platform's: nothing that is written to it ever leaves.


@dataclass(frozen=True, slots=True)
class Message:
    """As she reads it, with what her buttons say."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What the assistant would say to a phrase, and which entries are near to it."""

    phrase: str
    kind: str  # DANGER, DOUBT, OTHER, or the rung: answer, suggestion, rephrase, no_answer.
    messages: tuple[Message, ...]
    matches: tuple[tuple[Match, KeptEntry], ...]  # With the entry that would be given.

    @property
    def best_is_off(self) -> bool:
        return bool(self.matches) and not self.matches[0][1].is_on


async def try_phrase(
    database: Database, parts: Parts, phrase: str, *, unit_id: int, language: str, now: datetime
) -> Tried:
    """As a member of this unit who writes for the first time, and whom nothing is being asked."""
    async with database.reading() as connection:
        await parts.safety.refresh(connection)
        book = await parts.answers.current(connection)
        at = await units.line(connection, unit_id)
    matches = tuple(
        (match, book.in_place_of(book.entries[match.entry_id], at)) for match in book.search(phrase, at=at)
    )
    async with database.writing() as connection:
        whole = await connection.begin_nested()
        turn = await _turn(connection, parts, phrase, unit_id, language, now)
        kind, messages = await _danger(turn, parts) or await _answered(turn, parts)
        await whole.rollback()  # She does not exist, and has said nothing.
    return Tried(phrase, kind, messages, matches)


async def _danger(turn: Turn, parts: Parts) -> tuple[str, tuple[Message, ...]] | None:
    """Where danger is heard: the first that she reads, those on duty being reached."""
    words = turn.incoming.text
    heard = parts.safety.explain(words)
    alarm, hit = heard.alarm, heard.said
    if alarm is None or hit is None or (not alarm.urgent and small_talk.is_nothing_but_polite(words)):
        return None
    numbers = await safety_numbers.near_her(turn, hit.kind)
    keeps = safety_meaning.says_past_local(words)

    def text(_: safety_voice.Voice) -> str:
        return safety_words.at_once(
            _,
            hit,
            near=safety_numbers.lines(_, numbers, is_quiet=False),
            is_doubted=not alarm.urgent,
            kept=safety_words.past_local(_, is_quiet=False, was_told=False) if keeps else "",
        )

    language = safety_voice.language_for(turn.contact.language, words)
    said = safety_voice.in_language(parts.languages, language, text)
    voice = safety_voice.voice_of(parts.languages, language)
    choices = safety_words.choices(voice, is_doubted=not alarm.urgent, is_quiet=False)
    return DANGER if alarm.urgent else DOUBT, (Message(said, choices),)


async def _answered(turn: Turn, parts: Parts) -> tuple[str, tuple[Message, ...]]:
    connection, contact = turn.connection, turn.contact
    await conversation(parts)(turn)
    rows = await connection.execute(
        sa.select(outbox.c.message).where(outbox.c.contact_id == contact.contact_id).order_by(outbox.c.id)
    )
    messages = [Outgoing.from_json(row.message) for row in rows]
    kinds = await connection.scalars(
        sa.select(interactions.c.kind)
        .where(interactions.c.contact_id == contact.contact_id, interactions.c.direction == Direction.OUT)
        .order_by(interactions.c.id.desc())
    )
    kind = next((kind for kind in kinds if kind in _KINDS), OTHER)
    return kind, tuple(Message(message.text, message.choices) for message in messages)


async def _turn(
    connection: AsyncConnection, parts: Parts, phrase: str, unit_id: int, language: str, now: datetime
) -> Turn:
    contact = await _nobody(connection, unit_id, language, now)
    incoming = Incoming(contact.address, IncomingKind.TEXT, phrase, message_id=contact.address)
    translations = parts.languages.of(contact.language)
    return Turn(connection, contact, incoming, Conversation(), now, translations, Outbox({}))


async def _nobody(connection: AsyncConnection, unit_id: int, language: str, now: datetime) -> Contact:
    """A member of this unit on an account of her own, so that no row of anybody's is touched."""
    name = f"trying-{secrets.token_hex(16)}"
    account = sa.insert(accounts).values(
        channel=_CHANNEL, external_id=name, name=name, state=AccountState.ACTIVE, created_at=now
    )
    her = sa.insert(members).values(
        full_name=name, name_sort=sort_key(name), name_folded=name, unit_id=unit_id,
        status=MemberStatus.RECOGNISED, created_at=now, updated_at=now,
    )  # fmt: skip
    account_id = (await connection.execute(account.returning(accounts.c.id))).scalar_one()
    member_id = (await connection.execute(her.returning(members.c.id))).scalar_one()
    contact = await contacts.meet(connection, account_id, name, language=language, now=now)
    await contacts.change(connection, contact.contact_id, member_id=member_id)
    return replace(contact, member_id=member_id, unit_id=unit_id)
