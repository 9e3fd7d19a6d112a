"""Group chats of the OA (GMF): what is sent to them, what may be asked about them, and the events of their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.phone import Bubble, Phone
from tests.emulators.zalo_oa.bodies import read_message
from tests.emulators.zalo_oa.refusals import Refused
from tests.emulators.zalo_oa.requests import Request, number_of, object_of, only, text_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World


class Group(Phone):
    """A group with the OA in it. People speak in it with `user.says(..., group=group)`."""

    def __init__(self, world: World, oa: OA, group_id: str, name: str) -> None:
        super().__init__()
        self.world = world
        self.oa = oa
        self.group_id = group_id
        self.name = name
        self.members: list[User] = []
        self.asks: list[User] = []
        self.is_disabled = False
        self.has_oa = True

    def takes(self, user: User, kind: str, message: JSON) -> None:
        """Somebody wrote in the group."""
        text = f"{user.name}: {message.get('text') or f'[{kind}]'}"
        self.bubbles.append(Bubble(text, self.world.clock.ms(), None, str(message["msg_id"]), kind))
        event = {
            "sender": {"id": user.user_id},
            "recipient": {"id": self.group_id},
            "oa_id": self.oa.oa_id,
            "event_name": f"user_send_group_{kind}",
            "message": message,
        }
        self.world.announce(self.oa, event, person=user.person, lane=self.group_id)

    def admits(self, user: User) -> None:
        self.members.append(user)
        self.tells("user_join_group", user)

    def is_asked_by(self, user: User) -> None:
        self.asks.append(user)
        self.tells("user_request_join_group", user)

    def loses(self, user: User, event_name: str = "user_out_group") -> None:
        """`event_name`: the sources name it `user_out_group` or `user_leave_group`."""
        self.members.remove(user)
        self.tells(event_name, user)

    def tells(self, event_name: str, *users: User) -> None:
        """Any group event: create_group, add_group_admin, delete_group, ..."""
        event = {
            "oa_id": self.oa.oa_id,
            "group_id": self.group_id,
            "event_name": event_name,
            "users": [{"id": user.user_id} for user in users],
        }
        self.world.announce(self.oa, event, lane=self.group_id)

    def plain(self) -> JSON:
        return {
            "group_id": self.group_id,
            "name": self.name,
            "group_link": f"https://zalo.me/g/{self.group_id}",
            "avatar": "",
            "status": "disabled" if self.is_disabled else "enabled",
            "total_member": len(self.members),
        }


def send(world: World, request: Request) -> JSON:
    only(request.params, "recipient", "message")
    recipient = object_of(request.params, "recipient")
    only(recipient, "group_id")
    group = _group(request, recipient)
    if group.is_disabled:
        raise Refused(-237)
    shown = read_message(world, request.oa, object_of(request.params, "message"))
    message_id = world.next_text()
    received = world.received(shown, message_id, request.params)
    group.ring(received)
    message: JSON = {"msg_id": message_id, "text": shown.text}
    if shown.attachments:
        message["attachments"] = list(shown.attachments)
    event = {
        "sender": {"id": request.oa.oa_id},
        "recipient": {"id": group.group_id},
        "oa_id": request.oa.oa_id,
        "event_name": f"oa_send_group_{shown.event}",
        "message": message,
    }
    world.announce(request.oa, event, lane=group.group_id)
    return {"message_id": message_id, "group_id": group.group_id, "sent_time": str(received.sent_ms)}


def groups_of_oa(world: World, request: Request) -> JSON:
    only(request.params, "offset", "count")
    groups = [group.plain() for group in request.oa.groups.values() if group.has_oa]
    return _page(request, groups, "groups")


def get(world: World, request: Request) -> JSON:
    only(request.params, "group_id")
    group = _group(request, request.params)
    return {"group_info": group.plain(), "asset_info": {"asset_type": "gmf50", "asset_id": "asset-gmf"}}


def members(world: World, request: Request) -> JSON:
    only(request.params, "group_id", "offset", "count")
    group = _group(request, request.params)
    listed: list[JSON] = [
        {"user_id": user.user_id, "oa_id": "", "name": user.name, "avatar": ""} for user in group.members
    ]
    return _page(request, listed, "members")


def pending(world: World, request: Request) -> JSON:
    only(request.params, "group_id", "offset", "count")
    group = _group(request, request.params)
    return _page(request, [{"user_id": user.user_id, "name": user.name} for user in group.asks], "members")


def conversation(world: World, request: Request) -> list[JSON]:
    only(request.params, "group_id", "offset", "count")
    group = _group(request, request.params)
    entries: list[JSON] = [
        {
            "src": 0 if bubble.received else 1,
            "time": bubble.sent_ms,
            "type": bubble.kind,
            "message": bubble.text,
            "message_id": bubble.message_id,
        }
        for bubble in reversed(group.bubbles)
    ]
    offset, count = _slice(request)
    return entries[offset : offset + count]


def recent_chats(world: World, request: Request) -> list[JSON]:
    only(request.params, "offset", "count")
    groups = [group for group in request.oa.groups.values() if group.bubbles and group.has_oa]
    groups.sort(key=lambda group: group.bubbles[-1].sent_ms, reverse=True)
    offset, count = _slice(request)
    return [group.plain() for group in groups[offset : offset + count]]


def asset_quota(world: World, request: Request) -> list[JSON]:
    return [
        {
            "asset_id": "asset-gmf",
            "product_type": "gmf50",
            "quota_type": "sub_quota",
            "total": 10,
            "remain": 9,
        }
    ]


def _group(request: Request, params: JSON) -> Group:
    group = request.oa.groups.get(text_of(params, "group_id"))
    if group is None or not group.has_oa:
        raise Refused(-403)
    return group


def _slice(request: Request) -> tuple[int, int]:
    offset = number_of(request.params, "offset", least=0, most=1_000_000, default=0)
    return offset, number_of(request.params, "count", least=1, most=50, default=10)


def _page(request: Request, items: list[JSON], name: str) -> JSON:
    offset, count = _slice(request)
    return {"total": len(items), "count": count, "offset": offset, name: items[offset : offset + count]}
