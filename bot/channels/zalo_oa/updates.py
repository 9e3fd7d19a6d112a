"""Zalo's events as intake keeps them: named, addressed and dated, not understood.

What is told again comes in the same bytes, so it gets the same name; two things that somebody did never get one. Kept
beside the event is when it came.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.channels.contract import Update

JSON = Mapping[str, Any]

CAME_MS = "came_ms"
UPDATE = "update"

TAGGING = frozenset({"add_user_to_tag", "remove_user_from_tag"})
"""They may concern several people at once: each gets an update of her own, in her own lane."""

# What bears the number of a message of its own. A reaction and a receipt bear that of a message that they are about, and
# there may be several of them (zalo-oa.md 2.2 and 2.3, 2026-11).
_MESSAGES = ("user_send_", "oa_send_", "anonymous_send_")
# In these the OA is the sender and the person the recipient, as in all `oa_` events.
_ABOUT_OURS = frozenset({"user_received_message", "user_seen_message"})

_LONGEST_ID = 100
_NO_LANE = "-"
# Zalo repeats for two hours at most (zalo-oa.md 2.2). What is older than a day is somebody's replay, and the row by which
# we would know it again may be gone.
_OLDEST_MS = 24 * 3600 * 1000
_FIRST_MS = 10**12  # A smaller number counts seconds (zalo-oa.md 8).
_TIMESTAMP = re.compile(r"([1-9][0-9]{0,14})(?:\.[0-9]*)?")


def read_event(body: bytes) -> JSON | None:
    """The event in a request's body; None for what the databases do not keep as JSON. Never raises."""
    try:
        payload = json.loads(body)
        json.dumps(payload, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def updates_of(payload: JSON, came: datetime, *, body: bytes | None = None) -> Sequence[Update]:
    """The updates of one event as `read_event` has it, mostly one. `body`: the bytes that it came in, if it came in any."""
    digest = hashlib.sha256(json.dumps(payload).encode() if body is None else body).hexdigest()
    came_ms = round(came.timestamp() * 1000)
    name = name_of(payload)
    if name in TAGGING and (people := _tagged(payload)):
        return [
            Update(f"sha:{digest}:{person_id}", person_id, {CAME_MS: came_ms, UPDATE: narrowed})
            for person_id, narrowed in people.items()
        ]
    message_id = id_of(object_of(payload, "message").get("msg_id"))
    is_numbered = message_id and len(name) < _LONGEST_ID and name.startswith(_MESSAGES)
    event_id = f"{name}:{message_id}" if is_numbered else f"sha:{digest}"
    return [Update(event_id, person_of(payload) or _NO_LANE, {CAME_MS: came_ms, UPDATE: dict(payload)})]


def name_of(payload: JSON) -> str:
    """The event's name; "" for what has none."""
    name = payload.get("event_name")
    return name if isinstance(name, str) and name.isprintable() else ""


def person_of(payload: JSON) -> str:
    """Whom the event is about: a person's id at this OA, or a group's; "" when it is nobody."""
    name = name_of(payload)
    sender, recipient = (id_of(object_of(payload, side).get("id")) for side in ("sender", "recipient"))
    if name.startswith("oa_") or name in _ABOUT_OURS or "_send_group_" in name:
        return recipient
    return (
        sender
        or id_of(object_of(payload, "follower").get("id"))
        or id_of(payload.get("user_id"))
        or id_of(payload.get("group_id"))
    )


def accounts_of(payload: JSON) -> Iterator[str]:
    """The ids that may be the OA's, the likeliest first: where an event has it depends on its kind."""
    sender, recipient = (id_of(object_of(payload, side).get("id")) for side in ("sender", "recipient"))
    is_ours = name_of(payload).startswith("oa_") or name_of(payload) in _ABOUT_OURS
    sides = (sender, recipient) if is_ours else (recipient, sender)
    for oa_id in (id_of(payload.get("oa_id")), id_of(payload.get("oaId")), *sides):
        if oa_id:
            yield oa_id


def is_old(timestamp: str, came: datetime) -> bool:
    """Whether it happened longer ago than Zalo would still tell. What cannot be read is not old."""
    sent_ms = milliseconds(timestamp)
    return sent_ms is not None and sent_ms < round(came.timestamp() * 1000) - _OLDEST_MS


def milliseconds(timestamp: object) -> int | None:
    """A time of Zalo's, in whatever form it is written; None for what is none."""
    found = _TIMESTAMP.fullmatch(str(timestamp)) if isinstance(timestamp, str | int | float) else None
    if found is None:
        return None
    value = int(found[1])
    return value if value >= _FIRST_MS else value * 1000


def object_of(parent: JSON, key: str) -> JSON:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def id_of(value: object) -> str:
    """An id as the opaque text it is; "" for what is none."""
    if type(value) is int:
        return str(value) if -(2**100) < value < 2**100 else ""
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        return ""
    return value if value.isprintable() else ""  # PostgreSQL keeps no NUL and no half of a surrogate pair.


def _tagged(payload: JSON) -> dict[str, JSON]:
    """For each person of a tag's event the event as if it were about her alone."""
    tag = object_of(payload, "tag")
    listed = tag.get("user_ids")
    ids = [id_of(person_id) for person_id in listed] if isinstance(listed, list) else []
    return {person_id: {**payload, "tag": {**tag, "user_ids": [person_id]}} for person_id in ids if person_id}
