"""One message on its way out, and what became of it: what the sender and its lanes say to each other.

A lane is a kind of queue in the database (replies, announcements); the sender takes from every lane in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing, Receipt

MAX_ATTEMPTS = 8
"""Sends that certainly did not arrive are repeated this often before the row counts as failed."""

LONGEST_BACKOFF = timedelta(minutes=10)
"""What waits longer waits for a border (the morning, a day's quota, money) and not for its next attempt."""


def backoff(attempts: int) -> timedelta:
    """How long to wait before the next attempt: 2 s, doubling, at most 10 minutes."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_BACKOFF)


class Act(StrEnum):
    SEND = "send"
    EDIT = "edit"  # What was sent, to read as `message` does.
    RECALL = "recall"  # What was sent is taken back.


@dataclass(frozen=True, slots=True)
class Parcel:
    """One claimed row of a lane, ready to be sent."""

    lane: str
    row_id: int
    contact_id: int | None  # None: a phone number, or a post that many see.
    address: str
    message: Outgoing
    attempts: int
    heard_at: datetime | None = None  # When she had last written to us, as of the claim.
    act: Act = Act.SEND
    platform_id: str = ""  # EDIT and RECALL: of what was sent.
    revision: int = 0  # EDIT and RECALL: how often it had been changed with this.

    @property
    def key(self) -> str:
        """Names this message for ever, whichever process sends it."""
        return f"{self.lane}:{self.row_id}"


class Verdict(StrEnum):
    SENT = "sent"
    FAILED = "failed"  # For good.
    AGAIN = "again"  # Certainly not sent; to be tried again at `next_at`.
    UNCERTAIN = "uncertain"  # It may have arrived.
    HELD = "held"  # Nothing gets through to her before she writes again.


@dataclass(frozen=True, slots=True)
class Outcome:
    parcel: Parcel
    verdict: Verdict
    at: datetime
    receipt: Receipt | None = None
    code: str = ""
    next_at: datetime | None = None
    counts: bool = True  # Whether this was an attempt: being told to wait is none.
    unreachable: bool = False  # The platform says that this person cannot be reached.
    is_for_money: bool = False  # What the account may spend is used up.


class Lane(Protocol):
    """A queue of rows in the database. Every method runs inside the sender's writing transaction."""

    name: str

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
        """Lease up to `limit` rows that are due on this account to `owner`, best first."""

    async def settle(self, connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        """Record what became of claimed rows. A row whose lease was lost meanwhile is left as it is."""

    async def release(self, connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        """Give back rows that were claimed and certainly not sent."""

    async def recover(self, connection: AsyncConnection, *, now: datetime) -> int:
        """Deal with rows whose lease ran out: their sender died, they may have been sent. Returns how many."""
