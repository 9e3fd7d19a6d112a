"""Calls the Zalo Bot API. One call sends at most once.

Zalo answers its refusals with HTTP status 200: the envelope in the body is read first, the status only where there is no
envelope (zalo-bot.md 1, 2026-11). Retrying, pacing and the meaning of refusals are left to others.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from yarl import URL

from bot.channels.passage import AnswerLost, NotSent, Passage, post_once
from bot.channels.zalo_bot.errors import Refused, ServerTrouble, SomebodyElse

# Idle connections are let go by us rather than by Zalo, so that few requests meet one that is just ending.
_IDLE_S = 30.0
_TOO_MANY_REQUESTS = 429

_to_json = json.JSONEncoder(separators=(",", ":")).encode  # Its escapes also carry what is no valid UTF-8.


class Client:
    """One bot's way to Zalo, between `open` and `close`."""

    def __init__(self, base_url: str, token: str, *, connect: timedelta, answer: timedelta) -> None:
        """`connect` covers name, TCP and TLS; the wait for the `answer` starts when the request is out."""
        self._prefix = f"{base_url}{token}/"
        self._connect_s = connect.total_seconds()
        self._answer_s = answer.total_seconds()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Whoever sends bounds what is under way; a poll holds one more connection all the time.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S, ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self, method: str, parameters: Mapping[str, Any] | None = None, *, answer: timedelta | None = None
    ) -> Any:
        """The result of a method, None where Zalo gives none.

        Raises ZaloBotError where Zalo or something in its place said no, PassageError where the request or its answer
        got lost.
        """
        if self._session is None:
            raise RuntimeError("the client is not open")
        answer_s = answer.total_seconds() if answer is not None else self._answer_s
        passage = Passage(self._session, self._connect_s, answer_s, answer_s)
        body = _to_json(parameters or {}).encode()
        status, answered = await post_once(passage, self._address(method), body)
        return result_of(status, answered)

    def _address(self, method: str) -> URL:
        try:
            return URL(self._prefix + method)
        except ValueError:
            failure = NotSent("the base address is none")
        raise failure  # Outside of the except block, so that no traceback leads back to the token.


def result_of(status: int, body: bytes) -> Any:
    """What an answer brings. Raises as `Client.call` does."""
    envelope = _envelope(body)
    if envelope is None:
        if status >= 500:
            raise ServerTrouble(status)
        if status == _TOO_MANY_REQUESTS:
            raise Refused(status)
        if status >= 300:
            raise SomebodyElse(status)
        raise AnswerLost(f"the answer with status {status} is not Zalo's")
    if envelope["ok"]:
        return envelope.get("result")
    raise Refused(_number(envelope, status))


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def _number(envelope: Mapping[str, Any], status: int) -> int:
    """Zalo spells it in two ways (zalo-bot.md 1); a real status says the same."""
    for name in ("error_code", "errorCode"):
        number = envelope.get(name)
        if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 10:
            number = int(number)
        if type(number) is int:
            return number
    return status if status >= 400 else 0
