"""Who granted what to whom: authorization codes and token pairs, and how they die.

A refresh gives a new pair and voids the old refresh AND access token; so does granting anew.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.emulators.clock import EmulatorClock
from tests.emulators.zalo_oa.refusals import Refused
from tests.emulators.zalo_oa.signing import challenge as challenge_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA, App

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)


class PKCE(enum.StrEnum):
    """How the app's console is set: a fresh challenge per request, one fixed pair, or none at all."""

    PER_REQUEST = "per_request"
    FIXED = "fixed"
    NONE = "none"


@dataclass(slots=True)
class Code:
    text: str
    app: App
    oa: OA
    challenge: str
    until: datetime
    is_used: bool = False


@dataclass(slots=True)
class Pair:
    """One access token and its refresh token; `is_void` once a newer pair took its place."""

    access_token: str
    refresh_token: str
    app: App
    oa: OA
    access_until: datetime
    refresh_until: datetime
    is_void: bool = False
    is_withdrawn: bool = False


@dataclass(slots=True)
class Grants:
    clock: EmulatorClock
    codes: dict[str, Code] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    _by_access: dict[str, Pair] = field(default_factory=dict)
    _by_refresh: dict[str, Pair] = field(default_factory=dict)
    _number: int = 0

    def approve(self, app: App, oa: OA, challenge: str) -> Code:
        """The OA's admin pressed "allow"."""
        code = Code(f"CODE-{self._next()}", app, oa, challenge, self.clock.now() + CODE_LIFE)
        self.codes[code.text] = code
        return code

    def exchange(self, app: App, code_text: str, verifier: str) -> Pair:
        code = self.codes.get(code_text)
        if code is None or code.is_used or code.app is not app:
            raise Refused(-14005)
        if self.clock.now() > code.until:
            raise Refused(-14019)
        if code.challenge and challenge_of(verifier) != code.challenge:
            raise Refused(-14005, "Code verifier does not fit the code challenge")
        code.is_used = True
        return self.issue(app, code.oa)

    def refresh(self, app: App, token: str) -> Pair:
        pair = self._by_refresh.get(token)
        if pair is None or pair.app is not app or pair.is_withdrawn:
            raise Refused(app.dead_refresh_code)
        if pair.is_void:
            if app.reuse_kills_grant:
                self._void(app, pair.oa)
            raise Refused(app.dead_refresh_code)
        if self.clock.now() > pair.refresh_until:
            raise Refused(-14020)
        return self.issue(app, pair.oa)

    def issue(self, app: App, oa: OA) -> Pair:
        """A new pair; the one before it is void from this moment."""
        self._void(app, oa)
        now, number = self.clock.now(), self._next()
        pair = Pair(
            access_token=f"AT-{oa.oa_id}-{number}",
            refresh_token=f"RT-{oa.oa_id}-{number}" if oa.gets_refresh_tokens else "",
            app=app,
            oa=oa,
            access_until=now + ACCESS_LIFE,
            refresh_until=now + REFRESH_LIFE,
        )
        self.pairs.append(pair)
        self._by_access[pair.access_token] = pair
        if pair.refresh_token:
            self._by_refresh[pair.refresh_token] = pair
        return pair

    def check(self, token: str | None) -> Pair:
        """The living pair of an access token: -216 when it is unknown or void, -220 when expired or withdrawn."""
        pair = self._by_access.get(token or "")
        if pair is None or pair.is_void:
            raise Refused(-216)
        if pair.is_withdrawn or self.clock.now() > pair.access_until:
            raise Refused(-220)
        return pair

    def current(self, app: App, oa: OA) -> Pair | None:
        """The pair that still has a living refresh token."""
        now = self.clock.now()
        return next(
            (
                p
                for p in reversed(self.pairs)
                if p.app is app
                and p.oa is oa
                and not (p.is_void or p.is_withdrawn)
                and now <= p.refresh_until
            ),
            None,
        )

    def has_granted(self, app: App, oa: OA) -> bool:
        return self.current(app, oa) is not None

    def withdraw(self, app: App, oa: OA) -> None:
        """The OA's admin took the permission back in the console."""
        for pair in self.pairs:
            if pair.app is app and pair.oa is oa:
                pair.is_withdrawn = True

    def _void(self, app: App, oa: OA) -> None:
        for pair in reversed(self.pairs):
            if pair.app is app and pair.oa is oa:
                if pair.is_void:
                    break
                pair.is_void = True

    def _next(self) -> int:
        self._number += 1
        return self._number
