"""python-telegram-bot's way to Telegram, on aiohttp: a fraction of the CPU time of its own transport.

One `do_request` sends at most once; no text it raises holds the address, because the address holds the token.
Retrying, pacing and the meaning of Telegram's refusals are left to others.
"""

from __future__ import annotations

import asyncio
import io
import json
from typing import Final

import aiohttp
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels import passage as passages
from bot.channels.passage import Passage, PassageError, post_once
from bot.channels.telegram.errors import AnswerLate, AnswerLost, NotSent, ServerTrouble

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
        write_s = _chosen(write_timeout, self._write_s_of(request_data))
        failure: NetworkError
        await self._take_slot(_chosen(pool_timeout, self._pool_s))
        try:
            status, body = await self._exchange(
                Passage(session, connect_s, write_s, read_s), url, method, request_data
            )
        except PassageError as error:
            failure = _in_telegrams_terms(error)
        else:
            if method != "GET" and status < 300 and not _is_success(body):
                raise AnswerLost(f"the answer with status {status} is not Telegram's")
            return _checked(status, body)
        finally:
            self._slots.release()
        raise failure

    async def _exchange(
        self, passage: Passage, url: str, method: str, request_data: RequestData | None
    ) -> tuple[int, bytes]:
        if method == "GET":
            return await passage.download(URL(url))
        address = self._addresses.get(url) or self._remember(url)
        if request_data is not None and request_data.contains_files:
            return await passage.upload(address, _form_of(request_data))
        # JSON is encoded in a fifth of a form's time; its escapes also carry what is no valid UTF-8.
        parameters = request_data.parameters if request_data is not None else {}
        return await post_once(passage, address, _to_json(parameters).encode())

    def _write_s_of(self, request_data: RequestData | None) -> float | None:
        has_files = request_data is not None and request_data.contains_files
        return self._media_write_s if has_files else self._write_s

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


def _form_of(request_data: RequestData) -> aiohttp.FormData:
    """Parameters and files as multipart; file names go as plain UTF-8, which is what the Bot API reads."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, content_type) in request_data.multipart_data.items():
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=file_name, content_type=content_type)
    return form


def _in_telegrams_terms(error: PassageError) -> NetworkError:
    """The same failure as one of python-telegram-bot's errors, for the library wraps all others."""
    match error:
        case passages.NotSent():
            return NotSent(str(error))
        case passages.AnswerLate():
            return AnswerLate(str(error))
        case _:
            return AnswerLost(str(error))


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
