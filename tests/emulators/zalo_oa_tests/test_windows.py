"""Whom the OA emulator lets us write to, when, and at what price."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient


@dataclass(frozen=True)
class Window:
    label: str
    code: int = 0
    quota: str | None = None
    ago: timedelta | None = None
    follows: bool = False
    oa: JSON = field(default_factory=dict)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS = [
    Window("just now", quota="reply", ago=0 * HOUR),
    Window("48 h to the second", quota="reply", ago=48 * HOUR),
    Window("past 48 h, no Zalo Cloud Account", -320, ago=48 * HOUR + timedelta(seconds=1)),
    Window("past 48 h, no money", -321, ago=3 * DAY, oa={"zca_balance_vnd": 54}),
    Window("past 48 h, no package", -224, ago=3 * DAY, oa={"has_package": False}),
    Window("past 48 h, charged", quota=None, ago=3 * DAY, oa={"zca_balance_vnd": 55}),
    Window("past 48 h, in the package", quota="sub_quota", ago=7 * DAY, oa={"sub_quota": 1}),
    Window("past 48 h, bought", quota="purchase_quota", ago=7 * DAY, oa={"purchase_quota": 1}),
    Window("past 7 days", -230, ago=7 * DAY + timedelta(seconds=1), oa={"zca_balance_vnd": 1000}),
    Window("past 7 days, a follower", -230, ago=8 * DAY, follows=True),
    Window("never", -232),
    Window("never, a follower", quota="welcome_msg", follows=True),
    Window("following demanded", -213, ago=HOUR, oa={"requires_follow": True}),
]


@pytest.mark.parametrize("case", WINDOWS, ids=lambda case: case.label)
async def test_windows_and_prices_hold(zalo: ZaloOAEmulator, client: OAClient, case: Window) -> None:
    for name, value in case.oa.items():
        setattr(zalo.oa, name, value)
    user = zalo.user(interacted=case.ago, follows=case.follows)
    answer = await client.says(user, "Chào chị")
    assert answer["error"] == case.code
    if case.code == 0:
        assert answer["data"].get("quota", {}).get("quota_type") == case.quota
        assert zalo.oa.charged_vnd == (55 if case.quota is None else 0)
    assert (zalo.oa.sub_quota, zalo.oa.purchase_quota) == (0, 0)


async def test_a_follower_who_never_wrote_gets_three_welcomes(zalo: ZaloOAEmulator, client: OAClient) -> None:
    user = zalo.user()
    await user.follows()
    answers = [await client.says(user, "Chào chị") for _ in range(4)]
    assert [a.get("data", {}).get("quota", {}).get("remain") for a in answers] == ["2", "1", "0", None]
    assert answers[3]["error"] == -211
    await user.says("chào em")
    assert (await client.says(user, "Dạ"))["data"]["quota"] == {"quota_type": "reply"}


async def test_pressing_chat_opens_the_welcome_and_following_again_the_window(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    lan, cuc = zalo.user(name="Lan"), zalo.user(name="Cúc", interacted=8 * DAY)
    await lan.clicks_chat_now()
    assert (await client.says(lan, "a"))["data"]["quota"]["quota_type"] == "welcome_msg"
    await cuc.follows()
    assert (await client.says(cuc, "a"))["data"]["quota"]["quota_type"] == "reply"


@pytest.mark.parametrize("code", [-244, -227, -217, -218])
async def test_a_user_who_refuses_is_refused_with_that_code(client: OAClient, hoa: User, code: int) -> None:
    await hoa.blocks(code)
    assert (await client.says(hoa, "a"))["error"] == code
    await hoa.unblocks()
    await hoa.says("em ơi")
    assert (await client.says(hoa, "a"))["error"] == (0 if code == -244 else code)


async def test_the_window_can_be_asked(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    answer = await client.post("v3.0/oa/quota/message", {"user_id": hoa.user_id})
    an_hour_ago = int((MORNING - HOUR).timestamp() * 1000)
    assert answer["data"]["last_interaction"] == str(an_hour_ago)
    assert "cs_reply" not in answer["data"]
    zalo.oa.shows_reply_remain = True
    answer = await client.post("v3.0/oa/quota/message", {"user_id": hoa.user_id})
    assert answer["data"]["cs_reply"] == {"remain": 8, "total": 8}
    zalo.oa.sub_quota = 7
    question = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
    assert (await client.post("v3.0/oa/quota/message", question))["data"][0]["remain"] == 7
    wrong = question | {"quota_type": "free"}
    assert (await client.post("v3.0/oa/quota/message", wrong))["error"] == -201
