"""What Zalo tells about one person, and how much of it is kept: her name as it is shown, and nothing to find her by.

Her phone number, address, birthday and picture stay at Zalo even where it would tell them: nobody asked her for them on
our behalf (docs/decisions/followers.md).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa import refusals
from bot.channels.zalo_oa.errors import Refused
from bot.channels.zalo_oa.history import Asking
from bot.clock import VIETNAM
from bot.languages import DEFAULT
from bot.people import tags
from bot.store.database import insert_ignoring
from bot.store.tables import contacts
from bot.store.types import Moment

STALE = timedelta(days=30)  # A name that was told longer ago is asked for again.

_PATH = "/v3.0/oa/user/detail"
_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Profile:
    """Of one person at one OA. Nameless where Zalo tells nothing of her."""

    name: str = ""
    is_follower: bool | None = None  # None: not said.
    wrote_at: datetime | None = None  # She wrote at this moment or, at most a day, later.
    marks: tuple[str, ...] | None = None  # None: not said.


async def ask(client: Asking, user_id: str) -> Profile | None:
    """What Zalo tells of her; None where it knows nobody of this id. Raises as the client does what concerns not her alone."""
    try:
        return read(await client.get(_PATH, {"user_id": user_id}))
    except Refused as refused:
        meaning = refusals.meaning_of(refused, refusals.Called.TALK)
        if meaning is table.NOT_FOLLOWING:
            return Profile(is_follower=False)
        if meaning.kind is table.Kind.USER:
            return Profile()
        if meaning.kind is table.Kind.BUG:
            return None
        raise


def read(detail: object) -> Profile:
    """The answer of `user/detail`. Never raises: what is not as documented counts as not said."""
    said: Mapping[str, Any] = detail if isinstance(detail, Mapping) else {}
    name, follows = said.get("display_name"), said.get("user_is_follower")
    notes = said.get("tags_and_notes_info")
    marks = notes.get("tag_names") if isinstance(notes, Mapping) else None
    return Profile(
        name=" ".join(text.clean(name).split())[:_NAME_LENGTH].strip() if isinstance(name, str) else "",
        is_follower={"true": True, "false": False}.get(str(follows).lower()),
        wrote_at=_start_of_day(said.get("user_last_interaction_date")),
        marks=tuple(mark for mark in marks if isinstance(mark, str)) if isinstance(marks, list) else None,
    )


def _start_of_day(date: object) -> datetime | None:
    """The day in Viet Nam at its start: a window counted from it ends too early rather than too late."""
    try:
        day = datetime.strptime(str(date), "%d/%m/%Y").replace(tzinfo=VIETNAM)
        return day.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


async def unknown(
    connection: AsyncConnection, account_id: int, user_ids: Collection[str], now: datetime
) -> set[str]:
    """Those of them whom Zalo has to be asked about: new ones, and those of whom we have not heard for long.

    Who wants no announcements (NGUNG) or had herself erased (XOA) is not asked about.
    """
    known = contacts.c.stopped_at.is_not(None) | (contacts.c.profiled_at >= now - STALE)
    rows = await connection.scalars(
        sa.select(contacts.c.address).where(
            contacts.c.account_id == account_id, contacts.c.address.in_(user_ids), known
        )
    )
    return set(user_ids) - set(rows)


async def set_following(
    connection: AsyncConnection, account_id: int, user_ids: Collection[str], *, follows: bool
) -> None:
    """Of those whom we know: whether they follow. Nobody is added."""
    await connection.execute(
        sa.update(contacts)
        .where(
            contacts.c.account_id == account_id,
            contacts.c.address.in_(user_ids),
            contacts.c.is_follower.is_distinct_from(follows),
        )
        .values(is_follower=follows)
    )


async def keep(
    connection: AsyncConnection,
    account_id: int,
    user_id: str,
    profile: Profile,
    *,
    now: datetime,
    mirrors_tags: bool,
) -> bool:
    """Write down what was told of her at this moment. True if we had not known her at all. No member is made of her, and
    nothing is assumed that she did not say: she gets no announcement for it.
    """
    mine = sa.and_(contacts.c.account_id == account_id, contacts.c.address == user_id)
    added = await connection.execute(
        insert_ignoring(contacts, connection.dialect.name).values(
            account_id=account_id, address=user_id, language=DEFAULT, created_at=now
        )
    )
    values: dict[str, Any] = {"display_name": profile.name, "profiled_at": now}
    if profile.is_follower is not None:
        values["is_follower"] = profile.is_follower
    if profile.wrote_at is not None and profile.wrote_at <= now:
        wrote_at = sa.literal(profile.wrote_at, Moment())
        is_later = contacts.c.last_in_at.is_(None) | (contacts.c.last_in_at < wrote_at)
        values["last_in_at"] = sa.case((is_later, wrote_at), else_=contacts.c.last_in_at)
    # She may have stopped us or had herself erased since Zalo was asked: then nothing of this is kept.
    kept = await connection.scalars(
        sa.update(contacts)
        .where(mine, contacts.c.stopped_at.is_(None))
        .values(values)
        .returning(contacts.c.id)
    )
    contact_id = kept.one_or_none()
    if mirrors_tags and contact_id is not None and profile.marks is not None:
        await tags.told_all(connection, contact_id, profile.marks, at=now)
    return added.rowcount > 0
