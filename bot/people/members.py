"""A member's profile: what she gave, for what she gave it, and how she takes it back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people import tags
from bot.people.alert_erasure import erase_alerts
from bot.people.question_erasure import erase_questions
from bot.store.tables import (
    askings,
    consents,
    contacts,
    conversations,
    deliveries,
    erasures,
    hidden_messages,
    inbox,
    interactions,
    mailbox,
    members,
    outbox,
    questions,
    units,
)
from bot.store.tables.messages import InboxState
from bot.store.tables.people import MemberStatus, Purpose

_CONSENT_COLUMNS = {
    Purpose.ANNOUNCEMENTS: "allows_announcements",
    Purpose.NAME_TO_CADRES: "allows_name_to_cadres",
    Purpose.CALL_BACK: "allows_call_back",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What she tells about herself. Nothing else is kept (domain.md 1.4)."""

    full_name: str
    birth_year: int | None
    unit_id: int | None
    hamlet: str
    phone: str | None  # E.164


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: Purpose
    is_given: bool
    wording: str  # The very sentence she answered.
    at: datetime


async def register(
    connection: AsyncConnection, contact_id: int, profile: Profile, given: list[Consent], *, now: datetime
) -> int:
    """Keep her profile and the proof of every consent, and make this chat hers. Returns the member's id."""
    member_id = (
        await connection.execute(
            sa.insert(members)
            .values(**_columns(profile), status=MemberStatus.REQUESTED, created_at=now, updated_at=now)
            .returning(members.c.id)
        )
    ).scalar_one()
    await connection.execute(
        sa.update(contacts).where(contacts.c.id == contact_id).values(member_id=member_id)
    )
    for consent in given:
        await record_consent(connection, contact_id, member_id, consent)
    # What she said before she had a profile is hers as well.
    await connection.execute(
        sa.update(questions).where(questions.c.contact_id == contact_id).values(member_id=member_id)
    )
    return int(member_id)


async def record_consent(
    connection: AsyncConnection, contact_id: int, member_id: int | None, consent: Consent
) -> None:
    """Add the proof of one yes or no, and bring it into force."""
    await connection.execute(
        sa.insert(consents).values(
            contact_id=contact_id,
            member_id=member_id,
            purpose=consent.purpose,
            is_given=consent.is_given,
            wording=consent.wording,
            at=consent.at,
        )
    )
    if (column := _CONSENT_COLUMNS.get(consent.purpose)) and member_id is not None:
        await connection.execute(
            sa.update(members).where(members.c.id == member_id).values({column: consent.is_given})
        )


async def profile_of(connection: AsyncConnection, member_id: int) -> sa.RowMapping | None:
    """Her row with `unit_name` beside it."""
    found = await connection.execute(
        sa.select(members, units.c.name.label("unit_name"))
        .outerjoin(units, units.c.id == members.c.unit_id)
        .where(members.c.id == member_id)
    )
    return found.mappings().one_or_none()


async def change_profile(
    connection: AsyncConnection, member_id: int, *, now: datetime, **values: object
) -> None:
    """Set profile columns; the keys for searching and sorting follow the name."""
    if isinstance(name := values.get("full_name"), str):
        values |= {"name_sort": text.name_sort_key(name), "name_folded": text.fold(name)}
    await connection.execute(
        sa.update(members).where(members.c.id == member_id).values(**values, updated_at=now)
    )


async def erase(connection: AsyncConnection, contact_id: int, *, now: datetime) -> None:
    """Erase what is kept of the person behind this chat, in all her chats (Law 91/2025/QH15 art. 14).

    Stays: that an erasure was done and where; deliveries, questions and alerts without her and without words; the
    consents' proof without whose. The contact rows themselves stay while the platform's thread lives, emptied: they are
    what remembers that she wants no announcements, and that others read her phone (KIN).
    """
    member_id = (
        await connection.execute(sa.select(contacts.c.member_id).where(contacts.c.id == contact_id))
    ).scalar()
    hers = contacts.c.id == contact_id if member_id is None else contacts.c.member_id == member_id
    chats = (
        await connection.execute(
            sa.select(contacts.c.id, contacts.c.account_id, contacts.c.address).where(hers)
        )
    ).all()
    ids = [chat.id for chat in chats]
    unit_id = None
    if member_id is not None:
        unit_id = (
            await connection.execute(sa.select(members.c.unit_id).where(members.c.id == member_id))
        ).scalar()
    # First, because they lock: what is just being done for her is waited for, and then goes with the rest.
    await erase_alerts(connection, ids, member_id, now=now)
    await erase_questions(connection, ids, member_id, now=now)
    await connection.execute(sa.delete(interactions).where(interactions.c.contact_id.in_(ids)))
    # That something was asked stays, and what it was taken for; nobody is to look for the words.
    await connection.execute(
        sa.update(askings)
        .where(askings.c.contact_id.in_(ids))
        .values(contact_id=None, question_id=None, text="", dealt_with_at=now)
    )
    await connection.execute(sa.delete(conversations).where(conversations.c.contact_id.in_(ids)))
    await connection.execute(sa.delete(hidden_messages).where(hidden_messages.c.contact_id.in_(ids)))
    await connection.execute(sa.delete(outbox).where(outbox.c.contact_id.in_(ids)))
    for chat in chats:
        await connection.execute(
            sa.delete(mailbox).where(
                mailbox.c.account_id == chat.account_id, mailbox.c.address == chat.address
            )
        )
        said = sa.and_(inbox.c.account_id == chat.account_id, inbox.c.lane == chat.address)
        handled = inbox.c.state != InboxState.NEW
        # The update that asks for this is the oldest of the open ones. Later ones wait for an answer.
        if chat.id == contact_id:
            asks = sa.select(sa.func.min(inbox.c.id)).where(said, inbox.c.state == InboxState.NEW)
            handled |= inbox.c.id == asks.scalar_subquery()
        await connection.execute(sa.update(inbox).where(said, handled).values(payload={}))
    await connection.execute(
        sa.update(consents).where(consents.c.contact_id.in_(ids)).values(contact_id=None, member_id=None)
    )
    await tags.untag_wholly(connection, ids, now)
    # A stopped contact without a name is asked about at no platform any more: the name would come back from there.
    await connection.execute(
        sa.update(contacts)
        .where(hers)
        .values(member_id=None, stopped_at=now, display_name="", human_until=None)
    )
    if member_id is not None:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.member_id == member_id).values(contact_id=None)
        )
        await connection.execute(sa.delete(members).where(members.c.id == member_id))
    await connection.execute(sa.insert(erasures).values(unit_id=unit_id, at=now))


def _columns(profile: Profile) -> dict[str, object]:
    return {
        "full_name": profile.full_name,
        "name_sort": text.name_sort_key(profile.full_name),
        "name_folded": text.fold(profile.full_name),
        "birth_year": profile.birth_year,
        "unit_id": profile.unit_id,
        "hamlet": profile.hamlet,
        "phone": profile.phone,
    }
