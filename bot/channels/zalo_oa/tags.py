"""Carries the marks that officers put on people here over to Zalo. What they do in Zalo's own tool comes as events.

One change is one call. A change that Zalo refuses for this person is tried again later; the others do not wait for it. No
call follows from what Zalo told, so nothing goes round in circles (`bot.people.tags`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import account_jobs
from bot.channels.account_jobs import Job
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa import refusals
from bot.channels.zalo_oa.errors import Refused
from bot.clock import Clock
from bot.store.database import Database, put
from bot.store.tables import contact_tags, contacts

log = structlog.get_logger()

_PUT_ON = "/v2.0/oa/tag/tagfollower"
_TAKE_OFF = "/v2.0/oa/tag/rmfollowerfromtag"
_INVALID = -201

_TRY_AGAIN = timedelta(hours=6)
_REMEMBERED = timedelta(days=1)  # Zalo repeats an event for two hours at most (zalo-oa.md 2.1, 2026-11).

Change = sa.Row[*tuple[Any, ...]]


class Posting(Protocol):
    """What is needed of `client.OAClient`."""

    async def post(self, path: str, body: Mapping[str, Any]) -> Any: ...


class Mirror:
    """Of one account, in this process; one process at a time works with it."""

    def __init__(self, database: Database, clock: Clock, account_id: int, client: Posting) -> None:
        self._database = database
        self._clock = clock
        self._account_id = account_id
        self._client = client
        self._not_before: dict[tuple[int, str], datetime] = {}

    async def has_work(self) -> bool:
        async with self._database.reading() as connection:
            if await self._next(connection) is not None:
                return True
            found = sa.select(sa.exists().where(self._is_forgotten()))
            return bool(await connection.scalar(found))

    async def step(self, job: Job) -> bool:
        """Carry one change over. False when there is none to carry. Raises as the client does what concerns all of them."""
        now = self._clock()
        async with self._database.writing() as connection:
            await account_jobs.move(connection, job, now)
            change = await self._next(connection)
            if change is None:
                await connection.execute(sa.delete(contact_tags).where(self._is_forgotten()))
                return False
        try:
            await self._call(change)
        except Refused as refused:
            await self._refused(change, refused)
        else:
            await self._carried(change, now)
        return True

    async def _next(self, connection: AsyncConnection) -> Change | None:
        is_new = sa.and_(contact_tags.c.removed_at.is_(None), ~contact_tags.c.is_mirrored)
        is_gone = sa.and_(contact_tags.c.removed_at.is_not(None), contact_tags.c.is_mirrored)
        now = self._clock()
        self._not_before = {mark: until for mark, until in self._not_before.items() if until > now}
        rows = await connection.execute(
            sa.select(contact_tags, contacts.c.address)
            .join(contacts, contacts.c.id == contact_tags.c.contact_id)
            .where(
                contacts.c.account_id == self._account_id,
                # Zalo marks only who follows: hers are carried over when she does.
                is_gone | sa.and_(is_new, contacts.c.is_follower.is_not(False)),
            )
            .order_by(contact_tags.c.changed_at, contact_tags.c.contact_id, contact_tags.c.tag)
            .limit(1 + len(self._not_before))
        )
        return next((row for row in rows if (row.contact_id, row.tag) not in self._not_before), None)

    def _is_forgotten(self) -> sa.ColumnElement[bool]:
        old = contact_tags.c.changed_at < self._clock() - _REMEMBERED
        return _removed(self._account_id, old, ~contact_tags.c.is_mirrored)

    async def _call(self, change: Change) -> None:
        path = _PUT_ON if change.removed_at is None else _TAKE_OFF
        try:
            await self._client.post(path, {"user_id": change.address, "tag_name": change.tag})
        except Refused as refused:
            if refused.code != _INVALID or not change.address.isdigit():
                raise
            # Zalo's own sample shows the id as a bare number (zalo-oa.md 4.3, 2026-11).
            await self._client.post(path, {"user_id": int(change.address), "tag_name": change.tag})

    async def _carried(self, change: Change, now: datetime) -> None:
        """It is the same on both sides, as of the moment before the call."""
        async with self._database.writing() as connection:
            if change.removed_at is None:
                same = await connection.execute(
                    sa.update(contact_tags)
                    .where(_its(change), contact_tags.c.removed_at.is_(None))
                    .values(is_mirrored=True, changed_at=now)
                )
                if not same.rowcount:  # Taken off while it was put on: so it has to be taken off there, too.
                    mark = {"contact_id": change.contact_id, "tag": change.tag}
                    taken_off = {"is_mirrored": True, "changed_at": now, "removed_at": now}
                    await put(connection, contact_tags, mark, taken_off)
            else:
                await self._told(connection, change, now)

    async def _refused(self, change: Change, refused: Refused) -> None:
        meaning = refusals.meaning_of(refused, refusals.Called.TALK)
        if meaning.kind not in {table.Kind.USER, table.Kind.BUG}:
            raise refused
        now = self._clock()
        async with self._database.writing() as connection:
            if change.removed_at is not None:
                await self._told(connection, change, now)  # Nothing is on her there that could be taken off.
            elif meaning is table.NOT_FOLLOWING:
                hers = contacts.c.id == change.contact_id
                await connection.execute(sa.update(contacts).where(hers).values(is_follower=False))
            else:
                self._not_before[change.contact_id, change.tag] = now + _TRY_AGAIN
                log.warning("mark_not_carried_over", account=self._account_id, code=refused.code)

    async def _told(self, connection: AsyncConnection, change: Change, now: datetime) -> None:
        """Zalo knows that it is off. The row stays a while: a late event about it is known by it."""
        await connection.execute(
            sa.update(contact_tags)
            .where(_its(change), contact_tags.c.removed_at.is_not(None))
            .values(is_mirrored=False, changed_at=now)
        )


async def forget_removed(database: Database, account_id: int, *, before: datetime) -> None:
    """Delete what is left of marks that were taken off before then: nobody is to be told."""
    old = _removed(account_id, contact_tags.c.changed_at < before)
    async with database.reading() as connection:
        if not await connection.scalar(sa.select(sa.exists().where(old))):
            return
    async with database.writing() as connection:
        await connection.execute(sa.delete(contact_tags).where(old))


def _removed(account_id: int, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    ours = sa.select(contacts.c.id).where(contacts.c.account_id == account_id)
    is_off = contact_tags.c.removed_at.is_not(None)
    return sa.and_(is_off, contact_tags.c.contact_id.in_(ours), *conditions)


def _its(change: Change) -> sa.ColumnElement[bool]:
    return sa.and_(contact_tags.c.contact_id == change.contact_id, contact_tags.c.tag == change.tag)
