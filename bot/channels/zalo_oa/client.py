"""Calls Zalo's OA API. One call is carried out at most once.

Zalo answers everything with HTTP status 200: the envelope's `error` is read first, the status only where there is no
envelope (zalo-oa.md 0.3, 2026-11). Retrying, pacing and the meaning of refusals are left to others; only what a refused
token needs is done here, because nothing was carried out then.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.channels.passage import AnswerLost, NotSent, Passage, post_once
from bot.channels.zalo_oa.call_limit import CallLimit
from bot.channels.zalo_oa.errors import Refused, ServerTrouble, SomebodyElse
from bot.clock import Clock

# Idle connections are let go by us rather than by Zalo, so that few requests meet one that is just ending.
_IDLE_S = 30.0
_CONNECT_S = 5.0
_SHORTEST = timedelta(seconds=1)  # With less time a second try is not worth its doubt.
_UPLOAD_PAUSE_S = 20.0  # An upload may take long, but not stand still for longer than this.

# What a refused token is told with, where (zalo-oa.md 5.1, with the strays that the vendor does not list, and 5.3).
_TOKEN_CODES: Final = frozenset({-216, -220, 216, 401, -401, -124, -222})
_BUSINESS_TOKEN_CODES: Final = frozenset({-124, -1241})

_to_json = json.JSONEncoder(separators=(",", ":")).encode  # Its escapes also carry what is no valid UTF-8.

Answer = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Access:
    """An access token, and which of the account's it is: they are counted."""

    token: str = field(repr=False)
    version: int


class Grant(Protocol):
    """What a client needs of an account's permission (`tokens.Tokens`). Both raise NeedsAuthorization."""

    async def current(self) -> Access: ...

    async def renew(self, stale_version: int) -> None:
        """Returns when there is another access than this one, or it could not be had now."""


class Api:
    """The app's way to Zalo, between `open` and `close`: what all its accounts share."""

    def __init__(
        self,
        *,
        base_url: str,
        business_base_url: str,
        oauth_base_url: str,
        per_minute: int,
        send_timeout: timedelta,
        clock: Clock,
        proof_key: str = "",
    ) -> None:
        """With a `proof_key`, the app's secret, each call proves that it is the app's."""
        self.base = base_url.rstrip("/")
        self.business_base = business_base_url.rstrip("/")
        self.oauth_base = oauth_base_url.rstrip("/")
        self.limit = CallLimit(per_minute, clock)
        self._proof_key = proof_key.encode()
        self._connect_s = min(_CONNECT_S, send_timeout.total_seconds() / 4)
        self._answer_s = self.answer_within(send_timeout.total_seconds()).total_seconds()
        # Whoever calls has a deadline as well, at which it is too late to say that nothing was sent.
        self.access_s = send_timeout.total_seconds() / 3
        """How long to wait for an access that is being renewed."""
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Whoever sends bounds what is under way.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S, ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def passage(
        self,
        headers: Mapping[str, str],
        *,
        answer: timedelta | None = None,
        note: Callable[[Mapping[str, str]], None] | None = None,
    ) -> Passage:
        if self._session is None:
            raise RuntimeError("the client is not open")
        answer_s = answer.total_seconds() if answer is not None else self._answer_s
        return Passage(
            self._session,
            self._connect_s,
            max(answer_s, _UPLOAD_PAUSE_S),
            answer_s,
            headers=headers,
            note=note,
        )

    def longest_s(self, answer: timedelta | None = None) -> float:
        """How long one call may take: two connections, for a kept one may be dead, and the answer."""
        return 2 * self._connect_s + (answer.total_seconds() if answer is not None else self._answer_s)

    def answer_within(self, seconds: float) -> timedelta:
        """How long an answer may take for a call that must be over in so many seconds."""
        return timedelta(seconds=seconds - 2 * self._connect_s)

    def headers_of(self, token: str) -> dict[str, str]:
        if not self._proof_key:
            return {"access_token": token}
        proof = hmac.new(self._proof_key, token.encode(), hashlib.sha256).hexdigest()
        return {"access_token": token, "appsecret_proof": proof}


