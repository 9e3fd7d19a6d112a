"""The alerts as officers see them in the console: what is open, what was and how it ended.

Which are theirs to see says `rights`. What was only doubted is counted and not shown: nobody was told, she is being asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import record
from bot.alerts.rights import business_of
from bot.people.viewers import Viewer
from bot.store import pages
from bot.store.pages import Order, Page, Place
from bot.store.tables import alert_calls, alert_steps, alerts, contacts, members, staff, units
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.people import UnitLevel

PAGE_SIZE = 30

Row = sa.Row[*tuple[Any, ...]]
_NO_NEWS = (AlertStepKind.TOLD, AlertStepKind.READ, AlertStepKind.REMINDED, AlertStepKind.UNANSWERED)
_SHOWN = (AlertState.OPEN, AlertState.TAKEN, AlertState.CLOSED)
_TOP = (UnitLevel.PROVINCE, UnitLevel.CENTRAL)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Alerts that nobody has taken on: how many, the oldest, and since when it waits."""

    number: int
    oldest_id: int
    since: datetime

    @property
    def mark(self) -> str:
        """By which one sees whether it is still the same."""
        return f"{self.number}-{self.oldest_id}"


@dataclass(frozen=True, slots=True)
class Routes:
    """How many people were told of an alert by each route, and the routes on which nobody was."""

    told: dict[AlertRoute, int]
    nobody: frozenset[AlertRoute]


async def waiting(connection: AsyncConnection, viewer: Viewer) -> Waiting | None:
    """What nobody has taken on, of those that the viewer may see; None when there is none."""
    found = await connection.execute(
        sa.select(
            sa.func.count(alerts.c.id), sa.func.min(alerts.c.id), sa.func.min(alerts.c.raised_at)
        ).where(alerts.c.state == AlertState.OPEN, await business_of(connection, viewer.staff_id))
    )
    number, oldest_id, since = found.one()
    return Waiting(number, oldest_id, since) if number else None


async def sees_any(connection: AsyncConnection, viewer: Viewer) -> bool:
    """Whether the list is for her: she is on duty, or was told of one."""
    if viewer.sees_alerts:
        return True
    return bool(await connection.scalar(sa.select(sa.exists().where(await _shown(connection, viewer)))))


async def of_state(connection: AsyncConnection, viewer: Viewer, state: AlertState) -> Sequence[Row]:
    """All that are in one of the open states, the longest waiting first."""
    return (
        await connection.execute(
            _select().where(await _shown(connection, viewer), alerts.c.state == state).order_by(alerts.c.id)
        )
    ).all()


async def closed(connection: AsyncConnection, viewer: Viewer, place: Place) -> Page[Row]:
    """A page of those that are over, the latest first."""
    query = _select().where(await _shown(connection, viewer), alerts.c.state == AlertState.CLOSED)
    return await pages.fetch(
        connection, query, Order((alerts.c.id,), alerts.c.id, descending=True), place, size=PAGE_SIZE
    )


async def doubted(connection: AsyncConnection, viewer: Viewer) -> int:
    """How many women are being asked whether it is what it sounded like."""
    found = await connection.execute(
        sa.select(sa.func.count()).where(
            await business_of(connection, viewer.staff_id), alerts.c.state == AlertState.DOUBTED
        )
    )
    return int(found.scalar_one())


async def get(connection: AsyncConnection, viewer: Viewer, alert_id: int) -> Row | None:
    """One alert, if it is the viewer's to see."""
    return (
        await connection.execute(_select().where(await _shown(connection, viewer), alerts.c.id == alert_id))
    ).one_or_none()


async def has_read_question(
    connection: AsyncConnection, viewer: Viewer, question_id: int, *, now: datetime
) -> None:
    """Note in the log of its alert, if it has one, that she opened the question in which a woman's words stand. Not of whoever has
    taken the alert on: the two write with each other there.
    """
    found = await connection.execute(
        sa.select(alerts.c.id).where(
            alerts.c.question_id == question_id,
            alerts.c.taken_by.is_(None) | (alerts.c.taken_by != viewer.staff_id),
        )
    )
    for alert_id in found.scalars().all():
        await record.add_step(connection, alert_id, AlertStepKind.READ, staff_id=viewer.staff_id, now=now)


