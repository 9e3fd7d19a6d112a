"""Whether a webhook's request comes from Zalo: its signature over the very bytes that came (zalo-oa.md 2.2, 2026-11).

Plain SHA-256 over four texts one after the other, as Zalo has it; not an HMAC.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

HEADER = "X-ZEvent-Signature"

_GIVEN = re.compile(r"\s*(?:mac\s*=\s*)?([0-9a-f]{64})\s*", re.IGNORECASE)


class Flaw(StrEnum):
    """Why a signature is not good, as far as that can be told."""

    UNSIGNED = "unsigned"
    WRONG_KEY = "wrong_key"  # Signed with the app's secret, which is not the key of the OA's webhook; or we have no key.
    WRONG_FIRST_TERM = (
        "wrong_first_term"  # Signed with our key, but in the name of the OA instead of the app.
    )
    FORGED = "bad_signature"  # By somebody else, or with a key of which we know nothing.


@dataclass(frozen=True, slots=True)
class Keys:
    """What the operator set. `app_secret` only tells what is wrong: nothing that it signs is ever accepted."""

    app_id: str
    oa_secret_key: str = field(repr=False)
    app_secret: str = field(default="", repr=False)

    def is_good(self, body: bytes, timestamp: str, given: str) -> bool:
        """Whether the header's value signs this body. `timestamp` as `timestamp_of` has it."""
        return bool(self.oa_secret_key) and _is_signed(
            self.app_id, body, timestamp, self.oa_secret_key, given
        )

    def diagnose(self, body: bytes, timestamp: str, given: str, oa_id: str) -> Flaw:
        """What is wrong with a signature that is not good; `oa_id` as the body has it."""
        if not given:
            return Flaw.UNSIGNED
        if not self.oa_secret_key:
            return Flaw.WRONG_KEY
        for first in (self.app_id, oa_id):
            if self.app_secret and _is_signed(first, body, timestamp, self.app_secret, given):
                return Flaw.WRONG_KEY
        if oa_id and _is_signed(oa_id, body, timestamp, self.oa_secret_key, given):
            return Flaw.WRONG_FIRST_TERM
        return Flaw.FORGED


def signature(first: str, body: bytes, timestamp: str, key: str) -> str:
    """The 64 hex digits."""
    digest = hashlib.sha256(_bytes(first))
    for part in (body, _bytes(timestamp), _bytes(key)):
        digest.update(part)
    return digest.hexdigest()


def unproven(body: bytes) -> Mapping[str, Any] | None:
    """The body's JSON object, each number in it as the letters it was written in. None when it is no such object.

    Enough to tell who should have signed it; whoever may have written it, it costs no more than this. Never raises.
    """
    try:
        # Numbers stay their letters: 1767225600000.0 is signed as it stands, and no number is too long.
        payload = json.loads(body, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def timestamp_of(payload: Mapping[str, Any]) -> str:
    """The text of its own `timestamp`, of what `unproven` gave; "" where it has none."""
    written = payload.get("timestamp")
    return written if isinstance(written, str) else ""


def _is_signed(first: str, body: bytes, timestamp: str, key: str, given: str) -> bool:
    found = _GIVEN.fullmatch(given)
    ours = signature(first, body, timestamp, key)
    return found is not None and hmac.compare_digest(found[1].lower(), ours)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
