"""Who the OA knows: the list by fifty, one person's details, tags, and what the OA notes about her."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.emulators.clock import VIETNAM
from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.refusals import Refused, invalid
from tests.emulators.zalo_oa.requests import Request, number_of, object_of, only, text_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World

MOST_LISTED = 50
LAST_OFFSET = 9951


def get_list(world: World, request: Request) -> JSON:
    """Sliced: no filter shows more than the first ten thousand."""
    params = request.params
    only(params, "offset", "count", "tag_name", "last_interaction_period", "is_follower")
    offset = number_of(params, "offset", least=0, most=LAST_OFFSET)
    count = number_of(params, "count", least=1, most=MOST_LISTED)
    users = [user for user in request.oa.users.values() if user.is_follower or user.last_interaction]
    if "is_follower" in params:
        if params["is_follower"] not in {"true", "false"}:
            raise invalid("is_follower")
        users = [user for user in users if user.is_follower is (params["is_follower"] == "true")]
    if "tag_name" in params:
        tag = text_of(params, "tag_name")
        users = [user for user in users if tag in user.tags]
    if "last_interaction_period" in params:
        first, last = _period(world, text_of(params, "last_interaction_period"))
        users = [u for u in users if u.last_interaction and first <= u.last_interaction < last]
    page = users[offset : offset + count]
    return {
        "total": len(users),
        "count": len(page),
        "offset": offset,
        "users": [{"user_id": user.user_id} for user in page],
    }


def _period(world: World, period: str) -> tuple[datetime, datetime]:
    today = world.clock.in_vietnam().replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    match period:
        case "TODAY":
            return today, tomorrow
        case "YESTERDAY":
            return today - timedelta(days=1), today
        case "L7D":
            return tomorrow - timedelta(days=7), tomorrow
        case "L30D":
            return tomorrow - timedelta(days=30), tomorrow
    try:
        first, last = (
            datetime.strptime(part, "%Y_%m_%d").replace(tzinfo=VIETNAM) for part in period.split(":")
        )
    except ValueError:
        raise invalid("last_interaction_period") from None
    if first > last:
        raise invalid("last_interaction_period")
    return first, last + timedelta(days=1)


def detail(world: World, request: Request) -> JSON:
    only(request.params, "user_id")
    user = request.user()
    if not user.is_follower and request.oa.hides_non_followers:
        raise Refused(-213)
    if not user.is_follower and user.last_interaction is None:
        raise Refused(-213)
    last = user.last_interaction
    return {
        "user_id": user.user_id,
        "user_id_by_app": user.person.id_by_app(world, request.app),
        "user_external_id": user.external_id,
        "display_name": user.name,
        "user_alias": user.alias,
        "is_sensitive": False,
        "user_last_interaction_date": last.astimezone(VIETNAM).strftime("%d/%m/%Y") if last else "",
        "user_is_follower": user.is_follower,
        "avatar": "https://s240-ava-talk.zadn.vn/u.jpg",
        "avatars": {
            "120": "https://s120-ava-talk.zadn.vn/u.jpg",
            "240": "https://s240-ava-talk.zadn.vn/u.jpg",
        },
        "dynamic_param": "",
        "tags_and_notes_info": {"notes": [], "tag_names": list(user.tags)},
        "shared_info": {"address": "", "city": "", "district": "", "phone": 0, "name": "", "user_dob": ""}
        | user.shared_info,
    }


def update(world: World, request: Request) -> JSON:
    only(request.params, "user_id", "shared_info", "user_alias", "user_external_id")
    user = request.user()
    if "shared_info" in request.params:
        info = object_of(request.params, "shared_info")
        only(info, "name", "phone", "address", "city_id", "district_id", "user_dob")
        user.shared_info |= info
    user.alias = text_of(request.params, "user_alias", default=user.alias)
    user.external_id = text_of(request.params, "user_external_id", default=user.external_id)
    event = {
        "oa_id": request.oa.oa_id,
        "user_id": user.user_id,
        "event_name": "update_user_info",
        "data": {"method": "update"},
    }
    world.announce(request.oa, event, person=user.person, lane=user.user_id)
    return {}


def delete_info(world: World, request: Request) -> JSON:
    only(request.params, "user_id")
    user = request.user()
    user.shared_info, user.alias, user.external_id = {}, "", ""
    return {}


# Tags


def tag_follower(world: World, request: Request) -> JSON:
    """A tag of a new name is made by using it."""
    user, tag = _tagging(request)
    if tag not in request.oa.tags:
        request.oa.tags.append(tag)
    if tag not in user.tags:
        user.tags.append(tag)
        _tell_tag(world, request, "add_user_to_tag", tag, [user.user_id])
    return {}


def untag_follower(world: World, request: Request) -> JSON:
    user, tag = _tagging(request)
    if tag in user.tags:
        user.tags.remove(tag)
        _tell_tag(world, request, "remove_user_from_tag", tag, [user.user_id])
    return {}


def remove_tag(world: World, request: Request) -> JSON:
    only(request.params, "tag_name")
    tag = text_of(request.params, "tag_name")
    if tag not in request.oa.tags:
        raise invalid("tag_name")
    request.oa.tags.remove(tag)
    for user in request.oa.users.values():
        if tag in user.tags:
            user.tags.remove(tag)
    _tell_tag(world, request, "remove_tag", tag, [])
    return {}


def tags_of_oa(world: World, request: Request) -> list[str]:
    return list(request.oa.tags)


def _tagging(request: Request) -> tuple[User, str]:
    only(request.params, "user_id", "tag_name")
    user_id: Any = request.params.get("user_id")
    # The one place where the vendor's own sample shows a bare number.
    params = request.params | ({"user_id": str(user_id)} if isinstance(user_id, int) else {})
    user = request.user(params=params)
    if not user.is_follower:
        raise Refused(-213)
    return user, text_of(request.params, "tag_name")


def _tell_tag(world: World, request: Request, name: str, tag: str, user_ids: list[str]) -> None:
    event = {"oa_id": request.oa.oa_id, "event_name": name, "tag": {"user_ids": user_ids, "name": tag}}
    world.announce(request.oa, event)
