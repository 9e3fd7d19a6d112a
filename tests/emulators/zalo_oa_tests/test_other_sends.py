"""Reactions, broadcasts, visitors, groups, and what is no longer sold."""

from __future__ import annotations

from datetime import timedelta

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import OAClient, attached


async def test_what_has_ended_is_refused(client: OAClient, hoa: User) -> None:
    body = {"recipient": {"user_id": hoa.user_id}, "message": {"text": "a"}}
    paths = {
        "v3.0/oa/message/transaction": -233,
        "v3.0/oa/message/promotion": -233,
        "v2.0/oa/message": -240,
    }
    assert {path: (await client.post(path, body))["error"] for path in paths} == paths
    assert (await client.get("v2.0/oa/getfollowers", offset=0, count=5))["error"] == -240


async def test_a_reaction_goes_to_what_she_wrote(client: OAClient, hoa: User) -> None:
    msg_id = await hoa.says("cảm ơn em")

    async def code(icon: str, message_id: str) -> int:
        action = {"react_icon": icon, "react_message_id": message_id}
        body = {"recipient": {"user_id": hoa.user_id}, "sender_action": action}
        return int((await client.post("v2.0/oa/message", body))["error"])

    assert await code("/-heart", msg_id) == 0
    assert await code("❤", msg_id) == -201
    assert await code("/-heart", "0") == -201
    assert [await code("/-strong", msg_id) for _ in range(50)][-2:] == [0, -210]


async def test_a_broadcast_takes_articles_to_followers(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    lan = zalo.user(name="Lan", interacted=timedelta(hours=1))
    article = zalo.article()

    async def code(target: JSON, *ids: str) -> int:
        elements = [{"media_type": "article", "attachment_id": i} for i in ids]
        message = attached("template", template_type="media", elements=elements)
        body = {"recipient": {"target": target}, "message": message}
        return int((await client.post("v2.0/oa/message", body))["error"])

    assert await code({"gender": "2", "ages": "3,4", "cities": "4"}, article) == 0
    assert (len(lan.received), len(hoa.received)) == (0, 1)
    assert await code({"gender": "3"}, article) == -201
    assert await code({"sex": "1"}, article) == -201
    assert await code({}, "unknown") == -201
    assert await code({}, *[article] * 6) == -210


async def test_an_anonymous_visitor_is_answered_by_conversation(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    visitor = zalo.visitor()
    conversation = visitor.external_id.removeprefix("conversation:")
    recipient = {"anonymous_id": visitor.user_id, "conversation_id": conversation}
    body = {"recipient": recipient, "message": {"text": "Chào bạn"}}
    answer = await client.post("v2.0/oa/message", body)
    assert answer["data"] | recipient == answer["data"]
    assert visitor.received[0].text == "Chào bạn"
    recipient["conversation_id"] = "other"
    assert (await client.post("v2.0/oa/message", body))["error"] == -201


# Groups


async def test_a_group_of_the_oa_hears_and_is_listed(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    group = zalo.group(hoa, name="Chi hội 3")
    body = {"recipient": {"group_id": group.group_id}, "message": {"text": "[@all] họp 8 giờ"}}
    assert (await client.post("v3.0/oa/group/message", body))["data"]["group_id"] == group.group_id
    assert [r.text for r in group.received] == ["[@all] họp 8 giờ"]
    plain = {"group_id": group.group_id, "offset": "0", "count": "5"}
    url = f"{zalo.base_url}/v3.0/oa/group/listmember"
    by_query = await client.call("GET", url, params=plain)
    assert by_query == await client.get("v3.0/oa/group/listmember", **plain)
    assert [m["user_id"] for m in by_query["data"]["members"]] == [hoa.user_id]
    listed_groups = await client.get("v3.0/oa/group/getgroupsofoa", offset=0, count=5)
    assert [g["name"] for g in listed_groups["data"]["groups"]] == ["Chi hội 3"]
    group.is_disabled = True
    assert (await client.post("v3.0/oa/group/message", body))["error"] == -237
    group.has_oa = False
    assert (await client.post("v3.0/oa/group/message", body))["error"] == -403
