"""Reads Zalo's updates as plain JSON, as `updates` has them kept. Whatever the JSON is, nothing here raises."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import text
from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.zalo_bot.updates import CAME_MS, UPDATE, chat_of, id_of, message_of, unwrapped

JSON = Mapping[str, Any]

# Events with something in them that we cannot read, and what we call it. `unsupported` are links, files and the like, and
# whatever people write whom Zalo's policy protects (zalo-bot.md 3.1, 2026-11).
MEDIA: Mapping[str, str] = {
    "message.image.received": "photo",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "other",
}
# Where the file of such an event lies: public addresses that end after a while. Documented is `photo`, live `photo_url`.
FILES: Mapping[str, tuple[FileKind, tuple[str, ...]]] = {
    "message.image.received": (FileKind.IMAGE, ("photo_url", "photo")),
    "message.voice.received": (FileKind.VOICE, ("voice_url",)),
}
# Named in one SDK only.
MEETINGS: Mapping[str, IncomingKind] = {
    "user.follow": IncomingKind.START,
    "user.unfollow": IncomingKind.LEFT,
}

_EVENT = re.compile(r"[a-z_]{1,20}(\.[a-z_]{1,20}){1,3}")
# The webhook's secret is always the same and stops no replay (zalo-bot.md 3.3).
_OLDEST_MS = 24 * 3600 * 1000
_FIRST_MS = 10**11  # A smaller number counts seconds.
_LARGEST_MS = 10**15
_LONGEST_ADDRESS = 4096


@dataclass(frozen=True, slots=True)
class Reader:
    """What must be known to understand updates: whose they are, and whether groups concern us."""

    bot_id: str
    hears_groups: bool
    bot_name: str = ""  # In a group every message begins with it.

    def read(self, kept: JSON) -> Incoming | Ignored:
        """Understand one update as `updates` has it kept."""
        payload = kept.get(UPDATE)
        if not isinstance(payload, Mapping):
            return Ignored("malformed")
        event = unwrapped(payload).get("event_name")
        message = message_of(payload)
        if not isinstance(event, str) or not _EVENT.fullmatch(event):
            return Ignored("malformed")
        if event != "message.text.received" and event not in MEDIA and event not in MEETINGS:
            return Ignored(event)
        if ignored := self._not_for_us(message, kept.get(CAME_MS)):
            return ignored
        return self._understood(event, message)

    def _not_for_us(self, message: JSON, came_ms: object) -> Ignored | None:
        sender, chat = _object(message, "from"), _object(message, "chat")
        if not chat_of(message):
            return Ignored("malformed")
        if id_of(sender.get("id")) == self.bot_id:
            return Ignored("own")
        if sender.get("is_bot") is True:
            return Ignored("bot")
        match chat.get("chat_type"):
            case "GROUP" if not self.hears_groups:
                return Ignored("group")
            case "GROUP" | "PRIVATE":
                pass
            case None if not chat or chat_of({"chat": chat}) == id_of(sender.get("id")):
                pass  # Her own chat, though it does not say so.
            case _:
                return Ignored("malformed")
        return Ignored("replay") if _is_old(message.get("date"), came_ms) else None

    def _understood(self, event: str, message: JSON) -> Incoming | Ignored:
        address, message_id = chat_of(message), id_of(message.get("message_id"))
        if event in MEETINGS:
            return Incoming(address, MEETINGS[event], message_id=message_id)
        if event in MEDIA:
            caption = self._words(message, "caption")
            return Incoming(
                address,
                IncomingKind.MEDIA,
                caption,
                message_id,
                media=MEDIA[event],
                files=_files(event, message),
            )
        words = self._words(message, "text")
        return Incoming(address, IncomingKind.TEXT, words, message_id) if words else Ignored("empty")

    def _words(self, message: JSON, name: str) -> str:
        value = message.get(name)
        words = text.clean(value) if isinstance(value, str) else ""
        mention = f"@{self.bot_name}"
        is_group = _object(message, "chat").get("chat_type") == "GROUP"
        if is_group and self.bot_name and words.startswith(mention):
            return words[len(mention) :].strip()
        return words


def _files(event: str, message: JSON) -> tuple[RemoteFile, ...]:
    kind, names = FILES.get(event, (FileKind.FILE, ()))
    for name in names:
        source = message.get(name)
        if isinstance(source, str) and 0 < len(source) <= _LONGEST_ADDRESS and source.isprintable():
            return (RemoteFile(kind, source),)
    return ()


def _is_old(date: object, came_ms: object) -> bool:
    sent = _milliseconds(date)
    came = _milliseconds(came_ms)
    return sent is not None and came is not None and sent < came - _OLDEST_MS


def _milliseconds(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    if type(value) is not int or not 0 < value < _LARGEST_MS:
        return None
    return value if value >= _FIRST_MS else value * 1000


def _object(parent: JSON, key: str) -> JSON:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}
