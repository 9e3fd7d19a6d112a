"""Telegram's raw updates as intake keeps them: named and addressed, not understood.

Whatever comes with the right secret is kept, also what is no update at all, so that an operator can look at it.
"""

import hashlib
import json
from typing import Any

from bot.channels.contract import Update
from bot.channels.telegram.parsing import lane_of

_KEPT_LETTERS = 10_000  # Of what is no update.
_LARGEST_ID = 2**63
_NO_LANE = "-"


def read_update(body: bytes) -> Update:
    """The update in a webhook's request. Never raises: what is no JSON is kept as its text."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _malformed(body.decode("utf-8", "replace"))
    return update_of(payload)


def update_of(payload: Any) -> Update:
    """One element of getUpdates' answer. Never raises either."""
    try:
        whole = json.dumps(payload, allow_nan=False)  # The databases keep only what is JSON by the letter.
    except (ValueError, RecursionError):
        return _malformed(repr(payload)[:_KEPT_LETTERS])
    if not isinstance(payload, dict):
        return _malformed(whole)
    number = update_id_of(payload)
    event_id = f"unnumbered:{_digest(whole)}" if number is None else str(number)
    return Update(event_id, lane_of(payload), payload)


def update_id_of(payload: Any) -> int | None:
    """The number by which Telegram counts this update, which `offset` confirms."""
    number = payload.get("update_id") if isinstance(payload, dict) else None
    return number if type(number) is int and 0 < number < _LARGEST_ID else None


def press_id_of(payload: Any) -> str:
    """The id of the button press that an update tells of, which wants an answer at once; "" where there is none."""
    query = payload.get("callback_query") if isinstance(payload, dict) else None
    query_id = query.get("id") if isinstance(query, dict) else None
    return query_id if isinstance(query_id, str) else ""


def _malformed(words: str) -> Update:
    return Update(f"malformed:{_digest(words)}", _NO_LANE, {"malformed": words[:_KEPT_LETTERS]})


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