async def is_quiet_behind(connection: AsyncConnection, question_id: int) -> bool:
    """Whether the question is that of an alert and others read her phone."""
    found = await connection.execute(
        sa.select(sa.func.count())
        .select_from(alerts.join(contacts, contacts.c.id == alerts.c.contact_id))
        .where(alerts.c.question_id == question_id, contacts.c.is_quiet)
    )
    return bool(found.scalar_one())


async def routes(connection: AsyncConnection, alert_ids: Sequence[int]) -> dict[int, Routes]:
    """Of each of these alerts who was told."""
    told = await connection.execute(
        sa.select(alert_calls.c.alert_id, alert_calls.c.route, sa.func.count().label("people"))
        .where(alert_calls.c.alert_id.in_(alert_ids))
        .group_by(alert_calls.c.alert_id, alert_calls.c.route)
    )
    counts: dict[int, dict[AlertRoute, int]] = {}
    for row in told:
        counts.setdefault(row.alert_id, {})[row.route] = row.people
    nobody = await connection.execute(
        sa.select(alert_steps.c.alert_id, alert_steps.c.to_whom).where(
            alert_steps.c.alert_id.in_(alert_ids),
            alert_steps.c.kind == AlertStepKind.NOBODY,
            alert_steps.c.to_whom != "",
        )
    )
    empty: dict[int, set[AlertRoute]] = {}
    for row in nobody:
        empty.setdefault(row.alert_id, set()).add(AlertRoute(row.to_whom))
    return {
        one: Routes(counts.get(one, {}), frozenset(empty.get(one, set()) - counts.get(one, {}).keys()))
        for one in alert_ids
    }


async def last_step(connection: AsyncConnection, alert_id: int) -> int:
    """The id of the latest line of the log but for those that only say who was told, reminded or has read: who has seen it has seen
    the alert as it stands.
    """
    latest = sa.select(sa.func.max(alert_steps.c.id)).where(
        alert_steps.c.alert_id == alert_id,
        alert_steps.c.kind.not_in(_NO_NEWS),
    )
    return (await connection.execute(latest)).scalar() or 0


async def _shown(connection: AsyncConnection, viewer: Viewer) -> sa.ColumnElement[bool]:
    """What was told to somebody, or to nobody for want of people, and is the viewer's business."""
    told = sa.exists().where(
        alert_steps.c.alert_id == alerts.c.id,
        alert_steps.c.kind.in_([AlertStepKind.TOLD, AlertStepKind.NOBODY]),
    )
    return sa.and_(alerts.c.state.in_(_SHOWN), told, await business_of(connection, viewer.staff_id))


def _select() -> sa.Select[*tuple[Any, ...]]:
    """Without her words: those are opened one by one (`AlertStepKind.READ`)."""
    above = units.alias("above")
    taker, closer = staff.alias("taker"), staff.alias("closer")
    return (
        sa.select(
            alerts.c.id,
            alerts.c.kind,
            alerts.c.state,
            alerts.c.is_urgent,
            alerts.c.is_past_local,
            alerts.c.is_safe,
            sa.select(sa.func.max(alert_steps.c.at))
            .where(alert_steps.c.alert_id == alerts.c.id, alert_steps.c.kind == AlertStepKind.SAFE)
            .scalar_subquery()
            .label("said_safe_at"),
            alerts.c.phone,
            alerts.c.call_when,
            alerts.c.raised_at,
            alerts.c.rounds,
            alerts.c.unit_id,
            alerts.c.contact_id,
            alerts.c.question_id,
            alerts.c.taken_by,
            alerts.c.taken_at,
            alerts.c.closed_at,
            (alerts.c.words != "").label("has_words"),
            taker.c.name.label("taker_name"),
            taker.c.is_active.label("taker_is_active"),
            closer.c.name.label("closer_name"),
            units.c.name.label("unit_name"),
            sa.case((above.c.level.not_in(_TOP), above.c.name)).label("above_name"),
            sa.case((members.c.allows_name_to_cadres, members.c.full_name)).label("her_name"),
            sa.func.coalesce(contacts.c.is_quiet, sa.false()).label("is_quiet"),
        )
        .outerjoin(taker, taker.c.id == alerts.c.taken_by)
        .outerjoin(closer, closer.c.id == alerts.c.closed_by)
        .outerjoin(units, units.c.id == alerts.c.unit_id)
        .outerjoin(above, above.c.id == units.c.parent_id)
        .outerjoin(members, members.c.id == alerts.c.member_id)
        .outerjoin(contacts, contacts.c.id == alerts.c.contact_id)
    )
