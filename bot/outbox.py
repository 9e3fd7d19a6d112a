"""Replies and notices to single people: written in the handler's transaction, sent afterwards, in order per person.

A reply is never lost: where a crash or a lost answer leaves it in doubt, it is sent again and the doubt is counted on its
row (`uncertain_sends`). Being answered twice is better than not being answered. What her platform does not let through
now (bot.rules) is held, and goes as soon as she writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import spans, text
from bot.channels.contract import FileKind, Limits, Outgoing, Receipt
from bot.clock import LONG_PAST
from bot.people.contacts import Contact
from bot.reach import PEOPLE, allowance_of, sleeps_until
from bot.rules import Way
from bot.said import Note, log_interaction
from bot.sending.parcels import LONGEST_BACKOFF, Outcome, Parcel, Verdict
from bot.store.tables import contacts, outbox
from bot.store.tables.messages import Direction, OutboxState

log = structlog.get_logger()

_DEFAULT_TEXT_UNITS = (
    2000  # For an account whose channel is not running: every platform of ours carries that.
)
SENDER_DIED = "sender_died"
WINDOW_CLOSED = "window_closed"  # Nothing gets through to her before she writes again.
_UNCERTAIN_SENDS = 2  # A reply in doubt is repeated this often at most.


class Concern(Protocol):
    """Whom the messages matter to: told within the same transaction what became of one that is not simply sent."""

    async def on_failed(self, connection: AsyncConnection, outbox_id: int, code: str) -> None:
        """It could not be delivered, for good."""

    async def on_held(self, connection: AsyncConnection, outbox_id: int) -> bool:
        """Nothing gets through to her before she writes. Whether it may wait for that; else it has failed."""


class Outbox:
    """The lane of replies. Handlers `put`, the sender claims."""

    name = "reply"

    def __init__(self, limits: Mapping[int, Limits], concern: Concern | None = None) -> None:
        self._limits = limits
        self._concern = concern

    def carries(self, contact: Contact, kind: FileKind) -> bool:
        """Whether such a file reaches her; if not, she is to be told in words what she does not get."""
        limits = self._limits.get(contact.account_id)
        return limits is None or kind in limits.carries

    async def put(
        self,
        connection: AsyncConnection,
        contact: Contact,
        message: Outgoing,
        *,
        now: datetime,
        note: Note | None = None,
    ) -> int:
        """Write one message to one person, in as many parts as her channel needs, and log it. Returns the last part's row."""
        note = note or Note()
        limits = self._limits.get(contact.account_id)
        words = text.clean(message.text)
        parts = text.split(words, limits.text_units if limits else _DEFAULT_TEXT_UNITS) or [" "]
        # Where cleaning moved the words, what stood out stands elsewhere: plain, then.
        of_parts = spans.of_parts(words, parts, message.spans if words == message.text else ())
        row_id = 0
        for number, (part, stands_out) in enumerate(zip(parts, of_parts, strict=True), 1):
            is_last = number == len(parts)
            body = replace(message, text=part) if is_last else Outgoing(part)
            body = replace(body, spans=stands_out)
            row_id = await self._insert(connection, contact, body, now, note.question_id)
        await log_interaction(
            connection, contact, Direction.OUT, message.text, now=now, note=note, outbox_id=row_id
        )
        return row_id

    async def _insert(
        self,
        connection: AsyncConnection,
        contact: Contact,
        message: Outgoing,
        now: datetime,
        question_id: int | None,
    ) -> int:
        inserted = await connection.execute(
            sa.insert(outbox)
            .values(
                account_id=contact.account_id,
                contact_id=contact.contact_id,
                question_id=question_id,
                message=message.to_json(),
                state=OutboxState.WAITING,
                next_at=LONG_PAST,
                created_at=now,
            )
            .returning(outbox.c.id)
        )
        return int(inserted.scalar_one())

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
        values = {
            "account": account_id, "now": now, "border": now + LONGEST_BACKOFF, "most": limit, "owner": owner,
            "until": until,
        }  # fmt: skip
        rows = (await connection.execute(_CLAIM, values)).all()
        if not rows:
            return []
        found = await connection.execute(PEOPLE, {"ids": [row.contact_id for row in rows]})
        people = {person.id: person for person in found}
        parcels: list[Parcel] = []
        for row in sorted(rows, key=lambda row: row.id):
            person, message = people[row.contact_id], Outgoing.from_json(row.message)
            if wakes_at := sleeps_until(person.channel, message, now):
                await self._record(connection, row.id, state=OutboxState.WAITING, next_at=wakes_at)
                continue
            allowed = await allowance_of(connection, person, now)
            if message.template and not message.template.phone and allowed.way is not Way.TEMPLATE:
                # It stood for words that could not go. They can now, or nobody pays for it any more.
                await connection.execute(sa.delete(outbox).where(outbox.c.id == row.id))
            elif not (message.template or allowed.lets_through):
                await self._hold(connection, row.id, person.id, person.last_in_at)
            else:
                parcels.append(
                    Parcel(
                        self.name,
                        row.id,
                        row.contact_id,
                        person.address,
                        message,
                        row.attempts,
                        person.last_in_at,
                    )
                )
        return parcels

    async def _hold(
        self, connection: AsyncConnection, row_id: int, contact_id: int, heard_at: datetime | None
    ) -> None:
        """Keep it until she writes, unless she has since `heard_at`, or does just now: her words would not find it held."""
        hers = sa.select(contacts.c.last_in_at).where(contacts.c.id == contact_id)
        found = await connection.execute(hers.with_for_update(key_share=True, skip_locked=True))
        if (row := found.one_or_none()) is None or row.last_in_at != heard_at:
            await self._record(connection, row_id, state=OutboxState.WAITING, next_at=LONG_PAST)
            return
        may_wait = self._concern is None or await self._concern.on_held(connection, row_id)
        state = OutboxState.HELD if may_wait else OutboxState.FAILED
        account_id = await self._record(connection, row_id, state=state, error=WINDOW_CLOSED)
        if not may_wait:
            await self._failed(connection, account_id, row_id, WINDOW_CLOSED)

    async def _record(self, connection: AsyncConnection, row_id: int, **values: object) -> int | None:
        """Returns the row's account."""
        account_id: int | None = await connection.scalar(
            sa.update(outbox)
            .where(outbox.c.id == row_id)
            .values(lease_by=None, lease_until=None, **values)
            .returning(outbox.c.account_id)
        )
        return account_id

    async def _failed(
        self, connection: AsyncConnection, account_id: int | None, row_id: int, code: str
    ) -> None:
        """Say that this row is given up: in the log, for officers are told to ask whoever reads it, and to whom it matters."""
        log.warning("message_not_delivered", account=account_id, lane=self.name, row=row_id, code=code)
        if self._concern:
            await self._concern.on_failed(connection, row_id, code)

    async def settle(self, connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        for outcome in outcomes:
            values = await self._values(connection, outcome)
            account_id = await connection.scalar(
                sa.update(outbox)
                .where(outbox.c.id == outcome.parcel.row_id, outbox.c.lease_by == owner)
                .values(lease_by=None, lease_until=None, error=outcome.code, **values)
                .returning(outbox.c.account_id)
            )
            if account_id is None:
                continue
            if values["state"] is OutboxState.HELD and self._concern:
                parcel = outcome.parcel
                assert parcel.contact_id is not None  # noqa: S101 - for the types: a reply always has one.
                await self._hold(connection, parcel.row_id, parcel.contact_id, parcel.heard_at)
            elif values["state"] is OutboxState.FAILED:
                await self._failed(connection, account_id, outcome.parcel.row_id, outcome.code)

    async def _values(self, connection: AsyncConnection, outcome: Outcome) -> dict[str, Any]:
        attempts = outcome.parcel.attempts + outcome.counts
        match outcome.verdict:
            case Verdict.SENT:
                receipt = outcome.receipt or Receipt("")
                return {
                    "state": OutboxState.SENT,
                    "attempts": attempts,
                    "sent_at": outcome.at,
                    "platform_id": receipt.platform_id,
                    "charge": receipt.charge,
                }
            case Verdict.FAILED:
                return {"state": OutboxState.FAILED, "attempts": attempts}
            case Verdict.HELD:
                return {"state": OutboxState.HELD, "attempts": attempts}
            case Verdict.AGAIN:
                return {
                    "state": OutboxState.WAITING,
                    "attempts": attempts,
                    "next_at": outcome.next_at or outcome.at,
                }
            case Verdict.UNCERTAIN:
                doubts = await connection.execute(
                    sa.select(outbox.c.uncertain_sends).where(outbox.c.id == outcome.parcel.row_id)
                )
                again = (doubts.scalar() or 0) < _UNCERTAIN_SENDS
                return {
                    "state": OutboxState.WAITING if again else OutboxState.FAILED,
                    "attempts": attempts,
                    "uncertain_sends": outbox.c.uncertain_sends + 1,
                    "next_at": outcome.next_at or outcome.at,
                }

    async def release(self, connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        await connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_([parcel.row_id for parcel in parcels]), outbox.c.lease_by == owner)
            .values(state=OutboxState.WAITING, lease_by=None, lease_until=None)
        )

    async def recover(self, connection: AsyncConnection, *, now: datetime) -> int:
        """A message that is in doubt too often is given up here as well: it may be what its senders die of."""
        died = sa.and_(outbox.c.state == OutboxState.CLAIMED, outbox.c.lease_until < now)
        common = {
            "lease_by": None,
            "lease_until": None,
            "error": SENDER_DIED,
            "uncertain_sends": outbox.c.uncertain_sends + 1,
        }
        found = await connection.execute(
            sa.update(outbox)
            .where(died, outbox.c.uncertain_sends >= _UNCERTAIN_SENDS)
            .values(state=OutboxState.FAILED, **common)
            .returning(outbox.c.account_id, outbox.c.id)
        )
        failed = found.all()
        for account_id, row_id in failed:
            await self._failed(connection, account_id, row_id, SENDER_DIED)
        again = await connection.execute(
            sa.update(outbox).where(died).values(state=OutboxState.WAITING, next_at=LONG_PAST, **common)
        )
        return len(failed) + again.rowcount


