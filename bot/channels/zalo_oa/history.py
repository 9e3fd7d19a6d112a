"""Reads back what was said in a chat with an Official Account (zalo-oa.md 4.5, 2026-11).

For two things: to find out whether a message whose answer was lost has arrived, and (in `recovery`) what members wrote
while nobody told us.
"""

import asyncio
import unicodedata
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bot.channels.passage import PassageError
from bot.channels.zalo_oa.errors import ZaloOAError
from bot.clock import LONG_PAST

CONVERSATION = "/v2.0/oa/conversation"
RECENT_CHATS = "/v2.0/oa/listrecentchat"
MOST = 10  # Zalo tells so many at once.

_SLACK = timedelta(seconds=5)  # So far Zalo's clock may stand behind ours.
_REMEMBERED = 256


class Asking(Protocol):
    """What is needed of `client.OAClient`."""

    async def get(self, path: str, data: Mapping[str, Any] | None = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a chat, either way."""

    is_ours: bool
    at: datetime
    kind: str  # Zalo's word: text, voice, photo, GIF, link, links, sticker, location ...
    text: str
    message_id: str
    from_id: str
    to_id: str
    raw: Mapping[str, Any]
    is_clear: bool = True  # Else nobody knows whose it is or of when: `is_ours` and `at` say nothing.


async def conversation(client: Asking, user_id: str, *, offset: int = 0, count: int = MOST) -> Sequence[Said]:
    """Her newest messages and ours, the newest first. Raises as the client does; what is not understood is left out."""
    asked = {"user_id": user_id, "offset": offset, "count": count}
    return [said for said in _read(await client.get(CONVERSATION, asked)) if said.is_clear]


async def recent_chats(client: Asking, *, offset: int = 0, count: int = MOST) -> Sequence[Said]:
    """The last message of each chat, the newest first. One that is not understood is told as well, as not clear: its chat
    must not be missed for it.
    """
    return _read(await client.get(RECENT_CHATS, {"offset": offset, "count": count}))


class Search:
    """Finds a message of ours whose answer was lost."""

    def __init__(self, client: Asking, patience: timedelta) -> None:
        self._client = client
        self._patience = patience
        # Ours that were answered: another message of the same words a moment before is not the one that is looked for.
        self._answered: deque[str] = deque(maxlen=_REMEMBERED)

    def answered(self, message_id: str) -> None:
        self._answered.append(message_id)

    async def find(self, user_id: str, text: str, *, since: datetime) -> str | None:
        """The id of the one message of ours with these words; None when there is none, several, or no telling."""
        wanted = unicodedata.normalize("NFC", text).strip()
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                told = await conversation(self._client, user_id)
        except (ZaloOAError, PassageError, TimeoutError):
            return None
        found = [
            said.message_id
            for said in told
            if said.is_ours
            and said.at >= since - _SLACK
            and unicodedata.normalize("NFC", said.text).strip() == wanted
            and said.message_id not in self._answered
        ]
        if len(found) != 1 or not found[0]:
            return None
        self.answered(found[0])
        return found[0]


def _read(data: Any) -> list[Said]:
    entries = data if isinstance(data, list) else []
    return [_said(entry) for entry in entries if isinstance(entry, dict)]


def _said(entry: Mapping[str, Any]) -> Said:
    is_clear = True
    try:
        src, at = int(entry["src"]), datetime.fromtimestamp(int(entry["time"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        src, at, is_clear = 1, LONG_PAST, False
    return Said(
        is_ours=src == 0,
        at=at,
        kind=_text(entry, "type"),
        text=_text(entry, "message"),
        message_id=_text(entry, "message_id"),
        from_id=_text(entry, "from_id"),
        to_id=_text(entry, "to_id"),
        raw=entry,
        is_clear=is_clear,
    )


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return str(value) if isinstance(value, str | int) else ""
