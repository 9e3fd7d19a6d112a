"""The consultation send, the human beside it in the OA's own chat tool, and what is no longer sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.phone import Received
from tests.emulators.zalo_oa import windows
from tests.emulators.zalo_oa.bodies import Shown, read_message
from tests.emulators.zalo_oa.history import TYPES, Entry
from tests.emulators.zalo_oa.refusals import Refused, invalid
from tests.emulators.zalo_oa.requests import Request, object_of, only, text_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import App
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World


def send(world: World, request: Request) -> JSON:
    only(request.params, "recipient", "message")
    recipient = object_of(request.params, "recipient")
    only(recipient, "user_id", "message_id")
    if len(recipient) != 1:
        raise invalid("recipient")
    answered = ""
    if "message_id" in recipient:
        answered = text_of(recipient, "message_id")
        found = next((u for u in request.oa.users.values() if answered in u.said_at), None)
        if found is None:
            raise invalid("message_id")
        user = found
    else:
        user = request.user("user_id", recipient)
    shown = read_message(world, request.oa, object_of(request.params, "message"))
    if shown.quotes and not _can_quote(user, shown.quotes):
        raise invalid("quote_message_id")
    now = world.clock.now()
    if answered:
        allowance = windows.reply_to(request.oa, user, answered, now)
        user.replies_to[answered] = user.replies_to.get(answered, 0) + 1
    else:
        allowance = windows.consultation(request.oa, user, now)
    windows.spend(request.oa, user, allowance)
    return deliver(world, user, shown, request.params, app=request.app, quota=allowance.quota)


def deliver(
    world: World,
    user: User,
    shown: Shown,
    raw: JSON,
    *,
    app: App | None,
    quota: JSON | None,
    by_hand: str | None = None,
) -> JSON:
    """Puts an accepted message on the phone, tells the webhook, and gives the answer's `data`."""
    message_id = world.next_text()
    received = world.received(shown, message_id, raw, quota=quota, by_hand=by_hand)
    user.ring(received)
    url = world.media_url(shown.media) if shown.media else ""
    user.history.append(
        Entry(0, received.sent_ms, TYPES.get(shown.event, shown.event), shown.text, message_id, url)
    )
    message: JSON = {"msg_id": message_id}
    if shown.text:
        message["text"] = shown.text
    if shown.attachments:
        message["attachments"] = list(shown.attachments)
    if shown.quotes:
        message["quote_msg_id"] = shown.quotes
    user.echo(shown.event, message, by_hand=by_hand)
    if app is not None:
        user.senders[message_id] = app
        user.told_received(app, message_id)
    data: JSON = {"message_id": message_id, "user_id": user.user_id, "sent_time": str(received.sent_ms)}
    return data if quota is None else data | {"quota": quota}


def answer_by_hand(world: World, user: User, text: str, *, admin_id: str | None = None) -> Received:
    """A human writes in the OA's own tool: no window holds her, and the echo carries her id."""
    raw: JSON = {"message": {"text": text}}
    deliver(world, user, Shown("text", text), raw, app=None, quota=None, by_hand=admin_id or user.oa.admin_id)
    return user.received[-1]


def refuse_ended(world: World, request: Request) -> JSON:
    """Transaction and promotion messages ended on 2026-03-01."""
    raise Refused(request.oa.ended_kinds_code)


def refuse_old(world: World, request: Request) -> JSON:
    """Methods of the second version that were shut down."""
    raise Refused(-240)


def _can_quote(user: User, message_id: str) -> bool:
    return message_id in user.said_at or message_id in user.senders or user.message(message_id) is not None
