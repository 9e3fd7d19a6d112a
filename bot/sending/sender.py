"""Sends what stands in the lanes, for every account: replies first, never faster than the account's pace.

One loop an account. Each of its rounds is one transaction: what was sent is recorded, slots of the pace are reserved and
as many rows claimed. The platform calls happen between the rounds (`departures`), and when a round is worth while says
`rounds`. So a process may die at any instant: what it had claimed and not recorded is found by its lease and dealt with
by the lane.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.contract import Channel, Receipt, Retry, Revising, SendError
from bot.clock import Clock
from bot.sending import pace
from bot.sending.departures import LATE_S, Departures, Waiting
from bot.sending.judge import Judge
from bot.sending.parcels import Act, Lane, Outcome, Parcel, Verdict
from bot.sending.recovery import Recovery
from bot.sending.rounds import Rounds
from bot.store.database import Database
from bot.store.tables import accounts, contacts
from bot.store.tables.accounts import AccountState

log = structlog.get_logger()

_AFTER_FAILURE_S = 1.0
_GATHER_S = 0.05  # Rounds stand at least this far apart, so that one transaction records many results.
_STOP_S = 20  # How long a stop waits for sends under way.
_KEEP_S = 2.0  # How long a message that has missed its slot is kept for the next ones.


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
        self._recovery = Recovery(lanes, options.lease)
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._loops: dict[_AccountSender, asyncio.Task[None]] = {}

    async def start(self, channels: Iterable[Channel]) -> None:
        for channel in channels:
            await self.serve(channel)

    async def serve(self, channel: Channel) -> None:
        """Send for this account, too, from now on."""
        loop = _AccountSender(
            self._database, self._lanes, channel, self._owner, self._clock, self._options, self._recovery
        )
        self._loops[loop] = asyncio.create_task(loop.run(), name=f"sender-{channel.name}")

    def wake(self) -> None:
        """Look for rows now. Cheap; call it after every commit that wrote some."""
        for loop in self._loops:
            loop.wake()

    async def stop(self) -> None:
        """Take no new rows, wait for the sends under way, record them, give back the rest."""
        for loop in self._loops:
            loop.stop()
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
        recovery: Recovery | None = None,
    ) -> None:
        self._database = database
        self._lanes: Mapping[str, Lane] = {lane.name: lane for lane in lanes}
        self._channel = channel
        self._account_id = channel.account.account_id
        self._owner = owner
        self._clock = clock
        self._options = options
        self._recovery = recovery or Recovery(lanes, options.lease)
        self._departures = Departures(self._deliver, on_end=self._ended)
        self._rounds = Rounds()
        self._outcomes: list[Outcome] = []
        self._judge = Judge(clock)
        self._is_accepted_again = False
        # How far our clock stands ahead of the database's. Each answer comes late by its own way back to us: the least of
        # them is the nearest to the truth, and the others must not push our sends into another sender's slots.
        self._ahead_s: deque[float] = deque(maxlen=64)
        # How long it took lately from a reservation to the first send: slots nearer than that would always be missed.
        self._preparing_s: deque[float] = deque(maxlen=16)
        self._stir = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        if self._rounds.wake():
            self._stir.set()

    def stop(self) -> None:
        self._is_stopping = True
        self._stir.set()

    async def run(self) -> None:
        time = asyncio.get_running_loop().time
        rest_s = 0.0
        while not self._is_stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._stir.wait()
            self._stir.clear()
            is_well = True
            try:
                await self._round()
            except Exception:
                log.exception("sender_round_failed", account=self._account_id)
                is_well = False
            await asyncio.sleep(_GATHER_S)
            is_busy = self._departures.count > 0
            rest_s = self._rounds.rest_s(time(), is_busy=is_busy) if is_well else _AFTER_FAILURE_S
        await self._finish()

    async def _round(self) -> None:
        """One transaction and the sends that it claimed."""
        time = asyncio.get_running_loop().time
        room = self._room()
        asks = room > 0 and self._rounds.may(time())
        if not (asks or self._outcomes or self._departures.has_left_over or room == 0):
            return
        outcomes, self._outcomes = self._outcomes, []
        left_over = self._departures.take_left_over()
        hold, self._judge.hold = self._judge.hold, None
        fresh = [waiting for waiting in left_over if waiting.since > time() - _KEEP_S]
        claimed: list[Waiting] = []
        slots = pace.NONE
        reserved_at = 0.0
        lead = timedelta(seconds=max(self._preparing_s, default=0.0) + LATE_S)
        try:
            async with self._database.writing() as connection:
                await self._settle(connection, outcomes, hold)
                if asks:
                    slots = await pace.reserve(
                        connection, self._account_id, room, lead=lead, ours_s=self._rounds.reach_s
                    )
                    reserved_at = time()
                    self._ahead_s.append(reserved_at - slots.now_s)
                    claimed = await self._claim(connection, slots.granted, fresh)
                    if slots.interval:
                        await pace.give_back(connection, self._account_id, slots.granted - len(claimed))
                kept = {waiting.parcel.key for waiting in (claimed if asks else fresh)}
                lost = [waiting for waiting in left_over if waiting.parcel.key not in kept]
                await self._release(connection, lost)
        except BaseException:
            self._outcomes = outcomes + self._outcomes
            self._departures.put_left_over(left_over)
            if hold:
                self._judge.hold = max(hold, self._judge.hold or hold)
            raise
        metrics.count_outcomes(self._channel.name, outcomes)
        if not asks:
            self._departures.put_left_over(fresh)
            if room == 0:
                self._rounds.was_full(now=time())
            return
        if claimed:
            self._preparing_s.append(time() - reserved_at)
        ahead_s = min(self._ahead_s)
        self._rounds.asked(slots, len(claimed), now=reserved_at, ahead_s=ahead_s, lead=lead)
        moments = [slots.at_s(i) + ahead_s for i in range(len(claimed))] if slots.interval else None
        self._departures.depart(claimed, moments)

    def _room(self) -> int:
        """For how many more messages a platform call may be begun now."""
        if not self._judge.refused:
            return self._options.in_flight - self._departures.count
        return 1 if not self._departures.count and self._clock() >= self._judge.probe_at else 0

    async def _claim(
        self, connection: AsyncConnection, limit: int, left_over: Sequence[Waiting]
    ) -> list[Waiting]:
        """So many: of each lane first those that were left over."""
        now, since = self._clock(), asyncio.get_running_loop().time()
        claimed: list[Waiting] = []
        for lane in self._lanes.values():
            of_lane = [waiting for waiting in left_over if waiting.parcel.lane == lane.name]
            claimed += of_lane[: limit - len(claimed)]
            if len(claimed) < limit:
                parcels = await lane.claim(
                    connection,
                    self._account_id,
                    limit - len(claimed),
                    owner=self._owner,
                    now=now,
                    until=now + self._options.lease,
                )
                claimed += [Waiting(parcel, since) for parcel in parcels]
        return claimed

    async def _release(self, connection: AsyncConnection, waiting: Sequence[Waiting]) -> None:
        """Back to their lanes, to be claimed anew.

        Kept here through a long hold their leases would run out, and they would count as sent perhaps, or be sent by
        another process as well.
        """
        for lane in self._lanes.values():
            if of_lane := [one.parcel for one in waiting if one.parcel.lane == lane.name]:
                await lane.release(connection, of_lane, owner=self._owner)

    async def _deliver(self, parcel: Parcel) -> None:
        """Send one message and note what became of it."""
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

    def _ended(self) -> None:
        if self._rounds.hears_results:
            self._stir.set()

    async def _settle(
        self, connection: AsyncConnection, outcomes: Sequence[Outcome], hold: timedelta | None
    ) -> None:
        """Record results, pass on what the platform said of people and of the account, look after dead leases."""
        for lane in self._lanes.values():
            if of_lane := [outcome for outcome in outcomes if outcome.parcel.lane == lane.name]:
                await lane.settle(connection, of_lane, owner=self._owner)
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
        await self._recovery.when_due(connection, self._clock())

    async def _turn_account(self, connection: AsyncConnection, old: AccountState, new: AccountState) -> bool:
        turned = await connection.execute(
            sa.update(accounts)
            .where(accounts.c.id == self._account_id, accounts.c.state == old)
            .values(state=new, trouble=self._judge.refused[:80], state_at=self._clock())
        )
        return turned.rowcount > 0

    async def _finish(self) -> None:
        for parcel in await self._departures.finish(_STOP_S):
            self._outcomes.append(Outcome(parcel, Verdict.UNCERTAIN, self._clock(), code="stopped"))
        async with self._database.writing() as connection:
            await self._settle(connection, self._outcomes, self._judge.hold)
            await self._release(connection, self._departures.take_left_over())
        metrics.count_outcomes(self._channel.name, self._outcomes)