class OAClient:
    """The calls of one account. Paths as in Zalo's documents: "/v3.0/oa/message/cs".

    Every call gives the envelope's `data`, None where there is none, and raises one of `errors` or PassageError.
    """

    def __init__(self, api: Api, grant: Grant) -> None:
        self._api = api
        self._grant = grant
        self._addresses: dict[str, URL] = {}

    async def get(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        plain: bool = False,
        answer: timedelta | None = None,
    ) -> Any:
        """Zalo takes the parameters as one JSON document; `plain`: one by one in the query, as a few addresses want it."""
        query: Mapping[str, str] | None = None
        if data is not None:
            query = {name: str(value) for name, value in data.items()} if plain else {"data": _to_json(data)}
        address = self._address(self._api.base, path, query)
        return await self._call(lambda passage: passage.download(address), answer=answer)

    async def post(self, path: str, body: Mapping[str, Any], *, answer: timedelta | None = None) -> Any:
        address, content = self._address(self._api.base, path), _to_json(body).encode()
        return await self._call(lambda passage: post_once(passage, address, content), answer=answer)

    async def upload(self, path: str, *, name: str, content: bytes, media_type: str) -> Any:
        """Zalo goes by the name's extension."""
        address = self._address(self._api.base, path)

        async def send(passage: Passage) -> Answer:
            # The name as it is, like browsers: escaped it would be shown to her in escapes.
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", content, filename=name, content_type=media_type)
            return await passage.upload(address, form)

        return await self._call(send)

    async def business_get(self, path: str, query: Mapping[str, str]) -> Any:
        address = self._address(self._api.business_base, path, query)
        return await self._call(lambda passage: passage.download(address), is_business=True)

    async def business_post(self, path: str, body: Mapping[str, Any]) -> Any:
        address, content = self._address(self._api.business_base, path), _to_json(body).encode()
        return await self._call(lambda passage: post_once(passage, address, content), is_business=True)

    async def _call(
        self,
        send: Callable[[Passage], Awaitable[Answer]],
        *,
        answer: timedelta | None = None,
        is_business: bool = False,
    ) -> Any:
        time = asyncio.get_running_loop().time
        until = time() + self._api.longest_s(answer)
        try:
            async with asyncio.timeout(self._api.access_s):
                access = await self._grant.current()
        except TimeoutError:
            raise NotSent("the access is being renewed") from None
        try:
            return await self._call_with(access, send, answer, is_business)
        except Refused as error:
            if error.code not in (_BUSINESS_TOKEN_CODES if is_business else _TOKEN_CODES):
                raise
            refused = error
        # Refused for its token, so it was not carried out: once more with another one, within the time of one call.
        try:
            async with asyncio.timeout_at(min(until, time() + self._api.access_s)):
                await self._grant.renew(access.version)
                newer = await self._grant.current()
        except TimeoutError:
            raise refused from None
        left = self._api.answer_within(until - time())
        if newer.version == access.version or left <= _SHORTEST:
            raise refused
        return await self._call_with(newer, send, left, is_business)

    async def _call_with(
        self,
        access: Access,
        send: Callable[[Passage], Awaitable[Answer]],
        answer: timedelta | None,
        is_business: bool,
    ) -> Any:
        headers = self._api.headers_of(access.token)
        if is_business:
            passage = self._api.passage(headers, answer=answer)
        else:
            limit = self._api.limit
            minute = await limit.turn()
            passage = self._api.passage(headers, answer=answer, note=partial(limit.told, minute))
        status, body = await send(passage)
        return data_of(status, body, is_business=is_business)

    def _address(self, base: str, path: str, query: Mapping[str, str] | None = None) -> URL:
        try:
            if query is not None:
                return URL(f"{base}{path}?{urlencode(query)}", encoded=True)
            found = self._addresses.get(base + path)
            if found is None:
                found = self._addresses[base + path] = URL(base + path)
        except ValueError as exc:
            raise NotSent("the base address is none") from exc
        return found


def data_of(status: int, body: bytes, *, is_business: bool = False) -> Any:
    """What an answer brings. Raises as OAClient's calls do."""
    envelope = envelope_of(body)
    code = error_of(envelope)
    if envelope is None or code is None:
        raise_for(status)
        raise AnswerLost(f"the answer with status {status} is not Zalo's")
    if code:
        raise Refused(code, is_business=is_business)
    return envelope.get("data")


def envelope_of(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def error_of(envelope: Mapping[str, Any] | None) -> int | None:
    """The envelope's `error`, which Zalo writes as a number or as text; None where there is none."""
    error = envelope.get("error") if envelope is not None else None
    if isinstance(error, str) and len(error) < 12 and error.isascii() and error.removeprefix("-").isdigit():
        error = int(error)
    return error if type(error) is int else None


def raise_for(status: int) -> None:
    """Says what a status without an envelope means, where it means something."""
    if status >= 500:
        raise ServerTrouble(status)
    if status >= 300:
        raise SomebodyElse(status)
