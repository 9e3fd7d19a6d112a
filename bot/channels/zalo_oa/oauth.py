"""Zalo's OAuth v4: the address at which an OA's administrator says yes, and the endpoint that hands out token pairs.

A pair's refresh token works once; a new pair voids the one before it, its access token too (zalo-oa.md 1, 2026-11).
"""

import base64
import hashlib
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from yarl import URL

from bot.channels.passage import AnswerLost, NotSent, post_once
from bot.channels.zalo_oa.client import Api, envelope_of, error_of
from bot.channels.zalo_oa.errors import Refused, ServerTrouble, SomebodyElse

BUSY = -32  # Too many calls: the one refusal that says nothing of the permission (zalo-oa.md 1.3).

_VERIFIER_LENGTH = 43
_LIFE_UNSAID = timedelta(hours=1)  # Where Zalo does not say how long a pair lives: better renewed too early.
_LONGEST_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Pair:
    """What a grant consists of. Shown nowhere: neither in a log nor in a traceback."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)  # "" where Zalo gives none.
    lifetime: timedelta


class OAuth:
    """The app at Zalo's OAuth host."""

    def __init__(
        self, api: Api, *, app_id: str, app_secret: str, answer: timedelta = timedelta(seconds=15)
    ) -> None:
        """`answer`: how long to wait for a pair."""
        self._api = api
        self._answer = answer
        self._app_id = app_id
        self._headers = {
            "secret_key": app_secret,
            "Content-Type": "application/x-www-form-urlencoded",
        }

    @property
    def longest(self) -> timedelta:
        """How long one question may take."""
        return timedelta(seconds=self._api.longest_s(self._answer))

    def permission_address(self, *, back: str, state: str, challenge: str) -> str:
        """Where an administrator of an OA says yes; an empty `challenge` is left out."""
        query = {"app_id": self._app_id, "redirect_uri": back}
        if challenge:
            query["code_challenge"] = challenge
        return f"{self._api.oauth_base}/v4/oa/permission?{urlencode(query | {'state': state})}"

    async def exchange(self, code: str, *, verifier: str) -> Pair:
        """The first pair for what she came back with. Raises as `refresh` does."""
        form = {"code": code, "app_id": self._app_id, "grant_type": "authorization_code"}
        return await self._ask(form | ({"code_verifier": verifier} if verifier else {}))

    async def refresh(self, refresh_token: str) -> Pair:
        """The next pair.

        Raises Refused where Zalo said no, NotSent and SomebodyElse where it never saw the question, AnswerLost and
        ServerTrouble where it may have answered with a pair that did not reach us.
        """
        return await self._ask(
            {"refresh_token": refresh_token, "app_id": self._app_id, "grant_type": "refresh_token"}
        )

    async def _ask(self, form: Mapping[str, str]) -> Pair:
        passage = self._api.passage(self._headers, answer=self._answer)
        status, body = await post_once(passage, self._token_address(), urlencode(form).encode())
        return pair_of(status, body)

    def _token_address(self) -> URL:
        try:
            return URL(f"{self._api.oauth_base}/v4/oa/access_token")
        except ValueError as exc:
            raise NotSent("the base address is none") from exc


def pair_of(status: int, body: bytes) -> Pair:
    """What the token endpoint answered: a token in it is what makes it a yes, never its status (1.3)."""
    answer = envelope_of(body)
    if answer is not None and (access := _text(answer, "access_token")):
        return Pair(access, _text(answer, "refresh_token"), _lifetime(answer.get("expires_in")))
    if status >= 500:
        raise ServerTrouble(status)
    code = error_of(answer)
    # Zalo says no with a negative number. What says it otherwise, and by its status, is a proxy's: no reason to give up.
    if status >= 300 and (code is None or code >= 0):
        raise SomebodyElse(status)
    if answer is not None and answer.get("error"):
        raise Refused(code or 0)
    raise AnswerLost(f"the answer with status {status} holds no token")


def new_verifier() -> str:
    """Mixed-case letters and digits, as Zalo wants them."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(_VERIFIER_LENGTH))


def challenge_of(verifier: str) -> str:
    """base64url, without padding, of the SHA-256 of the verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def _lifetime(value: object) -> timedelta:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if type(value) is not int or value <= 0:
        return _LIFE_UNSAID
    return timedelta(seconds=min(value, _LONGEST_S))
