"""From claimed rows to messages: what each person gets, by which way, at what price, or why she gets nothing after all.

What has happened since the run was filled counts: she has stopped, has moved, has written (then it costs nothing any more).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.channels.contract import Outgoing
from bot.languages import DEFAULT
from bot.rules import Way
from bot.store.tables import accounts, contacts, deliveries, members, runs
from bot.store.tables.broadcasts import Route
from broadcasts import merge_fields, message, posts, responses
from broadcasts.codes import CHAT_CHANGED, ERASED, NO_PHONE
from broadcasts.content import Content, Otherwise
from broadcasts.people import GONE, LeftOut
from broadcasts.places import NOWHERE, Place, Places
from broadcasts.prepared import Prepared

DeliveryLink = Callable[[int, int], str]
"""The address through which the clicks on a link of a delivery are counted, by the link's number."""

Row = sa.Row[*tuple[Any, ...]]
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Skip:
    """She gets nothing."""

    code: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Packed:
    address: str
    message: Outgoing
    price: int  # VND, at most.


@dataclass(frozen=True, slots=True)
class Wording:
    """What a run says at present."""

    content: Content
    prepared: Prepared
    languages: Collection[str]
    local: Mapping[str, str]
    may_cost: bool


class Packing:
    """Keeps the wording of the last runs: it changes with a revision only."""

    def __init__(self, link_of: DeliveryLink | None = None) -> None:
        self._link_of = link_of
        self._places = Places()
        self._wordings: dict[tuple[int, int], Wording] = {}

    async def people(self, connection: AsyncConnection, delivery_ids: Sequence[int]) -> Sequence[Row]:
        """Whom these deliveries go to, in order."""
        return (await connection.execute(_PEOPLE, {"ids": delivery_ids})).all()

    async def pack(
        self, connection: AsyncConnection, rows: Sequence[Row], *, now: datetime
    ) -> Mapping[int, Packed | Skip | Later]:
        """What becomes of each of `people`, by the delivery's id."""
        unit_ids = {row.unit_id for row in rows if row.unit_id is not None}
        places = await self._places.of(connection, unit_ids, now=now)
        by_phone = [row.member_id for row in rows if row.route is Route.PHONE and row.member_id is not None]
        refusing = await _refusing(connection, by_phone) if by_phone else set()
        return {
            row.id: self._one(
                row,
                await self.wording(connection, row.run_id, row.revision),
                places.get(row.unit_id, NOWHERE),
                now,
                refuses_calls=row.member_id in refusing,
            )
            for row in rows
        }

    async def wording(self, connection: AsyncConnection, run_id: int, revision: int) -> Wording:
        known = self._wordings.get((run_id, revision))
        if known is None:
            known = await _read_wording(connection, run_id, is_revised=revision > 0)
            while len(self._wordings) >= _KEPT:
                del self._wordings[next(iter(self._wordings))]
            self._wordings[run_id, revision] = known
        return known

    def words(self, row: Row, wording: Wording, place: Place) -> Outgoing:
        """What she reads in her chat."""
        link = partial(self._link_of, row.id) if self._link_of and wording.content.counts_clicks else None
        return wording.prepared.outgoing(
            row.language or DEFAULT,
            place.person(row.full_name or "", row.hamlet or ""),
            link,
            answer_value=partial(responses.choice_value, row.id) if wording.content.answers else None,
            variant=row.variant,
        )

    async def revised(
        self, connection: AsyncConnection, rows: Sequence[Row], revision: int, *, now: datetime
    ) -> Mapping[int, Outgoing]:
        """What those read after this change who were sent something else before, by the delivery's id."""
        unit_ids = {row.unit_id for row in rows if row.unit_id is not None}
        places = await self._places.of(connection, unit_ids, now=now)
        return {
            row.id: self.words(
                row,
                await self.wording(connection, row.run_id, revision),
                places.get(row.unit_id, NOWHERE),
            )
            for row in rows
        }

    def _one(
        self, row: Row, wording: Wording, place: Place, now: datetime, *, refuses_calls: bool
    ) -> Packed | Skip | Later:
        if row.route in posts.ROUTES:
            post = wording.prepared.post(partial(self._link_of, row.id) if self._link_of else None)
            if row.route is Route.ARTICLE:
                post = Outgoing(post.text, article=row.address_given)
            return Packed(row.address_given, post, row.price)
        if code := _why_not(row):
            return Skip(code)
        if row.route is Route.PHONE:
            return self._by_phone(row, wording, place, now, refuses=refuses_calls)
        return self._by_chat(row, wording, place, now)

    def _by_chat(self, row: Row, wording: Wording, place: Place, now: datetime) -> Packed | Skip | Later:
        allowed = rules.allowance(
            row.channel, last_in_at=row.last_in_at, may_cost=row.may_cost and wording.may_cost, now=now
        )
        if allowed.lets_through:
            if wording.content.otherwise is Otherwise.LEAVE_OUT and row.language not in wording.languages:
                return Skip(LeftOut.LANGUAGE)
            return Packed(row.address, self.words(row, wording, place), allowed.price)
        approved = wording.content.approved
        if allowed.way is not Way.TEMPLATE or approved is None or approved.account_id != row.account_id:
            return Skip(LeftOut.WINDOW)
        person = place.person(row.full_name, row.hamlet)
        return Packed(row.address, message.call(approved, person, local=wording.local), allowed.price)

    def _by_phone(
        self, row: Row, wording: Wording, place: Place, now: datetime, *, refuses: bool
    ) -> Packed | Skip | Later:
        approved = wording.content.approved
        if refuses:
            return Skip(LeftOut.STOPPED)
        if not row.phone:
            return Skip(NO_PHONE)
        if approved is None or not (row.may_cost and wording.may_cost):
            return Skip(LeftOut.COSTS)
        if wakes_at := rules.phone_wakes(row.channel, now):
            return Later(wakes_at)
        person = place.person(row.full_name, row.hamlet)
        outgoing = message.call(approved, person, phone=row.phone, local=wording.local)
        return Packed(row.phone, outgoing, row.price)


