"""Followers, tags, profile, history, call limits and faults of the OA emulator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.emulators.zalo_oa import User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient

DAY = timedelta(days=1)


async def test_the_list_stops_at_ten_thousand_and_days_cut_it(zalo: ZaloOAEmulator, client: OAClient) -> None:
    zalo.crowd(10_050, spread=30 * DAY)

    async def page(offset: int, count: int = 50, **more: str) -> Any:
        return await client.get("v3.0/oa/user/getlist", offset=offset, count=count, **more)

    last = (await page(9951))["data"]
    assert (last["total"], len(last["users"])) == (10_050, 50)
    assert (await page(9952))["error"] == -210
    assert (await page(0, 51))["error"] == -210
    days = [(MORNING - n * DAY).strftime("%Y_%m_%d") for n in range(31)]
    totals = [(await page(0, 1, last_interaction_period=f"{d}:{d}"))["data"]["total"] for d in days]
    assert sum(totals) == 10_050
    assert max(totals) < 10_000


async def test_the_list_is_filtered(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    lan = zalo.user(name="Lan", interacted=20 * DAY)
    zalo.user(name="Chưa từng")

    async def ids(**more: Any) -> Any:
        answer = await client.get("v3.0/oa/user/getlist", offset=0, count=50, **more)
        return [u["user_id"] for u in answer["data"]["users"]] if answer["error"] == 0 else answer["error"]

    await client.post("v2.0/oa/tag/tagfollower", {"user_id": hoa.user_id, "tag_name": "Chi hội 3"})
    assert await ids() == [hoa.user_id, lan.user_id]
    assert await ids(is_follower="true") == [hoa.user_id]
    assert await ids(is_follower="false") == [lan.user_id]
    assert await ids(is_follower=True) == -201
    assert await ids(tag_name="Chi hội 3") == [hoa.user_id]
    assert await ids(last_interaction_period="L7D") == [hoa.user_id]
    assert await ids(last_interaction_period="L30D") == [hoa.user_id, lan.user_id]
    assert await ids(last_interaction_period="L90D") == -201


async def test_details_hold_what_the_oa_knows(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    await hoa.submits_info(phone="84912000111")
    answer = await client.get("v3.0/oa/user/detail", user_id=hoa.user_id)
    found = answer["data"]
    assert (found["display_name"], found["user_is_follower"]) == ("Hoa", True)
    assert found["user_last_interaction_date"] == "23/11/2026"
    assert found["shared_info"]["phone"] == "84912000111"
    url = f"{zalo.base_url}/v3.0/oa/user/detail"
    plain = await client.call("GET", url, params={"user_id": hoa.user_id})
    assert plain["error"] == -201
    stranger = zalo.user()
    assert (await client.get("v3.0/oa/user/detail", user_id=stranger.user_id))["error"] == -213
    await hoa.unfollows()
    assert (await client.get("v3.0/oa/user/detail", user_id=hoa.user_id))["error"] == 0
    zalo.oa.hides_non_followers = True
    assert (await client.get("v3.0/oa/user/detail", user_id=hoa.user_id))["error"] == -213


async def test_tags_are_made_by_using_them_and_removed(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    lan = zalo.user(interacted=DAY)

    async def tag(path: str, user: User, tag_name: str = "VIP", *, as_number: bool = False) -> int:
        user_id: Any = int(user.user_id) if as_number else user.user_id
        body = {"user_id": user_id, "tag_name": tag_name}
        return int((await client.post(f"v2.0/oa/tag/{path}", body))["error"])

    assert await tag("tagfollower", hoa, as_number=True) == 0
    assert await tag("tagfollower", lan) == -213
    assert (await client.get("v2.0/oa/tag/gettagsofoa"))["data"] == ["VIP"]
    assert await tag("rmfollowerfromtag", hoa) == 0
    assert hoa.tags == []
    assert (await client.post("v2.0/oa/tag/rmtag", {"tag_name": "VIP"}))["error"] == 0
    assert (await client.post("v2.0/oa/tag/rmtag", {"tag_name": "VIP"}))["error"] == -201


async def test_history_shows_both_sides_newest_first(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    zalo.app.webhook.loses(100)
    msg_id = await hoa.says("có ai không")
    answer_id = (await client.says(hoa, "Dạ có"))["data"]["message_id"]
    await hoa.sends_image()
    told = (await client.get("v2.0/oa/conversation", user_id=hoa.user_id, offset=0, count=10))["data"]
    assert [(e["src"], e["type"], e["message_id"]) for e in told][1:] == [
        (0, "text", answer_id),
        (1, "text", msg_id),
    ]
    assert (told[0]["type"], told[0]["from_id"], told[0]["to_id"]) == ("photo", hoa.user_id, zalo.oa.oa_id)
    assert told[0]["url"].startswith("http://127.0.0.1")
    lan = zalo.user(name="Lan")
    await lan.says("em ơi")
    recent = (await client.get("v2.0/oa/listrecentchat", offset=0, count=5))["data"]
    assert {e["from_display_name"] for e in recent} == {"Hoa", "Lan"}
    too_many = await client.get("v2.0/oa/conversation", user_id=hoa.user_id, offset=0, count=11)
    assert too_many["error"] == -210


async def test_calls_over_the_limit_are_not_carried_out_until_the_next_minute(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    zalo.app.calls_per_minute = 3
    body = {"recipient": {"user_id": hoa.user_id}, "message": {"text": "a"}}
    left = []
    for _ in range(4):
        url = f"{zalo.base_url}/v3.0/oa/message/cs"
        async with client.session.post(url, json=body, headers={"access_token": client.token}) as answer:
            left.append((answer.headers["X-RateLimit-Remain"], (await answer.json())["error"]))
            assert answer.headers["X-RateLimit-Limit"] == "3"
    assert left == [("2", 0), ("1", 0), ("0", 0), ("0", -32)]
    assert len(hoa.received) == 3
    assert (await client.business("message/quota"))["error"] == 0
    zalo.clock.move(timedelta(minutes=1))
    assert (await client.says(hoa, "a"))["error"] == 0
    zalo.oa.calls_per_minute = 1
    assert (await client.says(hoa, "a"))["message"] == "Your OA reached limit call api"


@pytest.mark.parametrize(
    ("token", "code"), [("", -216), ("unknown", -216), ("AT-7000000000000000001-9", -216)]
)
async def test_a_missing_or_unknown_token_is_refused(client: OAClient, token: str, code: int) -> None:
    client.token = token
    assert (await client.get("v2.0/oa/getoa"))["error"] == code


async def test_wrong_addresses_verbs_and_bodies_do_not_pass(zalo: ZaloOAEmulator, client: OAClient) -> None:
    for verb, path in [
        ("POST", "v3.0/oa/message/css"),
        ("GET", "v3.0/oa/message/cs"),
        ("POST", "message/template"),
    ]:
        async with client.session.request(verb, f"{zalo.base_url}/{path}") as answer:
            assert answer.status == 404
    url = f"{zalo.base_url}/v3.0/oa/message/cs"
    for body, kind in [(b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")]:
        found = await client.call("POST", url, data=body, headers={"Content-Type": kind})
        assert found["error"] == -201


# Faults


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        ("close_after_accepting", True),
        ("cut_after_accepting", True),
        ("close_before_reading", False),
    ],
)
async def test_a_dropped_connection_may_have_delivered(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User, fault: str, arrives: bool
) -> None:
    zalo.order_fault(fault, method="v3.0/oa/message/cs")
    with pytest.raises(aiohttp.ClientError):
        await client.says(hoa, "Chào chị")
    assert len(hoa.received) == arrives
    assert (await client.says(hoa, "Chào chị"))["error"] == 0


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway_html", "html", "no_json", "empty", "no_data"])
async def test_broken_answers_can_be_ordered(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User, fault: str
) -> None:
    zalo.order_fault(fault, user=hoa)
    url = f"{zalo.base_url}/v3.0/oa/message/cs"
    body = {"recipient": {"user_id": hoa.user_id}, "message": {"text": "a"}}
    async with client.session.post(url, json=body, headers={"access_token": client.token}) as answer:
        text = await answer.text()
    assert '"data"' not in text
    assert zalo.calls.of("v3.0/oa/message/cs")[0].outcome == fault


async def test_a_code_is_answered_in_the_shape_of_its_host(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    zalo.order_fault(-200, times=3)
    assert await client.says(hoa, "a") == {"error": -200, "message": "Send message failed"}
    assert (await client.business("message/quota"))["error"] == -200
    assert "error_name" in await client.refreshes("x")


async def test_faults_strike_by_user_method_and_chance(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    lan = zalo.user(interacted=DAY)
    zalo.order_fault(-200, user=lan, times=None)
    zalo.order_fault(-32, method="v2.0/oa/getoa")
    codes = [(await client.says(user, "a"))["error"] for user in (hoa, lan, lan)]
    assert codes == [0, -200, -200]
    assert [(await client.get("v2.0/oa/getoa"))["error"] for _ in range(2)] == [-32, 0]
    zalo.faults.clear()
    zalo.order_fault(-200, times=None, probability=0.5)
    struck = [(await client.says(hoa, "a"))["error"] for _ in range(100)].count(-200)
    assert 30 < struck < 70
