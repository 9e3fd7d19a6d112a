"""What the OA can read back of its chats: the newest first, ten at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.requests import Request, number_of, only

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World

TYPES = {
    "text": "text",
    "audio": "voice",
    "image": "photo",
    "gif": "GIF",
    "link": "link",
    "list": "links",
    "sticker": "sticker",
    "location": "location",
}
MOST = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """`src`: 0 the OA, 1 the user."""

    src: int
    time: int
    type: str
    message: str
    message_id: str
    url: str = ""


def conversation(world: World, request: Request) -> list[JSON]:
    only(request.params, "user_id", "offset", "count")
    user = request.user()
    return _page(request, [_told(user, entry) for entry in reversed(user.history)])


def recent_chats(world: World, request: Request) -> list[JSON]:
    only(request.params, "offset", "count")
    chats = [user for user in request.oa.users.values() if user.history]
    chats.sort(key=lambda user: user.history[-1].time, reverse=True)
    return _page(request, [_told(user, user.history[-1]) for user in chats])


def _page(request: Request, entries: list[JSON]) -> list[JSON]:
    offset = number_of(request.params, "offset", least=0, most=1_000_000, default=0)
    count = number_of(request.params, "count", least=1, most=MOST, default=MOST)
    return entries[offset : offset + count]


def _told(user: User, entry: Entry) -> JSON:
    oa = {"id": user.oa.oa_id, "name": user.oa.name, "avatar": "https://s120-ava-talk.zadn.vn/oa.jpg"}
    person = {"id": user.user_id, "name": user.name, "avatar": "https://s120-ava-talk.zadn.vn/u.jpg"}
    sender, recipient = (oa, person) if entry.src == 0 else (person, oa)
    told: JSON = {
        "src": entry.src,
        "time": entry.time,
        "type": entry.type,
        "message": entry.message,
        "message_id": entry.message_id,
        "from_id": sender["id"],
        "to_id": recipient["id"],
        "from_display_name": sender["name"],
        "to_display_name": recipient["name"],
        "from_avatar": sender["avatar"],
        "to_avatar": recipient["avatar"],
    }
    return told | ({"url": entry.url, "thumb": entry.url} if entry.url else {})
