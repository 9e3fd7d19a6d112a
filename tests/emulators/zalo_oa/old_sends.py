"""`v2.0/oa/message`: what is still served there (broadcast articles, reactions, anonymous visitors); the rest is -240."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.bodies import Shown, read_message
from tests.emulators.zalo_oa.refusals import Refused, invalid
from tests.emulators.zalo_oa.requests import Request, list_of, object_of, only, text_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World

REACTIONS = frozenset({"/-strong", "/-heart", ":>", ":o", ":-((", ":-h", "--b", "/-remove"})
REACTIONS_PER_MESSAGE = 50
TARGETS = {
    "ages": frozenset("01234567"),
    "gender": frozenset("012"),
    "locations": frozenset("012"),
    "cities": None,
    "platform": frozenset("123"),
}
MOST_ARTICLES = 5


def send(world: World, request: Request) -> JSON:
    recipient = object_of(request.params, "recipient")
    if "sender_action" in request.params:
        return _react(world, request, object_of(request.params, "sender_action"))
    if "target" in recipient:
        return _broadcast(world, request, object_of(recipient, "target"))
    if "anonymous_id" in recipient:
        return _to_visitor(world, request, recipient)
    raise Refused(-240)


def _react(world: World, request: Request, action: JSON) -> JSON:
    user = request.user("user_id", object_of(request.params, "recipient"))
    only(action, "react_icon", "react_message_id")
    if action.get("react_icon") not in REACTIONS:
        raise invalid("react_icon")
    message_id = text_of(action, "react_message_id")
    if message_id not in user.said_at:
        raise invalid("react_message_id")
    count = world.next_number(f"reactions:{message_id}")
    if count > REACTIONS_PER_MESSAGE:
        raise Refused(-210)
    message = {"msg_id": message_id, "react_icon": action["react_icon"]}
    event = {
        "sender": {"id": request.oa.oa_id},
        "recipient": {"id": user.user_id},
        "event_name": "oa_reacted_message",
        "message": message,
    }
    world.announce(request.oa, event, person=user.person, lane=user.user_id)
    return {"message_id": message_id, "user_id": user.user_id}


def _broadcast(world: World, request: Request, target: JSON) -> JSON:
    only(target, *TARGETS)
    for name, value in target.items():
        allowed = TARGETS[name]
        numbers = value.split(",") if isinstance(value, str) else [""]
        if not all(n.isdigit() and (allowed is None or n in allowed) for n in numbers):
            raise invalid(name)
    attachment = object_of(object_of(request.params, "message"), "attachment")
    payload = object_of(attachment, "payload")
    if attachment.get("type") != "template" or payload.get("template_type") != "media":
        raise invalid("template_type")
    elements = list_of(payload, "elements", at_most=MOST_ARTICLES)
    for element in elements:
        if element.get("media_type") != "article":
            raise invalid("media_type")
        if text_of(element, "attachment_id") not in request.oa.articles:
            raise invalid("attachment_id")
    message_id = world.next_text()
    for user in request.oa.users.values():
        if user.is_follower and user.refusal is None:
            _show_article(world, user, message_id, request.params)
    return {"message_id": message_id}


def _show_article(world: World, user: User, message_id: str, raw: JSON) -> None:
    user.ring(world.received(Shown("article", "[bài viết]"), message_id, raw))
    world.changed()


def _to_visitor(world: World, request: Request, recipient: JSON) -> JSON:
    only(recipient, "anonymous_id", "conversation_id")
    visitor = request.oa.users.get(text_of(recipient, "anonymous_id"))
    conversation_id = text_of(recipient, "conversation_id")
    if visitor is None or visitor.external_id != f"conversation:{conversation_id}":
        raise invalid("anonymous_id")
    shown = read_message(world, request.oa, object_of(request.params, "message"))
    message_id = world.next_text()
    visitor.ring(world.received(shown, message_id, request.params))
    event = {
        "sender": {"id": request.oa.oa_id},
        "recipient": {"id": visitor.user_id},
        "event_name": f"oa_send_anonymous_{shown.event}",
        "message": {"msg_id": message_id, "text": shown.text, "conversation_id": conversation_id},
    }
    world.announce(request.oa, event, lane=visitor.user_id)
    return {
        "message_id": message_id,
        "anonymous_id": visitor.user_id,
        "conversation_id": conversation_id,
    }
