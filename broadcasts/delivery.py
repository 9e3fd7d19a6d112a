"""The lane of announcements: the delivery rows of every running run are its queue.

Written to be cheap, because it runs for every message: few statements a round, each built once at import, results
recorded by executemany. A row whose sender died, or whose answer was lost, is uncertain: the run's own policy says
whether it is sent once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.channels.contract import Outgoing, Receipt
from bot.clock import LONG_PAST
from bot.parcels import Outcome, Parcel, Verdict
from bot.store.tables import accounts, contacts, deliveries, members, runs, units
from bot.store.tables.broadcasts import DeliveryState, OnUncertain, RunState
from bot.store.tables.people import UnitLevel
from bot.store.types import Moment
from broadcasts import message
from broadcasts.hours import is_day
from broadcasts.message import Person, Template
from broadcasts.people import GONE, LeftOut

SENDER_DIED = "sender_died"
ERASED = "erased"
LEFT = "left"
CHAT_CHANGED = "chat_changed"  # This chat belongs to somebody else by now.
_UNCERTAIN_SENDS = 1  # Where the policy is to send again: so often.
_KEPT_RUNS = 16
_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)


@dataclass(frozen=True, slots=True)
class _Skip:
    row_id: int
    code: str


class DeliveryLane:
    """Implements `bot.parcels.Lane`."""

    name = "announcement"

    def __init__(self) -> None:
        self._templates: dict[
            int, dict[str, Template]
        ] = {}  # By run and language; a run's texts never change.

    async def claim(
        self,
        connection: AsyncConnection,
        account_id: int,
        limit: int,
        *,
        owner: str,
        now: datetime,
        until: datetime,
    ) -> Sequence[Parcel]:
        parcels: list[Parcel] = []
        running = _RUNNING if is_day(now) else _RUNNING_AT_NIGHT
        for run_id in (await connection.execute(running)).scalars().all():
            # Those who may not be sent to any more take no slot: go on until there are enough who may, or none is left.
            while (room := limit - len(parcels)) > 0:
                values = {
                    "of_run": run_id, "of_account": account_id, "now": now, "most": room, "owner": owner, "until": until
                }  # fmt: skip
                ids = (await connection.execute(_CLAIM, values)).scalars().all()
                if ids:
                    parcels += await self._pack(connection, run_id, ids, now)
                if len(ids) < room:
                    break
        return parcels

    async def _pack(
        self, connection: AsyncConnection, run_id: int, ids: Sequence[int], now: datetime
    ) -> list[Parcel]:
        templates = self._templates.get(run_id) or await self._read_texts(connection, run_id)
        parcels: list[Parcel] = []
        skips: list[_Skip] = []
        for row in (await connection.execute(_PEOPLE, {"ids": ids})).all():
            if code := _why_not(row, now):
                skips.append(_Skip(row.id, code))
                continue
            language = message.language_for(templates, row.language)
            rendered = templates[language].render(Person(row.full_name, *_places(row)))
            parcels.append(
                Parcel(
                    self.name,
                    row.id,
                    row.contact_id,
                    row.address,
                    Outgoing(rendered.text, spans=rendered.spans),
                    row.attempts,
                )
            )
        if skips:
            await connection.execute(_SKIP, [{"row": skip.row_id, "why": skip.code} for skip in skips])
        return parcels

    async def _read_texts(self, connection: AsyncConnection, run_id: int) -> dict[str, Template]:
        texts = (await connection.execute(sa.select(runs.c.texts).where(runs.c.id == run_id))).scalar_one()
        while len(self._templates) >= _KEPT_RUNS:
            del self._templates[next(iter(self._templates))]
        self._templates[run_id] = {language: Template(text, language) for language, text in texts.items()}
        return self._templates[run_id]

    async def settle(self, connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        for verdict, statement in _SETTLE.items():
            if rows := [_values(outcome, owner) for outcome in outcomes if outcome.verdict is verdict]:
                await connection.execute(statement, rows)

    async def release(self, connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        if parcels:
            await connection.execute(_RELEASE, [{"row": p.row_id, "owner": owner} for p in parcels])

    async def recover(self, connection: AsyncConnection, *, now: datetime) -> int:
        recovered = await connection.execute(_RECOVER, {"now": now, "why": SENDER_DIED})
        return recovered.rowcount


def _values(outcome: Outcome, owner: str) -> dict[str, Any]:
    values: dict[str, Any] = {"row": outcome.parcel.row_id, "owner": owner}
    if outcome.verdict is Verdict.SENT:
        receipt = outcome.receipt or Receipt("")
        return values | {"when": outcome.at, "platform": receipt.platform_id, "charge": receipt.charge}
    values["why"] = outcome.code
    if outcome.verdict not in {Verdict.FAILED, Verdict.HELD}:
        values["then"] = outcome.next_at or outcome.at
    if outcome.verdict is Verdict.AGAIN:
        values["tries"] = int(outcome.counts)
    return values


def _why_not(row: sa.Row[*tuple[Any, ...]], now: datetime) -> str:
    """Why she is not sent to after all; empty when she is. What happened since the run was filled counts."""
    if row.member_id is None or row.contact_id is None:
        return ERASED
    if row.status in GONE:
        return LEFT
    if row.owner_id != row.member_id:
        return CHAT_CHANGED
    if not row.allows_announcements:
        return LeftOut.NO_CONSENT
    if row.stopped_at is not None:
        return LeftOut.STOPPED
    if row.is_quiet:
        return LeftOut.QUIET
    if row.unreachable_at is not None:
        return LeftOut.UNREACHABLE
    allowed = rules.allowance(row.channel, last_in_at=row.last_in_at, may_cost=row.may_cost, now=now)
    return "" if allowed.lets_through else LeftOut.WINDOW


def _places(row: sa.Row[*tuple[Any, ...]]) -> tuple[str, str]:
    """Her commune and her hamlet; the branch stands for a hamlet that she has not named."""
    line: Iterable[tuple[UnitLevel | None, str | None]] = (
        (row.level_1, row.name_1), (row.level_2, row.name_2), (row.level_3, row.name_3)
    )  # fmt: skip
    names = {level: name or "" for level, name in line if level}
    commune = next((names[level] for level in _COMMUNE if level in names), "")
    return commune, row.hamlet or names.get(UnitLevel.BRANCH, "")


_RUNNING = sa.select(runs.c.id).where(runs.c.state == RunState.RUNNING).order_by(runs.c.id)
_RUNNING_AT_NIGHT = _RUNNING.where(~runs.c.by_day)

# In a CTE, not in the IN itself: PostgreSQL may run a subquery twice, and then lock and claim more than the limit.
_DUE = (
    sa.select(deliveries.c.id)
    .where(
        deliveries.c.run_id == sa.bindparam("of_run"),
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.account_id == sa.bindparam("of_account"),
        deliveries.c.next_at <= sa.bindparam("now"),
    )
    .order_by(deliveries.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(sa.select(_DUE.c.id)))
    .values(state=DeliveryState.CLAIMED, lease_by=sa.bindparam("owner"), lease_until=sa.bindparam("until"))
    .returning(deliveries.c.id)
)

# The commune is her own unit, its parent (she belongs to a branch) or that one's (to a group).
_UNIT_1, _UNIT_2, _UNIT_3 = units.alias("unit_1"), units.alias("unit_2"), units.alias("unit_3")
_PEOPLE = (
    sa.select(
        deliveries.c.id,
        deliveries.c.member_id,
        deliveries.c.contact_id,
        deliveries.c.attempts,
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
        members.c.status,
        members.c.allows_announcements,
        _UNIT_1.c.name.label("name_1"),
        _UNIT_1.c.level.label("level_1"),
        _UNIT_2.c.name.label("name_2"),
        _UNIT_2.c.level.label("level_2"),
        _UNIT_3.c.name.label("name_3"),
        _UNIT_3.c.level.label("level_3"),
    )
    .join(accounts, accounts.c.id == deliveries.c.account_id)
    .outerjoin(contacts, contacts.c.id == deliveries.c.contact_id)
    .outerjoin(members, members.c.id == deliveries.c.member_id)
    .outerjoin(_UNIT_1, _UNIT_1.c.id == members.c.unit_id)
    .outerjoin(_UNIT_2, _UNIT_2.c.id == _UNIT_1.c.parent_id)
    .outerjoin(_UNIT_3, _UNIT_3.c.id == _UNIT_2.c.parent_id)
    .where(deliveries.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(deliveries.c.id)
)

_MINE = sa.and_(deliveries.c.id == sa.bindparam("row"), deliveries.c.lease_by == sa.bindparam("owner"))
_NO_LEASE = {"lease_by": None, "lease_until": None}
_TRIED = deliveries.c.attempts + 1
_NEXT_AT = sa.bindparam("then", type_=Moment())

# A send in doubt: once more where the run says so and it was not in doubt before.
_MAY_REPEAT = sa.and_(
    deliveries.c.uncertain_sends < _UNCERTAIN_SENDS,
    deliveries.c.run_id.in_(sa.select(runs.c.id).where(runs.c.on_uncertain == OnUncertain.SEND_AGAIN)),
)
_IN_DOUBT = {
    "state": sa.type_coerce(
        sa.case((_MAY_REPEAT, DeliveryState.PLANNED.value), else_=DeliveryState.UNCERTAIN.value),
        deliveries.c.state.type,
    ),
    "attempts": _TRIED,
    "uncertain_sends": deliveries.c.uncertain_sends + 1,
    "code": sa.bindparam("why"),
    **_NO_LEASE,
}

_SETTLE = {
    Verdict.SENT: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.SENT, code="", attempts=_TRIED, sent_at=sa.bindparam("when"),
        platform_id=sa.bindparam("platform"), charge=sa.bindparam("charge"), **_NO_LEASE,
    ),
    Verdict.FAILED: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.FAILED, code=sa.bindparam("why"), attempts=_TRIED, **_NO_LEASE
    ),
    Verdict.HELD: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.FAILED, code=sa.bindparam("why"), attempts=_TRIED, **_NO_LEASE
    ),
    Verdict.AGAIN: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.PLANNED, code=sa.bindparam("why"), next_at=_NEXT_AT,
        attempts=deliveries.c.attempts + sa.bindparam("tries", type_=sa.Integer), **_NO_LEASE,
    ),
    Verdict.UNCERTAIN: sa.update(deliveries).where(_MINE).values(_IN_DOUBT | {"next_at": _NEXT_AT}),
}  # fmt: skip
_SKIP = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("row"))
    .values(state=DeliveryState.SKIPPED, code=sa.bindparam("why"), **_NO_LEASE)
)
_RELEASE = sa.update(deliveries).where(_MINE).values(state=DeliveryState.PLANNED, **_NO_LEASE)
_RECOVER = (
    sa.update(deliveries)
    .where(deliveries.c.state == DeliveryState.CLAIMED, deliveries.c.lease_until < sa.bindparam("now"))
    .values(_IN_DOUBT | {"next_at": sa.literal(LONG_PAST, Moment())})
)
