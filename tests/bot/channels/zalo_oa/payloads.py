"""Events shaped as Zalo sends them, with invented people, and the bytes and headers that they come in."""

import json
from typing import Any

from bot.channels.zalo_oa.signature import HEADER, Keys, signature

JSON = dict[str, Any]

APP = "1234567890123456789"
OA = "7000000000000000001"
HOA = "9000000000000000001"
ADMIN = "6000000000000000001"
SENT_MS = 1_795_399_200_000  # When the tests' clock starts.
MSG = "a1b2c3d4e5f60718"

KEYS = Keys(APP, oa_secret_key="example-oa-secret-key", app_secret="example-app-secret")


def _event(name: str, **content: Any) -> JSON:
    event = {"app_id": APP, "event_name": name, "timestamp": str(SENT_MS), **content}
    return {key: value for key, value in event.items() if value is not ...}


def from_her(name: str, message: Any = ..., **more: Any) -> JSON:
    return _event(name, **{"sender": {"id": HOA}, "recipient": {"id": OA}, "message": message} | more)


def to_her(name: str, message: Any = ..., **more: Any) -> JSON:
    return _event(name, **{"sender": {"id": OA}, "recipient": {"id": HOA}, "message": message} | more)


def by_hand(name: str, message: Any) -> JSON:
    return to_her(name, message, sender={"id": OA, "admin_id": ADMIN})


def of_oa(name: str, **more: Any) -> JSON:
    return _event(name, **{"oa_id": OA} | more)


def follow(name: str = "follow", **more: Any) -> JSON:
    return of_oa(name, **{"follower": {"id": HOA}, "source": "oa_profile"} | more)


def text(words: Any, **more: Any) -> JSON:
    return from_her("user_send_text", {"text": words, "msg_id": MSG}, **more)


def attached(kind: str, *payloads: Any, **message: Any) -> JSON:
    """A message's content with attachments of one kind."""
    return {
        "msg_id": MSG,
        "attachments": [{"type": kind, "payload": payload} for payload in payloads],
    } | message


def written(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def signed(body: bytes, *, timestamp: str = str(SENT_MS), first: str = APP, key: str = "") -> dict[str, str]:
    """The headers that Zalo sends with these bytes."""
    mac = signature(first, body, timestamp, key or KEYS.oa_secret_key)
    return {"Content-Type": "application/json", "User-Agent": "ZaloWebhook", HEADER: f"mac={mac}"}
