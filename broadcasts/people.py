"""Whom an announcement reaches: the one SELECT that says who that is right now.

The number shown to the officer and the deliveries of a run come from the same SELECT (`chosen`), so they cannot differ
but by what happened in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.store.tables import accounts, contacts, members, units
from bot.store.tables.accounts import AccountState
from bot.store.tables.people import MemberStatus
from broadcasts.audience import Audience
from broadcasts.refused import N_, Refused

GONE = (MemberStatus.DECLINED, MemberStatus.LEFT)
"""Those who are no members (any more). Who has asked and waits to be recognised is told already."""


class LeftOut(StrEnum):
    """Why a member of the unit is not reached; of several reasons the one that she gave herself comes first."""

    NO_CONSENT = "no_consent"
    NO_CHAT = "no_chat"  # Never wrote to an account of these channels that we still send from.
    STOPPED = "stopped"
    QUIET = "quiet"
    UNREACHABLE = "unreachable"
    WINDOW = "window"  # Her platform lets nothing through before she writes again, or not for nothing.


@dataclass(frozen=True, slots=True)
class AudienceCount:
    total: int
    by_channel: Mapping[str, int]
    left_out: Mapping[LeftOut, int]


async def check_units(connection: AsyncConnection, audience: Audience) -> None:
    """Refused when one of the audience's units is gone."""
    there = sa.select(sa.func.count()).select_from(units).where(units.c.id.in_(audience.unit_ids))
    if (await connection.execute(there)).scalar_one() < len(set(audience.unit_ids)):
        raise Refused(N_("Đơn vị nhận thông báo không còn trong danh sách."))


def is_meant(audience: Audience) -> sa.ColumnElement[bool]:
    """The condition that a member is one of those the announcement is for, reachable or not."""
    top, below = units.alias("top"), units.alias("below")
    inside = (
        sa.select(below.c.id)
        .join(top, below.c.path.startswith(top.c.path))
        .where(top.c.id.in_(audience.unit_ids))
    )
    return sa.and_(members.c.unit_id.in_(inside), members.c.status.not_in(GONE))


def chosen(
    audience: Audience, *ranges: sa.ColumnElement[bool], now: datetime
) -> sa.Select[tuple[int, int, int, str]]:
    """(member_id, contact_id, account_id, channel) of everybody who is to be reached at `now`, each once.

    Of several chats that are open to us, the one she last wrote from. `ranges` narrow the members looked at.
    """
    candidates = (
        sa.select(
            members.c.id.label("member_id"),
            contacts.c.id.label("contact_id"),
            contacts.c.account_id,
            accounts.c.channel,
            sa.func.row_number()
            .over(
                partition_by=members.c.id, order_by=[contacts.c.last_in_at.desc().nulls_last(), contacts.c.id]
            )
            .label("choice"),
        )
        .join(contacts, contacts.c.member_id == members.c.id)
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(
            is_meant(audience),
            members.c.allows_announcements,
            contacts.c.stopped_at.is_(None),
            ~contacts.c.is_quiet,
            contacts.c.unreachable_at.is_(None),
            rules.lets_through(now),
            _is_served(audience.channels),
            *ranges,
        )
        .subquery("candidates")
    )
    one = candidates.c
    return sa.select(one.member_id, one.contact_id, one.account_id, one.channel).where(one.choice == 1)


def _is_served(channels: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return sa.and_(accounts.c.state == AccountState.ACTIVE, accounts.c.channel.in_(channels))


async def count(connection: AsyncConnection, audience: Audience, *, now: datetime) -> AudienceCount:
    """How many are reached, by channel, and how many members of the unit are not, by reason."""
    await check_units(connection, audience)
    reached = chosen(audience, now=now).subquery("reached")
    by_channel = {
        row.channel: row.people
        for row in await connection.execute(
            sa.select(reached.c.channel, sa.func.count().label("people"))
            .group_by(reached.c.channel)
            .order_by(reached.c.channel)
        )
    }
    chats = (
        sa.select(contacts).join(accounts).where(_is_served(audience.channels)).subquery("chats")
    )  # Of the chosen channels, open to us or not.
    reason = sa.case(
        (~members.c.allows_announcements, LeftOut.NO_CONSENT.value),
        (sa.func.count(chats.c.id) == 0, LeftOut.NO_CHAT.value),
        (_any(chats.c.stopped_at.is_not(None)), LeftOut.STOPPED.value),
        (_any(chats.c.is_quiet), LeftOut.QUIET.value),
        (_any(chats.c.unreachable_at.is_(None)), LeftOut.WINDOW.value),
        else_=LeftOut.UNREACHABLE.value,
    )
    missed = (
        sa.select(reason.label("reason"))
        .select_from(members.outerjoin(chats, chats.c.member_id == members.c.id))
        .where(is_meant(audience), members.c.id.not_in(sa.select(reached.c.member_id)))
        .group_by(members.c.id, members.c.allows_announcements)
        .subquery("missed")
    )
    left_out = {
        LeftOut(row.reason): row.people
        for row in await connection.execute(
            sa.select(missed.c.reason, sa.func.count().label("people")).group_by(missed.c.reason)
        )
    }
    return AudienceCount(sum(by_channel.values()), by_channel, left_out)


def _any(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.func.max(sa.case((condition, 1), else_=0)) == 1
