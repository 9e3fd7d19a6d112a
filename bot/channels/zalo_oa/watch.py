"""Notices that members' messages do not reach us, and has them recovered.

Every few minutes the newest chats are compared with what intake has had. All was well at the last moment at which nothing
was missing; when a process begins, or after a longer time without such a look, everything since then is recovered. So
while Zalo does not call, whyever, members are answered all the same, some minutes late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import platform_troubles
from bot.channels import account_jobs
from bot.channels.account_jobs import RECOVERY, WATCH, Job, JobState
from bot.channels.zalo_oa import history
from bot.channels.zalo_oa.history import Said
from bot.channels.zalo_oa.recovery import LONGEST, missing
from bot.clock import LONG_PAST, Clock
from bot.store.database import Database

log = structlog.get_logger()

EVERY = timedelta(minutes=10)
SILENT = "webhook_silent"
"""The platform's trouble that officers are shown: members write, and Zalo does not tell us."""


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


SENTENCES: Mapping[str, str] = {
    SILENT: N_("Hội viên có nhắn mà Zalo không báo cho hệ thống. Hệ thống tự tìm lại các tin đó, nên trả lời chậm chừng mười phút. Chị nhờ người vận hành bật lại webhook ở trang ứng dụng Zalo."),
}  # fmt: skip

_GRACE = timedelta(minutes=2)  # So long a message may be under way to us.
_AWAY = 3 * EVERY
# Looked at again before the last good moment: clocks differ, and looks see only the newest chats.
_MARGIN = timedelta(minutes=30)


@dataclass(slots=True)
class Place:
    """ISO moments; "" for never."""

    sure_at: str = ""  # Nothing was missing then.
    looked_at: str = ""


class Watch:
    """Of one account, in this process; one process at a time works with it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        account_id: int,
        client: history.Asking,
        *,
        channel: str,
        connected_at: datetime,
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_id = account_id
        self._client = client
        self._channel = channel
        self._connected_at = connected_at
        self._up_since: datetime | None = None  # When this process looked first.
        self._look_at: datetime | None = None
        # The last messages of chats that were not understood at the last look: those chats have been looked into.
        self._unclear: frozenset[str] = frozenset()

    def is_due(self) -> bool:
        """Whether this process should look: when it begins, and every ten minutes."""
        return self._look_at is None or self._clock() >= self._look_at

    async def look(self, job: Job) -> None:
        """Look, unless another process just has, and write down how it stands."""
        now = self._clock()
        place = Place(**job.place)
        is_first = self._up_since is None
        if not is_first and timedelta() <= now - _moment(place.looked_at) < EVERY:
            self._look_at = _moment(place.looked_at) + EVERY
            return
        chats = await history.recent_chats(self._client)
        self._up_since = self._up_since or now
        async with self._database.writing() as connection:
            await self._judge(connection, place, chats, now, was_down=is_first and bool(place.sure_at))
            place.looked_at = now.isoformat()
            job.place = asdict(place)
            await account_jobs.move(connection, job, now)
        self._look_at = now + EVERY

    async def _judge(
        self,
        connection: AsyncConnection,
        place: Place,
        chats: Sequence[Said],
        now: datetime,
        *,
        was_down: bool,
    ) -> None:
        place.sure_at = place.sure_at or self._connected_at.isoformat()
        recovery = await account_jobs.progress(connection, self._account_id, RECOVERY)
        if recovery is not None and recovery.state is JobState.DONE:
            place.sure_at = max(place.sure_at, recovery.began_at.isoformat())
        sure_at = _moment(place.sure_at)
        since = max(self._connected_at, sure_at - _MARGIN, now - LONGEST)
        told = [
            said
            for said in chats
            if not said.is_ours and said.message_id and since <= said.at <= now - _GRACE
        ]
        missed = await missing(connection, self._account_id, told)
        unclear = frozenset(repr(said.raw) for said in chats if not said.is_clear)
        hides = bool(unclear - self._unclear)
        self._unclear = unclear
        # While we were down Zalo may have called a proxy of ours that took the call; what was sent since hides it here.
        if not (missed or hides or was_down) and now - sure_at <= _AWAY:
            place.sure_at = max(place.sure_at, (now - _GRACE).isoformat())
            if recovery is None or any(said.at > recovery.moved_at for said in told):
                await platform_troubles.clear(connection, self._channel, SILENT)
            return
        if await account_jobs.ask(
            connection, self._account_id, RECOVERY, now, place={"since": since.isoformat()}
        ):
            log.info("recovery_asked", account=self._account_id, seen=len(missed), was_down=was_down)
        # What was written while nobody was up to hear it says nothing of Zalo.
        if silent := sum(said.at > (self._up_since or now) for said in missed):
            log.error("webhook_silent", account=self._account_id, seen=silent)
            await platform_troubles.note(connection, self._channel, SILENT, silent, now)


async def ask_for_what_was_missed(
    connection: AsyncConnection, account_id: int, *, connected_at: datetime, now: datetime
) -> bool:
    """Have recovered at once what was written since all was last well, as the next look would. False while it is under way."""
    kept = (await account_jobs.place_of(connection, account_id, WATCH)).get("sure_at")
    place = {}
    if isinstance(kept, str) and kept:  # Else the work goes back a day by itself.
        place["since"] = max(connected_at, _moment(kept) - _MARGIN, now - LONGEST).isoformat()
    return await account_jobs.ask(connection, account_id, RECOVERY, now, place=place)


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso) if iso else LONG_PAST
