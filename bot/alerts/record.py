"""An alert as it stands, the log of what happened to it, and who was told of it.

Whoever changes an alert locks its row first, so that what she writes, who takes it on and the clock come one after the other
whichever process handles them. A question that belongs to it is locked after it, never before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.answers.safety import AlarmKind
from bot.people.contacts import Contact
from bot.store.tables import alert_calls, alert_steps, alerts, outbox, question_steps, staff, units
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.messages import OutboxState
from bot.store.tables.people import UnitLevel
from bot.store.tables.questions import StepKind

GOES_ON = timedelta(hours=24)
"""So long after an alert was raised what she writes belongs to it; later it is an alert of its own, and everybody is told again."""

TOP = (UnitLevel.PROVINCE, UnitLevel.CENTRAL)
"""The levels whose duty officers are the second route."""

_MOST_UNITS = 4000  # Of what she writes at once, and of a note.
_HER_WORDS = (AlertStepKind.RAISED, AlertStepKind.ADDED, AlertStepKind.UNSAFE)
_OPEN = (AlertState.DOUBTED, AlertState.OPEN, AlertState.TAKEN)


@dataclass(frozen=True, slots=True)
class Alert:
    alert_id: int  # Also the code that staff know it by, and that of its question.
    contact_id: int | None  # None: she had everything erased.
    member_id: int | None
    unit_id: int | None
    kind: AlarmKind
    is_urgent: bool
    is_past_local: bool  # Nobody below the top is to know (any more).
    state: AlertState
    words: str  # Empty once it is over for long.
    is_safe: bool | None  # As she says; None: she has not, or wrote of danger since.
    phone: str  # To call her back on; E.164.
    call_when: str
    raised_at: datetime
    next_at: datetime | None  # When the clock does something about it.
    rounds: int  # How often it has climbed.
    question_id: int | None  # Through which staff write with her.
    taken_by: int | None
    taken_at: datetime | None
    closed_by: int | None  # None although it is closed: by herself.
    closed_at: datetime | None

    @property
    def must_not_call(self) -> bool:
        """Whether she said that she is not to be called (any more): then there is no number, but what she said of it."""
        return bool(self.call_when) and not self.phone

    @property
    def is_open(self) -> bool:
        """Whether it is not over: doubted, being told, or taken."""
        return self.state in _OPEN


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the log."""

    kind: AlertStepKind
    staff_id: int | None  # Who did it; of TOLD, who was told. None: she herself, or the service.
    staff_name: str
    route: AlertRoute | None  # Of TOLD and NOBODY.
    to_whom: str  # Of HANDED_OVER.
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was told."""

    staff_id: int
    name: str
    unit_id: int
    unit_name: str
    is_of_top: bool
    is_active: bool
    route: AlertRoute
    told_at: datetime
    outbox_id: int | None
    declined_at: datetime | None
    given_to: str  # A colleague to whom she gave it, which is why she is out of it.
    has_failed: bool  # The letter did not arrive and never will.


async def get(connection: AsyncConnection, alert_id: int) -> Alert | None:
    found = await select(connection, alerts.c.id == alert_id)
    return found[0] if found else None


async def lock(connection: AsyncConnection, alert_id: int) -> Alert | None:
    """The alert, to be changed by nobody else until the transaction ends."""
    row = await connection.execute(sa.select(alerts).where(alerts.c.id == alert_id).with_for_update())
    found = row.one_or_none()
    return _alert(found) if found else None


async def select(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> list[Alert]:
    """The oldest first."""
    rows = await connection.execute(sa.select(alerts).where(*conditions).order_by(alerts.c.id))
    return [_alert(row) for row in rows]


async def open_of(connection: AsyncConnection, contact: Contact, *, now: datetime) -> Alert | None:
    """Her alert that goes on: what she writes now belongs to it."""
    found = await select(
        connection, of_person(contact), alerts.c.state.in_(_OPEN), alerts.c.raised_at > now - GOES_ON
    )
    return found[-1] if found else None


async def lock_open_of(connection: AsyncConnection, contact: Contact, *, now: datetime) -> Alert | None:
    """`open_of`, locked. None also when it was closed in this very moment."""
    found = await open_of(connection, contact, now=now)
    alert = await lock(connection, found.alert_id) if found else None
    return alert if alert is not None and alert.is_open else None


async def lock_of_question(connection: AsyncConnection, question_id: int) -> Alert | None:
    """The alert that this question belongs to, locked; to be called before the question is."""
    found: int | None = await connection.scalar(
        sa.select(alerts.c.id).where(alerts.c.question_id == question_id).limit(1)
    )
    return await lock(connection, found) if found is not None else None


async def keeps_from_local(connection: AsyncConnection, contact: Contact) -> bool:
    """Whether an alert of hers is open of which nobody near her home is to know, however long ago it was raised."""
    hers = sa.select(alerts.c.id).where(of_person(contact), is_open(), alerts.c.is_past_local)
    return await connection.scalar(hers.limit(1)) is not None


def of_person(contact: Contact) -> sa.ColumnElement[bool]:
    """The alerts of a person: those of this chat, and as a member those of her other chats."""
    here = alerts.c.contact_id == contact.contact_id
    return here if contact.member_id is None else here | (alerts.c.member_id == contact.member_id)


def is_open() -> sa.ColumnElement[bool]:
    """`Alert.is_open` as a condition."""
    return alerts.c.state.in_(_OPEN)


def is_told() -> sa.ColumnElement[bool]:
    """Open, and those on duty know."""
    return alerts.c.state.in_((AlertState.OPEN, AlertState.TAKEN))


async def change(connection: AsyncConnection, alert_id: int, **values: Any) -> None:
    await connection.execute(sa.update(alerts).where(alerts.c.id == alert_id).values(**values))


async def add_step(
    connection: AsyncConnection,
    alert_id: int,
    kind: AlertStepKind,
    *,
    now: datetime,
    staff_id: int | None = None,
    route: AlertRoute | None = None,
    to_whom: str = "",
    words: str = "",
) -> None:
    """Add a line to the log. `route` goes with TOLD and NOBODY only, and stands in the place of `to_whom`."""
    await connection.execute(
        sa.insert(alert_steps).values(
            alert_id=alert_id,
            kind=kind,
            staff_id=staff_id,
            to_whom=route.value if route else to_whom,
            text=words,
            at=now,
        )
    )


async def steps(connection: AsyncConnection, alert_id: int) -> Sequence[Step]:
    """The log, in order."""
    rows = await connection.execute(
        sa.select(alert_steps, staff.c.name)
        .outerjoin(staff, staff.c.id == alert_steps.c.staff_id)
        .where(alert_steps.c.alert_id == alert_id)
        .order_by(alert_steps.c.id)
    )
    return [_step(row) for row in rows]


async def unsettled_since(connection: AsyncConnection, alert: Alert) -> datetime | None:
    """When she last wrote, if she says that she is not safe, or wrote since it was taken on and neither was answered in writing nor
    said that she is safe after that.
    """
    log = await steps(connection, alert.alert_id)
    hers = [step.at for step in log if step.kind in _HER_WORDS]
    settled = [step.at for step in log if step.kind is AlertStepKind.SAFE]
    rows = await connection.execute(
        sa.select(question_steps.c.kind, question_steps.c.at).where(
            question_steps.c.question_id == alert.question_id,
            question_steps.c.kind.in_([StepKind.ADDED, StepKind.ANSWERED]),
        )
    )
    for row in rows:
        (hers if row.kind is StepKind.ADDED else settled).append(row.at)
    last = max(hers, default=alert.raised_at)
    if alert.is_safe is False:
        return last
    is_new = alert.taken_at is not None and last > alert.taken_at
    return last if is_new and last > max(settled, default=alert.raised_at) else None


async def unanswered_words(connection: AsyncConnection, alert: Alert) -> Sequence[str]:
    """What she wrote to who has it that nobody has answered in writing since, the oldest first."""
    rows = await connection.execute(
        sa.select(question_steps.c.kind, question_steps.c.text)
        .where(
            question_steps.c.question_id == alert.question_id,
            question_steps.c.kind.in_([StepKind.ADDED, StepKind.ANSWERED]),
        )
        .order_by(question_steps.c.id)
    )
    found: list[str] = []
    for row in rows:
        if row.kind is StepKind.ANSWERED:
            found.clear()
        elif row.text:
            found.append(row.text)
    return found


async def said_safe_at(connection: AsyncConnection, alert_id: int) -> datetime | None:
    """When she last said that she is safe; where `is_safe` does not say so any more, she wrote of danger since."""
    moment: datetime | None = await connection.scalar(
        sa.select(alert_steps.c.at)
        .where(alert_steps.c.alert_id == alert_id, alert_steps.c.kind == AlertStepKind.SAFE)
        .order_by(alert_steps.c.id.desc())
        .limit(1)
    )
    return moment


async def count_added(connection: AsyncConnection, alert_id: int, *, since: datetime) -> int:
    """How often she wrote more after that."""
    added = (
        sa.select(sa.func.count())
        .select_from(alert_steps)
        .where(
            alert_steps.c.alert_id == alert_id,
            alert_steps.c.kind == AlertStepKind.ADDED,
            alert_steps.c.at > since,
        )
    )
    return (await connection.execute(added)).scalar_one()


async def calls(connection: AsyncConnection, alert_id: int) -> Sequence[Call]:
    """Who was told, in that order."""
    given_to = (
        sa.select(sa.func.max(alert_steps.c.to_whom))
        .where(
            alert_steps.c.alert_id == alert_calls.c.alert_id,
            alert_steps.c.staff_id == alert_calls.c.staff_id,
            alert_steps.c.kind == AlertStepKind.HANDED_OVER,
            alert_steps.c.at == alert_calls.c.declined_at,
        )
        .scalar_subquery()
    )
    rows = await connection.execute(
        sa.select(
            alert_calls,
            staff.c.name,
            staff.c.unit_id,
            staff.c.is_active,
            units.c.name.label("unit_name"),
            units.c.level,
            outbox.c.state,
            given_to.label("given_to"),
        )
        .join(staff, staff.c.id == alert_calls.c.staff_id)
        .join(units, units.c.id == staff.c.unit_id)
        .outerjoin(outbox, outbox.c.id == alert_calls.c.outbox_id)
        .where(alert_calls.c.alert_id == alert_id)
        .order_by(alert_calls.c.id)
    )
    return [
        Call(
            row.staff_id,
            row.name,
            row.unit_id,
            row.unit_name,
            is_of_top=row.level in TOP,
            is_active=row.is_active,
            route=row.route,
            told_at=row.told_at,
            outbox_id=row.outbox_id,
            declined_at=row.declined_at,
            given_to=row.given_to or "",
            has_failed=row.state is OutboxState.FAILED,
        )
        for row in rows
    ]


async def was_told(connection: AsyncConnection, alert_id: int, staff_id: int) -> bool:
    """Whether its first letter went to her, also where it is her business no more."""
    told = sa.select(alert_steps.c.id).where(
        alert_steps.c.alert_id == alert_id,
        alert_steps.c.kind == AlertStepKind.TOLD,
        alert_steps.c.staff_id == staff_id,
    )
    return await connection.scalar(told.limit(1)) is not None


def bounded(words: str) -> str:
    """Words as they are kept."""
    return text.cut(text.clean(words), _MOST_UNITS)


def _alert(row: sa.Row[Any]) -> Alert:
    return Alert(
        alert_id=row.id,
        contact_id=row.contact_id,
        member_id=row.member_id,
        unit_id=row.unit_id,
        kind=AlarmKind(row.kind),
        is_urgent=row.is_urgent,
        is_past_local=row.is_past_local,
        state=row.state,
        words=row.words,
        is_safe=row.is_safe,
        phone=row.phone,
        call_when=row.call_when,
        raised_at=row.raised_at,
        next_at=row.next_at,
        rounds=row.rounds,
        question_id=row.question_id,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def _step(row: sa.Row[Any]) -> Step:
    names_route = row.kind in {AlertStepKind.TOLD, AlertStepKind.NOBODY}
    return Step(
        kind=row.kind,
        staff_id=row.staff_id,
        staff_name=row.name or "",
        route=AlertRoute(row.to_whom) if names_route and row.to_whom else None,
        to_whom="" if names_route else row.to_whom,
        text=row.text,
        at=row.at,
    )
