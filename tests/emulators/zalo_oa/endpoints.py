"""Every address of the two API hosts: which function answers it, and how its GET carries its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.emulators.zalo_oa import (
    consulting,
    followers,
    groups,
    history,
    old_sends,
    profile,
    template_sends,
    templates,
    uploads,
)
from tests.emulators.zalo_oa.refusals import Host
from tests.emulators.zalo_oa.requests import Request

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.world import World

Answer = Callable[["World", Request], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`takes_plain_query`: a GET whose parameters may also stand in the query one by one."""

    verb: str
    answer: Answer
    takes_plain_query: bool = False


def _get(answer: Answer) -> Endpoint:
    return Endpoint("GET", answer)


def _group_get(answer: Answer) -> Endpoint:
    return Endpoint("GET", answer, takes_plain_query=True)


def _post(answer: Answer) -> Endpoint:
    return Endpoint("POST", answer)


def _upload(kind: str) -> Endpoint:
    return _post(partial(uploads.upload, kind=kind))


ENDPOINTS: dict[tuple[Host, str], Endpoint] = {
    (Host.OPENAPI, path): endpoint
    for path, endpoint in {
        "v3.0/oa/message/cs": _post(consulting.send),
        "v3.0/oa/message/template": _post(template_sends.send_by_uid),
        "v3.0/oa/message/transaction": _post(consulting.refuse_ended),
        "v3.0/oa/message/promotion": _post(consulting.refuse_ended),
        "v2.0/oa/message": _post(old_sends.send),
        "v3.0/oa/group/message": _post(groups.send),
        "v3.0/oa/group/getgroupsofoa": _group_get(groups.groups_of_oa),
        "v3.0/oa/group/getgroup": _group_get(groups.get),
        "v3.0/oa/group/listmember": _group_get(groups.members),
        "v3.0/oa/group/listpendinginvite": _group_get(groups.pending),
        "v3.0/oa/group/conversation": _group_get(groups.conversation),
        "v3.0/oa/group/listrecentchat": _group_get(groups.recent_chats),
        "v3.0/oa/quota/group": _post(groups.asset_quota),
        "v3.0/oa/quota/message": _post(profile.quota),
        "v2.0/oa/quota/message": _post(profile.old_quota),
        "v2.0/oa/upload/image": _upload("image"),
        "v2.0/oa/upload/gif": _upload("gif"),
        "v2.0/oa/upload/file": _upload("file"),
        "v3.0/oa/user/detail": _get(followers.detail),
        "v3.0/oa/user/getlist": _get(followers.get_list),
        "v3.0/oa/user/update": _post(followers.update),
        "v2.0/oa/deletefollowerinfo": _post(followers.delete_info),
        "v2.0/oa/tag/tagfollower": _post(followers.tag_follower),
        "v2.0/oa/tag/rmfollowerfromtag": _post(followers.untag_follower),
        "v2.0/oa/tag/rmtag": _post(followers.remove_tag),
        "v2.0/oa/tag/gettagsofoa": _get(followers.tags_of_oa),
        "v2.0/oa/getoa": _get(profile.get_oa),
        "v2.0/oa/listrecentchat": _get(history.recent_chats),
        "v2.0/oa/conversation": _get(history.conversation),
        "v2.0/oa/getfollowers": _get(consulting.refuse_old),
        "v2.0/oa/getprofile": _get(consulting.refuse_old),
        "v2.0/oa/updatefollowerinfo": _post(consulting.refuse_old),
    }.items()
} | {
    (Host.BUSINESS, path): endpoint
    for path, endpoint in {
        "message/template": _post(template_sends.send_by_phone),
        "message/template/hashphone": _post(template_sends.send_by_hash),
        "message/status": _get(template_sends.status),
        "message/quota": _get(template_sends.quota),
        "template/all": _get(templates.list_all),
        "template/info/v2": _get(templates.info),
        "template/sample-data": _get(templates.sample_data),
    }.items()
}
