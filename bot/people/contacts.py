"""A contact: one person on one account, and what the service knows about reaching her."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.clock import LONG_PAST
from bot.languages import DEFAULT, NAMES
from bot.rules import Allowance
from bot.sending.parcels import LONGEST_BACKOFF
from bot.store.database import insert_ignoring
from bot.store.tables import accounts, contacts, members, outbox, staff
from bot.store.tables.messages import OutboxState
from bot.store.types import Moment


@dataclass(frozen=True, slots=True)
class Contact:
    contact_id: int
    account_id: int
    channel: str
    address: str
    member_id: int | None
    staff_id: int | None
    unit_id: int | None  # The member's unit; for staff who are no members, theirs.
    language: str
    is_quiet: bool
    is_stopped: bool
    is_reachable: bool
    last_in_at: datetime | None = None  # When she last did something that counts as writing to us.
    may_cost: bool = False  # Her account may be sent what the platform takes money for.
    human_until: datetime | None = None  # Somebody of the Union writes to her by hand until then.

    def allowance(self, now: datetime) -> Allowance:
        """What her platform lets us send her, welcomes left aside."""
        return rules.allowance(self.channel, last_in_at=self.last_in_at, may_cost=self.may_cost, now=now)


_SELECT = (
    sa.select(
        contacts,
        accounts.c.channel,
        accounts.c.may_cost,
        sa.func.coalesce(members.c.unit_id, staff.c.unit_id).label("unit_id"),
    )
    .join(accounts, accounts.c.id == contacts.c.account_id)
    .outerjoin(members, members.c.id == contacts.c.member_id)
    .outerjoin(staff, staff.c.id == contacts.c.staff_id)
)


async def meet(
    connection: AsyncConnection, account_id: int, address: str, *, language: str, now: datetime
) -> Contact:
    """The contact of an address, made now if she is new. A new one is spoken to in `language` if that is one of ours."""
    inserted = insert_ignoring(contacts, connection.dialect.name).values(
        account_id=account_id,
        address=address,
        # English is for the console: a phone set to English still belongs to somebody who reads Vietnamese.
        language=language if language in NAMES and language != "en" else DEFAULT,
        created_at=now,
    )
    await connection.execute(inserted)
    row = await connection.execute(
        _SELECT.where(contacts.c.account_id == account_id, contacts.c.address == address)
    )
    return _contact(row.one())


async def get(connection: AsyncConnection, contact_id: int) -> Contact | None:
    row = (await connection.execute(_SELECT.where(contacts.c.id == contact_id))).one_or_none()
    return _contact(row) if row else None


async def of_staff(connection: AsyncConnection, staff_id: int) -> list[Contact]:
    """Every chat that a staff member joined from, the one she last wrote in first."""
    rows = await connection.execute(
        _SELECT.where(contacts.c.staff_id == staff_id).order_by(
            contacts.c.last_in_at.desc().nulls_last(), contacts.c.id
        )
    )
    return [_contact(row) for row in rows]


async def heard_from(
    connection: AsyncConnection, contact_id: int, *, now: datetime, at: datetime | None = None
) -> None:
    """She wrote: she can be reached, whatever the platform said before. What waited for that goes out now, first of all.

    `at` is when she did, where that is known: her platform counts from then, however late we are told.
    """
    wrote_at = sa.literal(min(at or now, now), Moment())
    latest = sa.case((contacts.c.last_in_at > wrote_at, contacts.c.last_in_at), else_=wrote_at)
    await connection.execute(
        sa.update(contacts)
        .where(contacts.c.id == contact_id)
        .values(last_in_at=latest, unreachable_at=None, unreachable_code="")
    )
    waits_for_a_border = sa.and_(
        outbox.c.state == OutboxState.WAITING, outbox.c.next_at > now + LONGEST_BACKOFF
    )
    await connection.execute(
        sa.update(outbox)
        .where(outbox.c.contact_id == contact_id, (outbox.c.state == OutboxState.HELD) | waits_for_a_border)
        .values(state=OutboxState.WAITING, next_at=LONG_PAST, error="")
    )


async def has_left(connection: AsyncConnection, contact_id: int, *, now: datetime) -> None:
    await connection.execute(
        sa.update(contacts)
        .where(contacts.c.id == contact_id)
        .values(unreachable_at=now, unreachable_code="left")
    )


async def change(connection: AsyncConnection, contact_id: int, **values: object) -> None:
    """Set columns of a contact: language, is_quiet, stopped_at, member_id, staff_id."""
    if values:
        await connection.execute(sa.update(contacts).where(contacts.c.id == contact_id).values(**values))


def _contact(row: sa.Row[*tuple[object, ...]]) -> Contact:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented accessor
    return Contact(
        contact_id=fields["id"],
        account_id=fields["account_id"],
        channel=fields["channel"],
        address=fields["address"],
        member_id=fields["member_id"],
        staff_id=fields["staff_id"],
        unit_id=fields["unit_id"],
        language=fields["language"],
        is_quiet=fields["is_quiet"],
        is_stopped=fields["stopped_at"] is not None,
        is_reachable=fields["unreachable_at"] is None,
        last_in_at=fields["last_in_at"],
        may_cost=fields["may_cost"],
        human_until=fields["human_until"],
    )
