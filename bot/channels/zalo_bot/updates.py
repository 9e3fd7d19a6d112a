"""Zalo's updates as intake keeps them: named, addressed and dated, not understood.

Whatever comes with the right secret is kept, also what is no update at all, so that an operator can look at it. Kept beside
it is when it came: a message that was old by then is a replay, one that waited here is not.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.contract import Update

CAME_MS = "came_ms"
UPDATE = "update"
_KEPT_LETTERS = 10_000  # Of what is no update.
_LONGEST_ID = 100
_NO_LANE = "-"


def read_update(body: bytes, now: datetime) -> Update:
    """The update in a webhook's request. Never raises: what is no JSON is kept as its text."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _malformed(body.decode("utf-8", "replace"))
    return update_of(payload, now)


def update_of(payload: Any, now: datetime) -> Update:
    """One update as JSON, in either of its two shapes. Never raises either."""
    try:
        whole = json.dumps(payload, allow_nan=False)  # The databases keep only what is JSON by the letter.
    except (ValueError, RecursionError):
        return _malformed(repr(payload)[:_KEPT_LETTERS])
    if not isinstance(payload, dict):
        return _malformed(whole)
    message = message_of(payload)
    message_id = id_of(message.get("message_id"))
    event_id = message_id if 0 < len(message_id) <= _LONGEST_ID else f"unnumbered:{_digest(whole)}"
    lane = chat_of(message) or _NO_LANE
    return Update(event_id, lane, {CAME_MS: round(now.timestamp() * 1000), UPDATE: payload})


def unwrapped(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The update itself: documented is `{"ok": ..., "result": update}`, live traffic is the bare update (zalo-bot.md 3.2)."""
    result = payload.get("result")
    return result if "event_name" not in payload and isinstance(result, Mapping) else payload


def message_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    message = unwrapped(payload).get("message")
    return message if isinstance(message, Mapping) else {}


def chat_of(message: Mapping[str, Any]) -> str:
    """The id of the chat; in a private one it is the sender's."""
    for name in ("chat", "from"):
        whose = message.get(name)
        if isinstance(whose, Mapping) and (found := id_of(whose.get("id"))):
            return found
    return ""


def is_written(kept: Mapping[str, Any]) -> bool:
    """Whether somebody wrote to the bot alone: what is answered, as far as one can see at once."""
    payload = kept.get(UPDATE)
    if not isinstance(payload, Mapping):
        return False
    event, message = unwrapped(payload).get("event_name"), message_of(payload)
    sender, chat = message.get("from"), message.get("chat")
    is_bots = isinstance(sender, Mapping) and sender.get("is_bot") is True
    is_private = isinstance(chat, Mapping) and chat.get("chat_type") == "PRIVATE"
    return isinstance(event, str) and event.startswith("message.") and is_private and not is_bots


def id_of(value: object) -> str:
    """An id as the opaque text it is; "" for what is none."""
    if type(value) is int:
        return str(value) if -(2**100) < value < 2**100 else ""
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        return ""
    return value if value.isprintable() else ""  # PostgreSQL keeps no NUL and no half of a surrogate pair.


def _malformed(words: str) -> Update:
    return Update(f"malformed:{_digest(words)}", _NO_LANE, {"malformed": words[:_KEPT_LETTERS]})


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
