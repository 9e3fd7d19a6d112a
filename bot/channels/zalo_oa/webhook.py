"""Receiving by being called: Zalo posts the events of all Official Accounts to one address of the app.

Zalo waits two seconds, and switches the webhook off when it keeps failing. So whatever comes is answered 200, also what is
forged or no event at all (its console tries the address unsigned); but only what is signed with our key is looked at.
What Zalo repeats is attested only where no connection opened (zalo-oa.md 2.1, 2026-11): an event that we could not keep
may never come again. So keeping it is tried again while Zalo waits, and only then it is told 503.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta

import structlog
from aiohttp import web

from bot import metrics
from bot.channels.contract import Receive
from bot.channels.zalo_oa.known_accounts import KnownAccounts
from bot.channels.zalo_oa.signature import HEADER, Flaw, Keys, timestamp_of, unproven
from bot.channels.zalo_oa.updates import (
    JSON,
    accounts_of,
    id_of,
    is_old,
    name_of,
    person_of,
    read_event,
    updates_of,
)
from bot.channels.zalo_oa.webhook_troubles import WebhookTroubles
from bot.clock import Clock
from bot.store.database import Database

log = structlog.get_logger()

KEEP_AGAIN = tuple(timedelta(seconds=s) for s in (0.1, 0.2, 0.4, 0.4))
"""Together more than a second: so long a database may be away, for a restart of its own, and nothing is lost."""

ANSWER_WITHIN = timedelta(seconds=1.4)
"""Then nothing more is tried; what is written besides takes a moment at most (`webhook_troubles`)."""

# An event is a few thousand bytes. What anybody may send is read before it is known who did, and nothing else runs
# meanwhile: a megabyte made for it takes up to half a second.
_MAX_BODY_BYTES = 256 * 1024
_COME_AGAIN_S = 5

_SIGNED = frozenset({"taken", "not_connected", "old"})
_COME_AGAIN = frozenset({"not_receiving", "not_kept"})


def path_of(app_id: str) -> str:
    """Where Zalo is told to call, below the public address. Not the app's id itself: it is one of the signature's terms."""
    return f"/channels/zalo_oa/{hashlib.sha256(b'address:' + app_id.encode()).hexdigest()[:16]}"


class Webhook:
    """The app's one address. Receives between `open` and `shut`."""

    def __init__(
        self,
        keys: Keys,
        *,
        channel: str,
        database: Database,
        clock: Clock,
        keep_again: Sequence[timedelta] = KEEP_AGAIN,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        """`channel`: the name by which the accounts and troubles of this platform are kept."""
        self._keys = keys
        self._channel = channel
        self._log = log.bind(channel=channel)
        self._clock = clock
        self._keep_again = keep_again
        self._answer_within_s = answer_within.total_seconds()
        self._accounts = KnownAccounts(database, channel, clock)
        self._troubles = WebhookTroubles(database, channel, clock)
        self._receive: Receive | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post(path_of(self._keys.app_id), self._take)]

    def open(self, receive: Receive) -> None:
        self._receive = receive

    def shut(self) -> None:
        """From now on Zalo is told to come again."""
        self._receive = None

    async def _take(self, request: web.Request) -> web.Response:
        result = await self._result(request)
        metrics.WEBHOOK.labels(self._channel, result).inc()
        if isinstance(result, Flaw):
            await self._troubles.bad_one_came(result)
        elif result in _SIGNED:
            await self._troubles.good_one_came()
        if result in _COME_AGAIN:
            return web.Response(status=503, headers={"Retry-After": str(_COME_AGAIN_S)})
        return web.json_response({})

    async def _result(self, request: web.Request) -> str:
        """What became of the request, as the metrics name it."""
        if self._receive is None:
            return "not_receiving"
        try:
            async with asyncio.timeout(self._answer_within_s):
                return await self._judge(request, self._receive)
        except TimeoutError:
            self._log.warning("zalo_oa_webhook_late")
            return "not_kept"

    async def _judge(self, request: web.Request, receive: Receive) -> str:
        if (request.content_length or 0) > _MAX_BODY_BYTES:
            return "too_large"
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return "too_large"
        except (ConnectionError, web.RequestPayloadError):
            return "cut_off"
        if len(body) > _MAX_BODY_BYTES:  # It did not say its length before.
            return "too_large"
        claimed = unproven(body)
        if claimed is None:
            return "malformed"
        timestamp, given = timestamp_of(claimed), request.headers.get(HEADER, "")
        is_of_app = id_of(claimed.get("app_id")) == self._keys.app_id
        if not self._keys.is_good(body, timestamp, given):
            if not is_of_app or not name_of(claimed):
                return (
                    "probe"  # Nothing that Zalo would send for this app: its console's try, or a stranger's.
                )
            return self._keys.diagnose(body, timestamp, given, next(accounts_of(claimed), ""))
        if not is_of_app:
            return "other_app"
        if is_old(timestamp, self._clock()):
            return "old"
        event = read_event(body)
        return "malformed" if event is None else await self._keep(receive, event, body)

    async def _keep(self, receive: Receive, event: JSON, body: bytes) -> str:
        for pause in (*self._keep_again, None):
            try:
                account_ids = await self._whose(event)
                for account_id in account_ids:
                    await receive(account_id, updates_of(event, self._clock(), body=body))
            except Exception as error:  # noqa: BLE001 - whatever it was, the event is not kept yet
                self._log.error("zalo_oa_event_not_kept", error=type(error).__name__)
                if pause is not None:
                    await asyncio.sleep(pause.total_seconds())
            else:
                # Of an OA that is not ours it is none of our business.
                return "taken" if account_ids else "not_connected"
        return "not_kept"

    async def _whose(self, event: JSON) -> Sequence[int]:
        """The account that the event is about; of one that names no OA all accounts that know the person.

        Her wish to be erased is listed without one (zalo-oa.md 2.3), and must not be lost for that.
        """
        if oa_ids := list(accounts_of(event)):
            found = await self._accounts.find(oa_ids)
            return [] if found is None else [found]
        person_id = person_of(event)
        return await self._accounts.that_know(person_id) if person_id else []
