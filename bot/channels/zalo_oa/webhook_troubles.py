"""What officers are shown of requests that bear no good signature, until a good one comes.

Anybody may send such requests, as many as he likes: a process writes of them once a minute at most.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import platform_troubles
from bot.channels.zalo_oa.signature import Flaw
from bot.clock import LONG_PAST, Clock
from bot.store.database import Database

log = structlog.get_logger()

CODES: Mapping[Flaw, str] = {flaw: f"webhook_{flaw}" for flaw in Flaw}
"""By which the troubles are kept."""


def N_(message: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return message


SENTENCES: Mapping[str, str] = {
    CODES[Flaw.WRONG_KEY]: N_("Tin từ Zalo được ký bằng một khóa khác với khóa đã khai, nên hệ thống chưa nhận tin nào. Chị nhờ người vận hành lấy lại “OA Secret Key” ở mục Webhook của ứng dụng Zalo rồi khai vào CHIHOI_ZALO_OA_SECRET_KEY."),
    CODES[Flaw.WRONG_FIRST_TERM]: N_("Zalo ký tin theo một cách khác (bằng mã của OA), nên hệ thống chưa nhận tin nào. Chị báo người vận hành: cần cập nhật phần mềm."),
    CODES[Flaw.UNSIGNED]: N_("Có tin gửi tới địa chỉ webhook mà không có chữ ký của Zalo; hệ thống không nhận. Nếu hội viên nhắn mà không thấy trả lời, chị nhờ người vận hành xem lại mục Webhook của ứng dụng Zalo."),
    CODES[Flaw.FORGED]: N_("Có tin gửi tới địa chỉ webhook mà chữ ký không đúng; hệ thống không nhận. Nếu hội viên nhắn mà không thấy trả lời, chị nhờ người vận hành so lại CHIHOI_ZALO_OA_SECRET_KEY với “OA Secret Key” của ứng dụng Zalo."),
}  # fmt: skip
"""What an officer should know of each, as msgids."""

_PAUSE = timedelta(minutes=1)
_WRITE_S = 0.3


class WebhookTroubles:
    """Notes and clears. Neither ever fails, nor keeps Zalo waiting."""

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._unwritten: Counter[Flaw] = Counter()
        self._written_at: datetime = LONG_PAST
        self._looked_at: datetime = LONG_PAST

    async def bad_one_came(self, flaw: Flaw) -> None:
        self._unwritten[flaw] += 1
        if self._is_soon_after(self._written_at):
            return
        counts, self._unwritten = self._unwritten, Counter()
        self._written_at = self._clock()
        log.warning("zalo_oa_webhook_refused", **{CODES[flaw]: count for flaw, count in counts.items()})
        if not await self._write(lambda connection: self._note(connection, counts)):
            self._unwritten.update(counts)
        self._looked_at = LONG_PAST  # The next good one clears it at once.

    async def good_one_came(self) -> None:
        """All is well: what any process has noted before is over."""
        self._unwritten.clear()
        if self._is_soon_after(self._looked_at):
            return
        self._looked_at = self._clock()
        await self._write(self._clear)

    def _is_soon_after(self, moment: datetime) -> bool:
        return timedelta() <= self._clock() - moment < _PAUSE

    async def _note(self, connection: AsyncConnection, counts: Mapping[Flaw, int]) -> None:
        for flaw in sorted(counts):
            await platform_troubles.note(connection, self._channel, CODES[flaw], counts[flaw], self._clock())

    async def _clear(self, connection: AsyncConnection) -> None:
        for code in sorted(CODES.values()):
            await platform_troubles.clear(connection, self._channel, code)

    async def _write(self, change: Callable[[AsyncConnection], Awaitable[None]]) -> bool:
        try:
            async with asyncio.timeout(_WRITE_S), self._database.writing() as connection:
                await change(connection)
        except Exception as error:  # noqa: BLE001 - it is only a notice; the counters have it as well
            log.warning("zalo_oa_trouble_not_written", error=type(error).__name__)
            return False
        return True
