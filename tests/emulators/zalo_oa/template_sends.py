"""Sending a ZBS template: by user id on one host, by phone number (or its hash) on the other."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import templates, windows
from tests.emulators.zalo_oa.bodies import Shown
from tests.emulators.zalo_oa.consulting import deliver
from tests.emulators.zalo_oa.refusals import Refused
from tests.emulators.zalo_oa.requests import Request, only
from tests.emulators.zalo_oa.templates import State, Template

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA
    from tests.emulators.zalo_oa.person import Person
    from tests.emulators.zalo_oa.world import World

LONGEST_TRACKING_ID = 48
NIGHT_FROM, NIGHT_TO = 22, 6
_PHONE = re.compile(r"84[1-9]\d{8}")
_PROMOTION = "PROMOTION"


def is_night(world: World) -> bool:
    hour = world.clock.in_vietnam().hour
    return hour >= NIGHT_FROM or hour < NIGHT_TO


def send_by_uid(world: World, request: Request) -> JSON:
    """Within a year of the last interaction; promotion only to followers and by day."""
    oa = request.oa
    only(request.params, "user_id", "template_id", "template_data")
    user = request.user()
    template = templates.find(request, request.params.get("template_id"), code=-201)
    if template.state is not State.ENABLE or not template.goes_by_uid:
        raise Refused(-249)
    try:
        text = template.fill(request.params.get("template_data"))
    except Refused as refused:
        raise Refused(-201, refused.message or "template_data is invalid!") from refused
    windows.refuse_unreachable(oa, user)
    if template.tag == _PROMOTION:
        if not user.is_follower:
            raise Refused(-213)
        if is_night(world):
            raise Refused(-234)
    elif user.last_interaction is None or world.clock.now() - user.last_interaction > windows.YEAR:
        raise Refused(-232)
    if oa.purchase_quota > 0:
        quota: JSON | None = {"quota_type": "purchase_quota", "remain": str(oa.purchase_quota - 1)}
        allowance = windows.Allowance(quota)
    elif oa.zca_balance_vnd is None:
        raise Refused(-320)
    elif oa.zca_balance_vnd < template.price_vnd:
        raise Refused(-321)
    else:
        allowance = windows.Allowance(None, template.price_vnd)
    windows.spend(oa, user, allowance)
    payload = {"zinstant_id": template.template_id, "text": text, "link_url": "", "checksum": ""}
    shown = Shown("template", text, attachments=({"type": "template", "payload": payload},))
    return deliver(world, user, shown, request.params, app=request.app, quota=allowance.quota)


def send_by_phone(world: World, request: Request) -> JSON:
    phone = request.params.get("phone")
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise Refused(-108)
    return _send(world, request, "phone", next((p for p in world.people if p.phone == phone), None))


def send_by_hash(world: World, request: Request) -> JSON:
    """The name of the field is not in our sources; `hash_phone` and `phone` are both taken."""
    field = "hash_phone" if "hash_phone" in request.params else "phone"
    digest = request.params.get(field)
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Refused(-108)
    person = next((p for p in world.people if hashlib.sha256(p.phone.encode()).hexdigest() == digest), None)
    return _send(world, request, field, person)


def _send(world: World, request: Request, field: str, person: Person | None) -> JSON:
    oa, params = request.oa, request.params
    for name in params:
        if name not in {field, "template_id", "template_data", "tracking_id", "mode", "sending_mode"}:
            raise Refused(-132, f"{name} is invalid")
    template = templates.find(request, params.get("template_id"))
    is_test = params.get("mode") == "development"
    if params.get("mode", "development") != "development":
        raise Refused(-132, "mode is invalid")
    text = template.fill(params.get("template_data"))
    tracking_id = params.get("tracking_id", "")
    if not isinstance(tracking_id, str) or len(tracking_id) > LONGEST_TRACKING_ID:
        raise Refused(-132, "tracking_id is invalid")
    sending_mode = params.get("sending_mode", "1")
    if sending_mode not in {"1", "3"}:
        raise Refused(-162)
    _check_state(template, is_test=is_test)
    if is_test and (person is None or person.phone not in oa.admin_phones):
        raise Refused(-127)
    if person is None:
        raise Refused(-118)
    if person.zbs_refusal is not None:
        raise Refused(person.zbs_refusal)
    if is_night(world) and template.tag not in oa.night_exempt_tags:
        raise Refused(-133)
    day = f"{world.clock.in_vietnam():%Y-%m-%d}"
    sent = oa.zbs_sent_today.get(day, 0)
    if not is_test:
        _check_quotas(oa, template, day, sent, may_exceed=sending_mode == "3")
        _charge(oa, template)
        oa.zbs_sent_today[day] = sent = sent + 1
        template.sent_on[day] = template.sent_on.get(day, 0) + 1
    return _deliver(world, request, person, text, tracking_id, sending_mode, oa.zbs_daily_quota - sent)


def _check_state(template: Template, *, is_test: bool) -> None:
    """A template under review may be tried on admins; a switched-off one never goes."""
    match template.state:
        case State.DISABLE:
            raise Refused(-146)
        case State.REJECT:
            raise Refused(-131)
        case State.PENDING_REVIEW if not is_test:
            raise Refused(-131)


def _check_quotas(oa: OA, template: Template, day: str, sent: int, *, may_exceed: bool) -> None:
    if sent >= oa.zbs_daily_quota and not may_exceed:
        raise Refused(-144)
    if template.daily_quota is not None and template.sent_on.get(day, 0) >= template.daily_quota:
        raise Refused(-147)


def _charge(oa: OA, template: Template) -> None:
    if oa.zca_balance_vnd is None:
        raise Refused(-136)
    if oa.zca_balance_vnd < template.price_vnd:
        raise Refused(-115)
    oa.zca_balance_vnd -= template.price_vnd
    oa.charged_vnd += template.price_vnd


def _deliver(
    world: World, request: Request, person: Person, text: str, tracking_id: str, sending_mode: str, left: int
) -> JSON:
    oa = request.oa
    message_id = world.next_text()
    received = world.received(Shown("template", text), message_id, request.params)
    # She who already has a chat with the OA sees it there; for everybody else it opens one.
    user = next((user for user in person.users if user.oa is oa), None)
    person.templates.ring(received)
    if user is not None:
        user.ring(received)
    message: JSON = {"msg_id": message_id, "delivery_time": str(received.sent_ms)}
    if tracking_id:
        message["tracking_id"] = tracking_id
    event = {
        "sender": {"id": oa.oa_id},
        "recipient": {"id": person.phone},
        "event_name": "user_received_message",
        "message": message,
    }
    world.announce(oa, event, lane=person.phone, only_app=request.app, server="ZNS")
    return {
        "msg_id": message_id,
        "sent_time": str(received.sent_ms),
        "sending_mode": sending_mode,
        "quota": {"dailyQuota": str(oa.zbs_daily_quota), "remainingQuota": str(max(left, 0))},
    }


def status(world: World, request: Request) -> JSON:
    """`status`: 1 arrived, 0 not yet, -1 unknown."""
    message_id: Any = request.params.get("message_id")
    for person in world.people:
        if (received := person.templates.message(str(message_id))) is not None:
            return {"delivery_time": str(received.sent_ms), "message": "Received", "status": 1}
    return {"delivery_time": "", "message": "Not found", "status": -1}


def quota(world: World, request: Request) -> JSON:
    day = f"{world.clock.in_vietnam():%Y-%m-%d}"
    left = request.oa.zbs_daily_quota - request.oa.zbs_sent_today.get(day, 0)
    return {"dailyQuota": str(request.oa.zbs_daily_quota), "remainingQuota": str(max(left, 0))}


def change_daily_quota(world: World, oa: OA, new: int) -> None:
    """The vendor raised or lowered the OA's daily quota; the webhook tells."""
    before, oa.zbs_daily_quota = oa.zbs_daily_quota, new
    event = {
        "event_name": "change_oa_daily_quota",
        "oaId": oa.oa_id,
        "quota": {"prev_value": str(before), "new_value": str(new)},
    }
    world.announce(oa, event, server="ZNS")


def next_morning(world: World) -> timedelta:
    """How far the clock must move until night is over."""
    now = world.clock.in_vietnam()
    morning = now.replace(hour=NIGHT_TO, minute=0, second=0, microsecond=0)
    return (morning if now < morning else morning + timedelta(days=1)) - now
