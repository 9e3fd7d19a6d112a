"""Whether she waits in vain for a word of whoever has taken her alert on: since when, and who was told of that.

Nothing of it is kept apart: it is read off the log of the alert, the trail of its question and what became of the answers, so that
a restart changes nothing. What is done about it says `climbing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import telling
from bot.store.tables import alert_steps, alerts, outbox, question_steps, questions
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.tables.messages import OutboxState
from bot.store.tables.questions import StepKind

_HERS = frozenset({AlertStepKind.UNSAFE, AlertStepKind.CALL_BACK})
"""Besides what she writes to whoever has it, which stands in the trail of the question; what is about something else waits for no word."""
_READ = (*_HERS, AlertStepKind.SAFE, AlertStepKind.NOTED, AlertStepKind.REMINDED, AlertStepKind.UNANSWERED)


@dataclass(frozen=True, slots=True)
class Silence:
    """She was told that somebody has it, or wrote since, and neither was a word written to her nor noted what was done."""

    since: datetime
    reminded_at: datetime | None = None  # Whoever has it.
    told_at: datetime | None = None  # The others on duty.

    def is_due(self, now: datetime) -> bool:
        """Whether somebody is to hear of it now: first whoever has it, then, once, the others."""
        return self.told_at is None and (self.reminded_at or self.since) + telling.AGAIN_AFTER <= now


@dataclass(slots=True)
class _Trail:
    """What happened in one alert since it was taken on."""

    taken_at: datetime
    hers: list[datetime]
    settled: list[datetime]  # She had a word, something was done, or she says that she is safe.
    reminded: list[datetime]
    told: list[datetime]

    def silence(self) -> Silence | None:
        """From the first that she waits for on: of many lines that she writes the last does not begin it anew."""
        since = self.taken_at
        if self.settled:
            settled_at = max(self.settled)
            hers = [at for at in self.hers if at > settled_at]
            if not hers:
                return None
            since = min(hers)
        return Silence(since, _first(self.reminded, since), _first(self.told, since))


async def due(connection: AsyncConnection, now: datetime) -> list[int]:
    """The alerts in whose silence somebody is to hear of it now."""
    long_enough = alerts.c.taken_at <= now - telling.AGAIN_AFTER
    found = await _silences(connection, long_enough)
    return [alert_id for alert_id, silence in found.items() if silence.is_due(now)]


async def of(connection: AsyncConnection, alert_ids: Sequence[int]) -> Mapping[int, Silence]:
    """Of each of these alerts in which she waits for a word."""
    return await _silences(connection, alerts.c.id.in_(alert_ids))


async def _silences(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> dict[int, Silence]:
    """Of alerts that somebody has, not of who says that she is safe, nor of what was handed over to somebody who sees to it."""
    handed_over = sa.exists().where(
        alert_steps.c.alert_id == alerts.c.id,
        alert_steps.c.kind == AlertStepKind.HANDED_OVER,
        alert_steps.c.at >= alerts.c.taken_at,
    )
    is_safe = sa.func.coalesce(alerts.c.is_safe, sa.false())
    rows = await connection.execute(
        sa.select(alerts.c.id, alerts.c.taken_at, alerts.c.question_id)
        .where(alerts.c.state == AlertState.TAKEN, alerts.c.contact_id.is_not(None), ~is_safe, ~handed_over)
        .where(*conditions)
        .order_by(alerts.c.id)
    )
    found = rows.all()
    trails = {row.id: _Trail(row.taken_at, [], [], [], []) for row in found}
    by_question = {row.question_id: trails[row.id] for row in found if row.question_id is not None}
    await _read_log(connection, trails)
    await _read_question(connection, by_question)
    silences = {alert_id: trail.silence() for alert_id, trail in trails.items()}
    return {alert_id: silence for alert_id, silence in silences.items() if silence is not None}


async def _read_log(connection: AsyncConnection, trails: Mapping[int, _Trail]) -> None:
    rows = await connection.execute(
        sa.select(alert_steps.c.alert_id, alert_steps.c.kind, alert_steps.c.staff_id, alert_steps.c.at)
        .join(alerts, alerts.c.id == alert_steps.c.alert_id)
        .where(
            alerts.c.id.in_(list(trails)),
            alert_steps.c.kind.in_(_READ),
            alert_steps.c.at >= alerts.c.taken_at,
        )
    )
    for row in rows:
        trail = trails[row.alert_id]
        if row.kind in _HERS:
            trail.hers.append(row.at)
        elif row.kind is AlertStepKind.REMINDED:
            trail.reminded.append(row.at)
        elif row.kind is AlertStepKind.UNANSWERED:
            trail.told.append(row.at)
        elif row.kind is AlertStepKind.SAFE or row.staff_id is not None:  # Notes of nobody are ours.
            trail.settled.append(row.at)


async def _read_question(connection: AsyncConnection, trails: Mapping[int, _Trail]) -> None:
    """What she wrote with staff. An answer that did not arrive, or waits, is no word yet."""
    missed = sa.exists().where(
        outbox.c.question_id == questions.c.id,
        outbox.c.contact_id == questions.c.contact_id,
        outbox.c.created_at == question_steps.c.at,
        outbox.c.state.in_([OutboxState.FAILED, OutboxState.HELD]),
    )
    rows = await connection.execute(
        sa.select(question_steps.c.question_id, question_steps.c.kind, question_steps.c.at)
        .join(questions, questions.c.id == question_steps.c.question_id)
        .where(
            questions.c.id.in_(list(trails)),
            (question_steps.c.kind == StepKind.ADDED)
            | ((question_steps.c.kind == StepKind.ANSWERED) & ~missed),
        )
    )
    for row in rows:
        trail = trails[row.question_id]
        if row.at >= trail.taken_at:
            (trail.hers if row.kind is StepKind.ADDED else trail.settled).append(row.at)


def _first(moments: Sequence[datetime], since: datetime) -> datetime | None:
    return min((at for at in moments if at >= since), default=None)
