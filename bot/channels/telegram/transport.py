"""python-telegram-bot's way to Telegram, on aiohttp: a fraction of the CPU time of its own transport.

One `do_request` sends at most once; no text it raises holds the address, because the address holds the token.
Retrying, pacing and the meaning of Telegram's refusals are left to others.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

import aiohttp
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels.telegram.errors import AnswerLost, NotSent, ServerTrouble
from bot.channels.telegram.passage import Passage, form_of

# Idle connections are let go by us rather than by Telegram, so that few requests meet one that is just ending.
IDLE_S: Final = 30.0
KNOWN_ADDRESSES: Final = 512

_to_json = json.JSONEncoder(separators=(",", ":")).encode


class AiohttpRequest(BaseRequest):
    """Transport for `telegram.Bot`; give getUpdates an own one, as it holds a connection for a minute.

    Timeouts are seconds, None waits for ever. `connect_timeout` covers name, TCP and TLS; `pool_timeout` the wait
    for one of `max_connections`; `read_timeout` starts when the request is out. A file upload fails when nothing
    moves for `media_write_timeout`, however long it takes in all, and a download likewise for `read_timeout`.

    Raises NotSent where repeating is safe, AnswerLost and AnswerLate where it is not known, ServerTrouble for 5xx.
    """

    __slots__ = (
        "_addresses",
        "_connect_s",
        "_max_connections",
        "_media_write_s",
        "_pool_s",
        "_read_s",
        "_session",
        "_slots",
        "_write_s",
    )

    def __init__(
        self,
        *,
        max_connections: int = 100,
        read_timeout: float | None = 10.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 5.0,
        media_write_timeout: float | None = 20.0,
    ) -> None:
        self._max_connections = max_connections
        self._read_s = read_timeout
        self._write_s = write_timeout
        self._connect_s = connect_timeout
        self._pool_s = pool_timeout
        self._media_write_s = media_write_timeout
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(max_connections)
        self._addresses: dict[str, URL] = {}

    @property
    def read_timeout(self) -> float | None:
        return self._read_s

    async def initialize(self) -> None:
        if self._session is not None:
            return
        self._slots = asyncio.Semaphore(self._max_connections)
        self._session = aiohttp.ClientSession(
            # The slots bound the connections, so that waiting for one has a deadline of its own.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S, ttl_dns_cache=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            skip_auto_headers=("Accept", "Accept-Encoding"),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the answer; see the class for what it raises. Called by python-telegram-bot only."""
        session = self._session
        if session is None:
            raise RuntimeError("AiohttpRequest is not initialized")
        connect_s = _chosen(connect_timeout, self._connect_s)
        read_s = _chosen(read_timeout, self._read_s)
        await self._take_slot(_chosen(pool_timeout, self._pool_s))
        try:
            if method == "GET":
                return _checked(*await Passage(session, connect_s, None, read_s).download(URL(url)))
            has_files = request_data is not None and request_data.contains_files
            write_s = _chosen(write_timeout, self._media_write_s if has_files else self._write_s)
            address = self._addresses.get(url) or self._remember(url)
            if has_files and request_data is not None:
                passage = Passage(session, connect_s, write_s, read_s)
                status, body = await passage.upload(address, form_of(request_data))
            else:
                # JSON is encoded in a fifth of a form's time; its escapes also carry what is no valid UTF-8.
                parameters = request_data.parameters if request_data is not None else {}
                status, body = await _post(
                    Passage(session, connect_s, write_s, read_s), address, _to_json(parameters).encode()
                )
        finally:
            self._slots.release()
        if status < 300 and not _is_success(body):
            raise AnswerLost(f"the answer with status {status} is not Telegram's")
        return _checked(status, body)

    async def _take_slot(self, pool_s: float | None) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(pool_s):
                await self._slots.acquire()
        except TimeoutError:
            pass
        else:
            return
        raise NotSent(f"all {self._max_connections} connections to Telegram are busy")

    def _remember(self, url: str) -> URL:
        """Addresses are few (one a method) and costly to take apart."""
        if len(self._addresses) >= KNOWN_ADDRESSES:
            self._addresses.clear()
        address = self._addresses[url] = URL(url)
        return address


async def _post(passage: Passage, address: URL, body: bytes) -> tuple[int, bytes]:
    """Takes a second connection where the first, a kept one, was dead before a byte was handed to it."""
    try:
        return await passage.post(address, body)
    except NotSent:
        if not passage.found_dead:
            raise
    return await passage.again().post(address, body)


def _chosen(given: object, otherwise: float | None) -> float | None:
    """The timeout of this call; python-telegram-bot passes a marker where the caller gave none."""
    return given if given is None or isinstance(given, int | float) else otherwise


def _checked(status: int, body: bytes) -> tuple[int, bytes]:
    """Drops a page that is no answer of Telegram's, and raises ServerTrouble for 5xx.

    Pages of gateways like to repeat the address, and python-telegram-bot puts them into the text of its error.
    """
    if status >= 500:
        raise ServerTrouble(status)
    return status, body if status < 300 or body.lstrip().startswith(b"{") else b""


def _is_success(body: bytes) -> bool:
    """Whether this is Telegram's envelope with a result, as python-telegram-bot takes for granted."""
    if body.startswith(b'{"ok":true,"result":'):
        return True
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("ok") is True and "result" in answer
