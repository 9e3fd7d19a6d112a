"""Whom an announcement reaches right now, and whom it does not reach and why: counted, and by name.

The numbers shown to the officer and the deliveries of a run come from the same SELECT (`chosen`), so they cannot differ
but by what happened in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.people.viewers import Viewer, in_sight
from bot.store import pages
from bot.store.pages import Order, Page, Place
from bot.store.tables import accounts, contacts, erasures, members, units
from bot.store.tables.broadcasts import Route
from bot.store.tables.people import MemberStatus
from broadcasts import segments
from broadcasts.audience import Audience, Is
from broadcasts.meaning import holds, in_units
from broadcasts.routes import GONE, Asked, chosen, is_meant, is_served, speaks, wants

__all__ = [
    "GONE",
    "Asked",
    "AudienceCount",
    "LeftOut",
    "RouteCount",
    "chosen",
    "count",
    "is_meant",
    "named",
    "names",
    "opened",
]

NAMES_ON_A_PAGE = 50


class LeftOut(StrEnum):
    """Why a member whom the sentences name is not reached; of several reasons the one that she gave herself comes first."""

    DECLINED = "declined"
    LEFT = "left"
    UNKNOWN_AGE = "unknown_age"  # Everything else holds; whether her age does, nobody knows.
    STOPPED = "stopped"  # Said NGUNG, which takes her consent back too.
    NO_CONSENT = "no_consent"
    CATEGORY = "category"  # She picked what she wants to hear about, and this is not among it.
    NO_CHAT = "no_chat"  # Never wrote to an account of these channels that we still send from.
    QUIET = "quiet"
    LANGUAGE = "language"  # Nothing is written in her language, and she is not to get it in another.
    COSTS = "costs"  # She is reached for money only.
    WINDOW = "window"  # Her platform lets nothing through before she writes again.
    UNREACHABLE = "unreachable"
    ERASED = "erased"  # Had everything erased; there are no names to this number.


@dataclass(frozen=True, slots=True)
class RouteCount:
    """So many people by one way; `price` is VND of one message."""

    account_id: int
    channel: str
    route: Route
    people: int
    price: int


@dataclass(frozen=True, slots=True)
class AudienceCount:
    total: int
    by_channel: Mapping[str, int]
    left_out: Mapping[LeftOut, int]
    by_route: tuple[RouteCount, ...] = ()

    @property
    def cost(self) -> int:
        """VND of all messages, at the highest price of each way."""
        return sum(one.people * one.price for one in self.by_route)


async def opened(connection: AsyncConnection, asked: Asked) -> Asked:
    """The same with its segments looked up. Refused when something that its audience names is gone."""
    return replace(asked, audience=await segments.opened(connection, asked.audience))


async def count(connection: AsyncConnection, asked: Asked, *, now: datetime) -> AudienceCount:
    """How many are reached, by which way, and how many of those named are not, by reason."""
    if asked.audience.is_nobody:
        return AudienceCount(0, {}, {})
    asked = await opened(connection, asked)
    everybody = _named(asked, now).subquery("everybody").c
    # In one go: who is reached is found out once for both.
    what = (everybody.channel, everybody.account_id, everybody.route, everybody.price, everybody.reason)
    found = await connection.execute(
        sa.select(*what, sa.func.count().label("people")).group_by(*what).order_by(*what)
    )
    by_route: list[RouteCount] = []
    by_channel: dict[str, int] = {}
    counted: dict[LeftOut, int] = {}
    for row in found:
        if row.reason:
            counted[LeftOut(row.reason)] = row.people
        else:
            by_route.append(RouteCount(row.account_id, row.channel, row.route, row.people, row.price))
            by_channel[row.channel] = by_channel.get(row.channel, 0) + row.people
    if erased := await _erased(connection, asked.audience):
        counted[LeftOut.ERASED] = erased
    left_out = {reason: counted[reason] for reason in LeftOut if reason in counted}
    return AudienceCount(sum(by_channel.values()), by_channel, left_out, tuple(by_route))


async def names(
    connection: AsyncConnection,
    asked: Asked,
    viewer: Viewer,
    *,
    now: datetime,
    left_out: LeftOut | None,
    page: Place,
    way: tuple[int, Route] | None = None,
) -> Page[sa.Row[*tuple[Any, ...]]]:
    """A page of those who are reached, or who are left out for a reason, by name, as far as they are the viewer's business;
    given a way, of those alone who are reached by it: from this account, and how.

    Each: `id`, `full_name`, `unit_name`, `hamlet`, `phone`; of those who are reached `channel` and `route` too.
    """
    asked = await opened(connection, asked)
    if left_out is None:
        people = chosen(asked, now=now).subquery("people")
        by_it = sa.and_(people.c.account_id == way[0], people.c.route == way[1]) if way else None
        shown = (people.c.channel, people.c.route)
        return await named(connection, people, viewer, page, where=by_it, also=shown)
    people = missed(asked, now).subquery("people")
    return await named(connection, people, viewer, page, where=people.c.reason == left_out.value)


async def named(
    connection: AsyncConnection,
    people: sa.FromClause,
    viewer: Viewer,
    page: Place,
    *,
    where: sa.ColumnElement[bool] | None = None,
    also: Sequence[sa.ColumnElement[Any]] = (),
) -> Page[sa.Row[*tuple[Any, ...]]]:
    """A page of `people`, which has the numbers of members as `member_id`, each once: those `where` it holds; `also` says
    what else of it to show.
    """
    shown = (
        members.c.id,
        members.c.full_name,
        members.c.hamlet,
        members.c.phone,
        units.c.name.label("unit_name"),
    )
    query = (
        sa.select(*shown, *also)
        .select_from(people)
        .join(members, members.c.id == people.c.member_id)
        .outerjoin(units, units.c.id == members.c.unit_id)
        .where(in_sight(viewer, members.c.unit_id))
    )
    if where is not None:
        query = query.where(where)
    order = Order((members.c.name_sort, members.c.id), members.c.id)
    return await pages.fetch(connection, query, order, page, size=NAMES_ON_A_PAGE)


def missed(asked: Asked, now: datetime) -> sa.Select[int, str]:
    """(member_id, reason) of everybody whom the sentences name and who is not reached."""
    everybody = _named(asked, now).subquery("named").c
    return sa.select(everybody.member_id, everybody.reason).where(everybody.reason != "")


def _named(asked: Asked, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """Everybody whom the sentences name: the way by which she is reached, or the `reason` why she is not, else empty."""
    reached = chosen(asked, now=now).subquery("reached")
    hers = _chats(asked, now).subquery("chats")
    chats = hers.c
    has_age = any(one.kind is Is.AGE and not one.values["unknown"] for one in asked.audience.who)
    named = holds(asked.audience, now)
    unknown_age: sa.ColumnElement[bool] = sa.false()
    if has_age:
        but_for_age = sa.and_(members.c.birth_year.is_(None), holds(asked.audience, now, leaving_out=Is.AGE))
        named, unknown_age = sa.or_(named, but_for_age), members.c.birth_year.is_(None)
    reason = sa.case(
        (reached.c.member_id.is_not(None), ""),
        (members.c.status == MemberStatus.DECLINED, LeftOut.DECLINED.value),
        (members.c.status == MemberStatus.LEFT, LeftOut.LEFT.value),
        (unknown_age, LeftOut.UNKNOWN_AGE.value),
        # Whoever typed NGUNG took her consent back with it: what she said is the reason.
        (chats.has_stopped == 1, LeftOut.STOPPED.value),
        (~members.c.allows_announcements, LeftOut.NO_CONSENT.value),
        (~wants(asked), LeftOut.CATEGORY.value),
        (chats.member_id.is_(None), LeftOut.NO_CHAT.value),
        (chats.is_quiet == 1, LeftOut.QUIET.value),
        (chats.in_another_language == 1, LeftOut.LANGUAGE.value),
        (chats.costs == 1, LeftOut.COSTS.value),
        (chats.is_there == 1, LeftOut.WINDOW.value),
        else_=LeftOut.UNREACHABLE.value,
    )
    # Joined, not NOT IN: that would be gone through anew for each of a million members.
    return (
        sa.select(
            members.c.id.label("member_id"),
            reached.c.channel,
            reached.c.account_id,
            reached.c.route,
            reached.c.price,
            reason.label("reason"),
        )
        .select_from(members)
        .outerjoin(reached, reached.c.member_id == members.c.id)
        .outerjoin(hers, chats.member_id == members.c.id)
        .where(named)
    )


def _chats(asked: Asked, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """For each member with chats on the chosen channels, open to us or not, what keeps them closed: 1 for yes."""
    is_there = contacts.c.unreachable_at.is_(None)
    return (
        sa.select(
            contacts.c.member_id,
            _any(contacts.c.stopped_at.is_not(None)).label("has_stopped"),
            _any(contacts.c.is_quiet).label("is_quiet"),
            _any(sa.and_(is_there, ~speaks(asked))).label("in_another_language"),
            _any(sa.and_(is_there, rules.would_let_through(now))).label("costs"),
            _any(is_there).label("is_there"),
        )
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(is_served(asked.audience.channels), contacts.c.member_id.is_not(None))
        .group_by(contacts.c.member_id)
    )


def _any(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.max(sa.case((condition, 1), else_=0))


async def _erased(connection: AsyncConnection, audience: Audience) -> int:
    """How many of these units had everything erased. Of other conditions nobody knows whether they met them: then 0."""
    if any(one.kind not in {Is.UNITS, Is.CHANNELS} for one in audience.conditions):
        return 0
    inside = [
        in_units(one.values["units"], erasures.c.unit_id) for one in audience.who if one.kind is Is.UNITS
    ]
    return await connection.scalar(sa.select(sa.func.count()).select_from(erasures).where(*inside)) or 0
