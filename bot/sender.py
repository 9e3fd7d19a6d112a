"""Sends what stands in the lanes, for every account: replies first, never faster than the account's pace.

One loop an account. Each of its rounds is one transaction: what was sent is recorded, slots of the pace are reserved and
as many rows claimed. The platform calls happen between the rounds, as tasks that the loop owns. So a process may die at
any instant: what it had claimed and not recorded is found by its lease and dealt with by the lane.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics, pace
from bot.channels.contract import Channel, Receipt, Retry, Revising, SendError
from bot.clock import Clock
from bot.judge import Judge
from bot.parcels import Act, Lane, Outcome, Parcel, Verdict
from bot.store.database import Database
from bot.store.tables import accounts, contacts
from bot.store.tables.accounts import AccountState

log = structlog.get_logger()

_IDLE_S = 0.5  # How often to look for rows that another process wrote.
_GATHER_S = 0.05  # Rounds stand at least this far apart, so that one transaction records many results.
_RECOVER_EVERY = timedelta(seconds=5)
_STOP_S = 20  # How long a stop waits for sends under way.
_LATE_S = 0.006  # A slot missed by more is not used: the sends behind it would come too close.


@dataclass(frozen=True, slots=True)
class SenderOptions:
    in_flight: int = 100  # Sends under way at once, for each account.
    lease: timedelta = timedelta(minutes=1)  # Longer than any channel's send timeout.


class Sender:
    """The sending half of the service. `start` it with the channels to serve; `wake` it when rows were written."""

    def __init__(
        self, database: Database, lanes: Sequence[Lane], *, clock: Clock, options: SenderOptions
    ) -> None:
        self._database = database
        self._lanes = lanes  # In order of precedence.
        self._clock = clock
        self._options = options
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._loops: dict[_AccountSender, asyncio.Task[None]] = {}

    async def start(self, channels: Iterable[Channel]) -> None:
        for channel in channels:
            await self.serve(channel)

    async def serve(self, channel: Channel) -> None:
        """Send for this account, too, from now on."""
        loop = _AccountSender(self._database, self._lanes, channel, self._owner, self._clock, self._options)
        self._loops[loop] = asyncio.create_task(loop.run(), name=f"sender-{channel.name}")

    def wake(self) -> None:
        """Look for rows now. Cheap; call it after every commit that wrote some."""
        for loop in self._loops:
            loop.stir.set()

    async def stop(self) -> None:
        """Take no new rows, wait for the sends under way, record them, give back the rest."""
        for loop in self._loops:
            loop.stopping = True
            loop.stir.set()
        for result in await asyncio.gather(*self._loops.values(), return_exceptions=True):
            if isinstance(result, BaseException):  # The leases say what it could not record.
                log.error("sender_stopped_badly", exc_info=result)
        self._loops.clear()


class _AccountSender:
    """The loop of one account."""

    def __init__(
        self,
        database: Database,
        lanes: Sequence[Lane],
        channel: Channel,
        owner: str,
        clock: Clock,
        options: SenderOptions,
    ) -> None:
        self._database = database
        self._lanes: Mapping[str, Lane] = {lane.name: lane for lane in lanes}
        self._channel = channel
        self._account_id = channel.account.account_id
        self._owner = owner
        self._clock = clock
        self._options = options
        self._tasks: dict[asyncio.Task[None], Parcel] = {}
        self._missed: list[Parcel] = []  # Claimed, but their slot went by unused.
        self._outcomes: list[Outcome] = []
        self._judge = Judge(clock)
        self._is_accepted_again = False
        self._recover_at: datetime | None = None
        # How far our clock stands ahead of the database's. Each answer comes late by its own way back to us: the least of
        # them is the nearest to the truth, and the others must not push our sends into another sender's slots.
        self._ahead_s: deque[float] = deque(maxlen=64)
        # How long it took lately from a reservation to the first send: slots nearer than that would always be missed.
        self._preparing_s: deque[float] = deque(maxlen=16)
        self.stir = asyncio.Event()
        self.stopping = False

    async def run(self) -> None:
        idle_s = 0.0
        while not self.stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(idle_s):
                    await self.stir.wait()
            self.stir.clear()
            try:
                idle_s = await self._round()
            except Exception:
                log.exception("sender_round_failed", account=self._account_id)
                idle_s = 1.0
            await asyncio.sleep(_GATHER_S)
        await self._finish()

    async def _round(self) -> float:
        """One transaction and the sends that it claimed. Returns how many seconds to rest unless stirred."""
        outcomes, self._outcomes = self._outcomes, []
        missed, self._missed = self._missed, []
        hold, self._judge.hold = self._judge.hold, None
        claimed: list[Parcel] = []
        slots = pace.NONE
        reserved_at = 0.0
        time = asyncio.get_running_loop().time
        try:
            async with self._database.writing() as connection:
                await self._settle(connection, outcomes, missed, hold)
                if room := self._room():
                    lead = timedelta(seconds=max(self._preparing_s, default=0.0) + _LATE_S)
                    slots = await pace.reserve(connection, self._account_id, room, lead=lead)
                    reserved_at = time()
                    self._ahead_s.append(reserved_at - slots.now_s)
                    claimed = await self._claim(connection, slots.granted)
                    if slots.interval:
                        await pace.give_back(connection, self._account_id, slots.granted - len(claimed))
        except BaseException:
            self._outcomes = outcomes + self._outcomes
            self._missed = missed + self._missed
            if hold:
                self._judge.hold = max(hold, self._judge.hold or hold)
            raise
        metrics.count_outcomes(self._channel.name, outcomes)
        if claimed:
            self._preparing_s.append(time() - reserved_at)
        for i, parcel in enumerate(claimed):
            due = slots.at_s(i) + min(self._ahead_s) if slots.interval else None
            task = asyncio.create_task(self._deliver(parcel, due))
            self._tasks[task] = parcel
            task.add_done_callback(self._done)
        paced_out = bool(slots.interval) and len(claimed) >= slots.granted
        return pace.HORIZON.total_seconds() / 2 if paced_out else _IDLE_S

    def _room(self) -> int:
        """For how many more messages a platform call may be begun now."""
        if not self._judge.refused:
            return self._options.in_flight - len(self._tasks)
        return 1 if not self._tasks and self._clock() >= self._judge.probe_at else 0

    async def _claim(self, connection: AsyncConnection, limit: int) -> list[Parcel]:
        now = self._clock()
        parcels: list[Parcel] = []
        for lane in self._lanes.values():
            if len(parcels) < limit:
                parcels += await lane.claim(
                    connection,
                    self._account_id,
                    limit - len(parcels),
                    owner=self._owner,
                    now=now,
                    until=now + self._options.lease,
                )
        return parcels

    async def _deliver(self, parcel: Parcel, due: float | None) -> None:
        """Send one message at its slot (None = at once) and note what became of it."""
        if due is not None:
            time = asyncio.get_running_loop().time
            await asyncio.sleep(due - time())
            if time() - due > _LATE_S:
                self._missed.append(parcel)
                return
        try:
            receipt = await self._carry_out(parcel)
        except SendError as error:
            outcome = self._judge.outcome(parcel, error)
        except Exception:
            log.exception(
                "channel_broke_its_contract", account=self._account_id, lane=parcel.lane, row=parcel.row_id
            )
            outcome = Outcome(parcel, Verdict.UNCERTAIN, self._clock(), code="internal")
        else:
            outcome = Outcome(parcel, Verdict.SENT, self._clock(), receipt=receipt)
            if self._judge.refused:
                self._judge.refused = ""
                self._is_accepted_again = True
        self._outcomes.append(outcome)

    async def _carry_out(self, parcel: Parcel) -> Receipt:
        if parcel.act is Act.SEND:
            return await self._channel.send(parcel.address, parcel.message, key=parcel.key)
        if not isinstance(self._channel, Revising):
            raise SendError("not_revisable", Retry.NEVER)
        if parcel.act is Act.EDIT:
            await self._channel.edit(parcel.address, parcel.platform_id, parcel.message)
        else:
            await self._channel.recall(parcel.address, parcel.platform_id)
        return Receipt(parcel.platform_id)

    def _done(self, task: asyncio.Task[None]) -> None:
        parcel = self._tasks.pop(task)
        if task.cancelled():  # Only when a stop waited too long: the request may be out.
            self._outcomes.append(Outcome(parcel, Verdict.UNCERTAIN, self._clock(), code="stopped"))
        self.stir.set()

    async def _settle(
        self,
        connection: AsyncConnection,
        outcomes: Sequence[Outcome],
        missed: Sequence[Parcel],
        hold: timedelta | None,
    ) -> None:
        """Record results, pass on what the platform said of people and of the account, look after dead leases.

        What missed its slot goes back to its lane, to be claimed anew: kept here through a long hold its lease would run
        out, and it would count as sent perhaps, or be sent by another process as well.
        """
        for lane in self._lanes.values():
            if of_lane := [outcome for outcome in outcomes if outcome.parcel.lane == lane.name]:
                await lane.settle(connection, of_lane, owner=self._owner)
            if late := [parcel for parcel in missed if parcel.lane == lane.name]:
                await lane.release(connection, late, owner=self._owner)
        for outcome in outcomes:
            if outcome.unreachable and outcome.parcel.contact_id is not None:
                has_written_since = contacts.c.last_in_at > outcome.at
                await connection.execute(
                    sa.update(contacts)
                    .where(contacts.c.id == outcome.parcel.contact_id, has_written_since.is_not(True))
                    .values(unreachable_at=outcome.at, unreachable_code=outcome.code)
                )
        if hold is not None:
            log.warning("account_told_to_wait", account=self._account_id, seconds=hold.total_seconds())
            await pace.hold(connection, self._account_id, hold)
        if self._judge.is_newly_refused and self._judge.refused:
            # Whoever turns it says so, once for all processes.
            if await self._turn_account(connection, AccountState.ACTIVE, AccountState.REFUSED):
                log.error("account_refused", account=self._account_id, code=self._judge.refused)
            self._judge.is_newly_refused = False
        if self._is_accepted_again:
            if not self._judge.refused and await self._turn_account(
                connection, AccountState.REFUSED, AccountState.ACTIVE
            ):
                log.warning("account_accepted_again", account=self._account_id)
            self._is_accepted_again = False
        now = self._clock()
        if self._recover_at is None or now >= self._recover_at:
            self._recover_at = now + min(_RECOVER_EVERY, self._options.lease / 4)
            for lane in self._lanes.values():
                if count := await lane.recover(connection, now=now):
                    log.warning("sends_recovered", lane=lane.name, count=count)

    async def _turn_account(self, connection: AsyncConnection, old: AccountState, new: AccountState) -> bool:
        turned = await connection.execute(
            sa.update(accounts)
            .where(accounts.c.id == self._account_id, accounts.c.state == old)
            .values(state=new, trouble=self._judge.refused[:80], state_at=self._clock())
        )
        return turned.rowcount > 0

    async def _finish(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        async with self._database.writing() as connection:
            await self._settle(connection, self._outcomes, self._missed, self._judge.hold)
        metrics.count_outcomes(self._channel.name, self._outcomes)
