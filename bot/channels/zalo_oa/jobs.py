"""The work with Official Accounts that nobody waits for: taking over followers, carrying marks over, noticing and
recovering what was missed.

It runs in the process that ticks. Each kind of work has a loop; in it one process works for an account at a time, by a
lease, and whoever comes after it goes on where it was (`bot.channels.account_jobs`). Trouble on Zalo's side is waited out;
what Zalo refuses again and again ends the job with Zalo's reason.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels import account_jobs
from bot.channels.account_jobs import (
    FOLLOWERS,
    RECOVERY,
    TAGS,
    WATCH,
    Job,
    LeaseLost,
    Progress,
    ask,
    progress,
)
from bot.channels.contract import Keep
from bot.channels.passage import PassageError
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa import refusals, tags
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import NeedsAuthorization, Refused, Throttled, ZaloOAError
from bot.channels.zalo_oa.followers import Followers
from bot.channels.zalo_oa.recovery import Recovery
from bot.channels.zalo_oa.unhurried import Unhurried
from bot.channels.zalo_oa.watch import Watch
from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState

__all__ = ["FOLLOWERS", "RECOVERY", "TAGS", "WATCH", "Jobs", "Progress", "ask", "progress"]

log = structlog.get_logger()

_ENDLESS = (TAGS, WATCH)  # Each account has these, always.

_LOOK_EVERY_S = 3.0
_GAP = timedelta(seconds=0.25)  # Between two calls for an account: 240 of the 4,000 that a minute has.
_RATE = timedelta(minutes=1)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=5)
_MOST_FAILURES = 4  # In a row, each after a longer pause: then a job is given up.

BROKEN = "job_broken"
"""How a job ended that our own fault stopped, again and again."""

_Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    account_id: int
    oa_id: str
    connected_at: datetime  # Of what was said before then nothing is ours.


class Jobs:
    """Between `start` and `stop`. Start it in one process or in several."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client_of: Callable[[int], OAClient],
        *,
        channel: str,
        app_id: str,
        mirrors_tags: bool,
        gap: timedelta = _GAP,
    ) -> None:
        """`client_of` gives the client of an account of `channel`, made when it is first asked for."""
        self._database = database
        self._clock = clock
        self._client_of = client_of
        self._channel = channel
        self._app_id = app_id
        self._mirrors_tags = mirrors_tags
        self._gap = gap
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._clients: dict[int, Unhurried] = {}
        self._mirrors: dict[int, tags.Mirror] = {}
        self._watches: dict[int, Watch] = {}
        self._failures: dict[_Key, int] = {}
        self._not_before: dict[_Key, datetime] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, keep: Keep) -> None:
        """`keep` is intake's, for what is recovered."""
        for kind in (FOLLOWERS, RECOVERY, TAGS, WATCH):
            self._tasks.append(asyncio.create_task(self._run(kind, keep), name=f"{self._channel}-{kind}"))

    async def stop(self) -> None:
        """Leave every job where it is, for whoever starts next."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def work_off(self, kind: str, keep: Keep) -> None:
        """Do what there is to do of this kind now, for every account."""
        for account in await self._accounts(kind):
            await self._work_on(account, kind, keep)

    async def _run(self, kind: str, keep: Keep) -> None:
        while True:
            try:
                await self.work_off(kind, keep)
            except Exception as error:  # noqa: BLE001 - the database is away; it comes back
                log.warning("account_jobs_not_read", kind=kind, error=type(error).__name__)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _accounts(self, kind: str) -> list[OfficialAccount]:
        """The active accounts that have such a job to be done. Of the endless kinds all have."""
        now = self._clock()
        ours = sa.select(accounts.c.id, accounts.c.external_id, accounts.c.created_at).where(
            accounts.c.channel == self._channel, accounts.c.state == AccountState.ACTIVE
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(ours.order_by(accounts.c.id))
            found = {row.id: OfficialAccount(row.id, row.external_id, row.created_at) for row in rows}
            unasked = found.keys() - await account_jobs.asked(connection, kind) if kind in _ENDLESS else ()
            free = await account_jobs.waiting(connection, kind, now)
        for account_id in unasked:
            async with self._database.writing() as connection:
                await ask(connection, account_id, kind, now)
        return [account for number, account in found.items() if number in free or number in unasked]

    async def _work_on(self, account: OfficialAccount, kind: str, keep: Keep) -> None:
        now, account_id = self._clock(), account.account_id
        key = (account_id, kind)
        if now < self._not_before.get(key, now) or not await self._is_needed(account, kind):
            return
        async with self._database.writing() as connection:
            job = await account_jobs.take(connection, account_id, kind, owner=self._owner, now=now)
        if job is None:
            return
        try:
            await self._do(job, account, keep)
        except LeaseLost:
            log.warning("account_job_lost", account=account_id, kind=kind)
        except (ZaloOAError, PassageError) as error:
            await self._wait_out(job, error)
        except asyncio.CancelledError:
            await self._give_back(job)
            raise
        except (SQLAlchemyError, OSError) as error:
            log.warning("account_job_waits", account=account_id, kind=kind, error=type(error).__name__)
            self._not_before[key] = now + _FIRST_PAUSE
            await self._give_back(job)
        except Exception:
            log.exception("account_job_failed", account=account_id, kind=kind)
            await self._give_up_in_the_end(job)
        else:
            self._failures.pop(key, None)

    async def _is_needed(self, account: OfficialAccount, kind: str) -> bool:
        """Cheaply, for what is looked at all the time."""
        match kind:
            case account_jobs.TAGS if not self._mirrors_tags:
                await tags.forget_removed(self._database, account.account_id, before=self._clock())
                return False
            case account_jobs.TAGS:
                return await self._mirror(account.account_id).has_work()
            case account_jobs.WATCH:
                return self._watch(account).is_due()
        return True

    async def _do(self, job: Job, account: OfficialAccount, keep: Keep) -> None:
        step: Callable[[Job], Awaitable[bool]]
        client = self._client(job.account_id)
        match job.kind:
            case account_jobs.WATCH:
                await self._watch(account).look(job)
                await self._give_back(job)
                return
            case account_jobs.TAGS:
                step = self._mirror(job.account_id).step
            case account_jobs.FOLLOWERS:
                step = Followers(
                    self._database, self._clock, job.account_id, client, mirrors_tags=self._mirrors_tags
                ).step
            case _:
                step = Recovery(
                    self._database,
                    self._clock,
                    job.account_id,
                    client,
                    app_id=self._app_id,
                    oa_id=account.oa_id,
                    connected_at=account.connected_at,
                    keep=keep,
                ).step
        while await step(job):
            self._failures.pop((job.account_id, job.kind), None)
        if job.kind in _ENDLESS:
            await self._give_back(job)
            return
        async with self._database.writing() as connection:
            await account_jobs.finish(connection, job, self._clock())
        log.info("account_job_done", account=job.account_id, kind=job.kind, done=job.done, total=job.total)

    async def _wait_out(self, job: Job, error: ZaloOAError | PassageError) -> None:
        """Go on later; or, where Zalo says no and will say no, never."""
        now, key = self._clock(), (job.account_id, job.kind)
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        meaning = refusals.meaning_of(error, refusals.Called.TALK)
        pause = min(_FIRST_PAUSE * 2 ** min(failures, 10), _LONGEST_PAUSE)
        is_final = False
        match error:
            case Throttled(wait=wait):
                pause = wait
            case NeedsAuthorization():
                pause = _LONGEST_PAUSE
            case Refused() if meaning.kind is table.Kind.RATE:
                pause = _RATE
            case Refused():
                is_final = failures >= _MOST_FAILURES and job.kind not in _ENDLESS
        self._not_before[key] = now + pause
        write = log.error if is_final else log.warning
        write(
            "account_job_given_up" if is_final else "account_job_waits",
            account=job.account_id,
            kind=job.kind,
            code=meaning.code,
            refused_with=error.code if isinstance(error, Refused) else None,
            seconds=pause.total_seconds(),
        )
        if not is_final:
            await self._give_back(job)
            return
        await self._end(job, meaning.code)

    async def _give_up_in_the_end(self, job: Job) -> None:
        """Our own fault stopped it. What goes on failing must not run for ever: then nobody could have it done anew."""
        key = (job.account_id, job.kind)
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        self._not_before[key] = self._clock() + _LONGEST_PAUSE
        if failures < _MOST_FAILURES or job.kind in _ENDLESS:
            await self._give_back(job)
        else:
            await self._end(job, BROKEN)

    async def _end(self, job: Job, error: str) -> None:
        key = (job.account_id, job.kind)
        self._failures.pop(key)
        self._not_before.pop(key)
        with contextlib.suppress(LeaseLost):
            async with self._database.writing() as connection:
                await account_jobs.finish(connection, job, self._clock(), error=error)

    async def _give_back(self, job: Job) -> None:
        with contextlib.suppress(LeaseLost):
            async with self._database.writing() as connection:
                await account_jobs.rest(connection, job)

    def _client(self, account_id: int) -> Unhurried:
        if account_id not in self._clients:
            self._clients[account_id] = Unhurried(self._client_of(account_id), self._gap)
        return self._clients[account_id]

    def _mirror(self, account_id: int) -> tags.Mirror:
        if account_id not in self._mirrors:
            self._mirrors[account_id] = tags.Mirror(
                self._database, self._clock, account_id, self._client(account_id)
            )
        return self._mirrors[account_id]

    def _watch(self, account: OfficialAccount) -> Watch:
        account_id = account.account_id
        if account_id not in self._watches:
            self._watches[account_id] = Watch(
                self._database,
                self._clock,
                account_id,
                self._client(account_id),
                channel=self._channel,
                connected_at=account.connected_at,
            )
        return self._watches[account_id]