def _why_not(row: Row) -> str:
    """Why she is not sent to after all, whatever the way; empty when she is."""
    is_chat = row.route is not Route.PHONE
    if row.member_id is None or (is_chat and row.contact_id is None):
        return ERASED
    if row.status in GONE:
        return LeftOut.LEFT
    if is_chat and row.owner_id != row.member_id:
        return CHAT_CHANGED
    if row.stopped_at is not None:
        return LeftOut.STOPPED
    if not row.allows_announcements:
        return LeftOut.NO_CONSENT
    if row.is_quiet:
        return LeftOut.QUIET
    if row.unreachable_at is not None:
        return LeftOut.UNREACHABLE
    return ""


async def _read_wording(connection: AsyncConnection, run_id: int, *, is_revised: bool) -> Wording:
    found = sa.select(runs.c.texts, runs.c.revised, runs.c.content, runs.c.budget).where(runs.c.id == run_id)
    run = (await connection.execute(found)).one()
    content = Content.from_json(run.content)
    texts: Mapping[str, str] = run.texts
    if is_revised and run.revised:
        texts, content = run.revised, replace(content, trial=None)
    local = await merge_fields.local(connection)
    return Wording(
        content=content,
        prepared=Prepared(texts, content, local),
        languages=frozenset(texts),
        local=local,
        may_cost=run.budget is not None,
    )


async def _refusing(connection: AsyncConnection, member_ids: Sequence[int]) -> set[int]:
    """Those who have said in any chat of theirs that they want nothing, or that others read their phone."""
    return set((await connection.scalars(_REFUSING, {"ids": member_ids})).all())


_PEOPLE = (
    sa.select(
        deliveries.c.id,
        deliveries.c.run_id,
        deliveries.c.account_id,
        deliveries.c.member_id,
        deliveries.c.contact_id,
        deliveries.c.route,
        deliveries.c.address.label("address_given"),
        deliveries.c.variant,
        deliveries.c.price,
        deliveries.c.attempts,
        deliveries.c.revision,
        deliveries.c.platform_id,
        deliveries.c.sent_at,
        contacts.c.address,
        contacts.c.member_id.label("owner_id"),
        contacts.c.language,
        contacts.c.stopped_at,
        contacts.c.is_quiet,
        contacts.c.unreachable_at,
        contacts.c.last_in_at,
        accounts.c.channel,
        accounts.c.may_cost,
        members.c.full_name,
        members.c.hamlet,
        members.c.phone,
        members.c.unit_id,
        members.c.status,
        members.c.allows_announcements,
    )
    .join(accounts, accounts.c.id == deliveries.c.account_id)
    .outerjoin(contacts, contacts.c.id == deliveries.c.contact_id)
    .outerjoin(members, members.c.id == deliveries.c.member_id)
    .where(deliveries.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(deliveries.c.id)
)
_REFUSING = sa.select(contacts.c.member_id).where(
    contacts.c.member_id.in_(sa.bindparam("ids", expanding=True)),
    sa.or_(contacts.c.stopped_at.is_not(None), contacts.c.is_quiet),
)