_EARLIER = outbox.alias("earlier")
# Only the oldest open row of a person: her messages arrive in the order they were written in. What waits for a border of
# its own holds up no other. In a CTE, not in the IN itself: PostgreSQL may run a subquery twice, and then claim more than
# the limit.
_DUE = (
    sa.select(outbox.c.id)
    .where(
        outbox.c.account_id == sa.bindparam("account"),
        outbox.c.state == OutboxState.WAITING,
        outbox.c.next_at <= sa.bindparam("now"),
        # One by one: with both states in one IN, SQLite 3.40 finds an earlier row for everybody once it has been analysed.
        *(
            ~sa.exists().where(
                _EARLIER.c.contact_id == outbox.c.contact_id,
                _EARLIER.c.id < outbox.c.id,
                _EARLIER.c.state == state,
                _EARLIER.c.next_at <= sa.bindparam("border"),
            )
            for state in (OutboxState.WAITING, OutboxState.CLAIMED)
        ),
    )
    .order_by(outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    sa.update(outbox)
    .where(outbox.c.id.in_(sa.select(_DUE.c.id)))
    .values(state=OutboxState.CLAIMED, lease_by=sa.bindparam("owner"), lease_until=sa.bindparam("until"))
    .returning(outbox.c.id, outbox.c.contact_id, outbox.c.message, outbox.c.attempts)
)
