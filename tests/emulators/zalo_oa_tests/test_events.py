"""What the OA emulator tells the webhook, how it is signed, and how it repeats itself."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.emulators.hook import Hook
from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import State, User, ZaloOAEmulator
from tests.emulators.zalo_oa import templates as zbs
from tests.emulators.zalo_oa.signing import signature
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient, button, text_and

VECTOR_BODY = (
    '{"app_id":"1234567890123456789","sender":{"id":"9000000000000000001"},'
    '"user_id_by_app":"8000000000000000001","recipient":{"id":"7000000000000000001"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"a1b2c3d4e5f60718"},'
    '"timestamp":"1767225600000"}'
)


def test_the_signature_gives_both_vectors() -> None:
    first = signature("X", b"BODY", "1234567890", "Y")
    assert first == "2f1ef5aabe67e8396a459ca89562e108ad541f82ba5022c85f645bd6b7220cb9"
    second = signature("1234567890123456789", VECTOR_BODY.encode(), "1767225600000", "example-oa-secret-key")
    assert len(VECTOR_BODY.encode()) == 267
    assert second == "464096b4fe75f60483f4143e4ad80b67be6001738a4890cd734d5ab7ecfa0d22"


async def test_a_text_arrives_signed_over_its_exact_bytes(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    msg_id = await hoa.says("em oi, lớp may ở đâu 🌾")
    await granted.events_taken()
    stamp = str(int(MORNING.timestamp() * 1000))
    assert hook.events == [
        {
            "app_id": granted.app.app_id,
            "sender": {"id": hoa.user_id},
            "recipient": {"id": granted.oa.oa_id},
            "event_name": "user_send_text",
            "message": {"text": "em oi, lớp may ở đâu 🌾", "msg_id": msg_id},
            "user_id_by_app": "8000000000000000001",
            "timestamp": stamp,
        }
    ]
    assert "lớp may".encode() in hook.bodies[0]
    whole = granted.app.app_id.encode() + hook.bodies[0] + stamp.encode() + granted.app.oa_secret_key.encode()
    headers = hook.headers[0]
    assert headers["X-ZEvent-Signature"] == f"mac={hashlib.sha256(whole).hexdigest()}"
    assert headers["X-ZEvent-Server"] == "OA OpenAPI"
    assert headers["User-Agent"] == "ZaloWebhook"
    assert "num_retry" not in headers


async def test_a_timestamp_may_be_a_number_and_the_key_a_wrong_one(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    granted.app.timestamps_as_numbers = True
    granted.app.signs_with = "app_secret"
    granted.app.signs_for = "oa_id"
    await hoa.says("a")
    await granted.events_taken()
    stamp = hook.events[0]["timestamp"]
    assert stamp == int(MORNING.timestamp() * 1000)
    expected = signature(granted.oa.oa_id, hook.bodies[0], str(stamp), granted.app.secret)
    assert hook.headers[0]["X-ZEvent-Signature"] == f"mac={expected}"


@dataclass(frozen=True)
class Deed:
    label: str
    do: Callable[[User], Awaitable[object]]
    name: str
    expect: JSON


DEEDS = [
    Deed("follow", lambda u: u.follows(), "follow", {"source": "oa_profile"}),
    Deed("unfollow", lambda u: u.unfollows(), "unfollow", {"source": "oa_profile"}),
    Deed("withdraw", lambda u: u.withdraws(), "user_withdraw", {}),
    Deed("chat", lambda u: u.clicks_chat_now(), "user_click_chatnow", {}),
    Deed("form", lambda u: u.submits_info(name="Hoa"), "user_submit_info", {}),
    Deed("old form", lambda u: u.submits_info(old_shape=True), "user_submit_info", {}),
    Deed("image", lambda u: u.sends_image(caption="đây"), "user_send_image", {}),
    Deed("gif", lambda u: u.sends_gif(), "user_send_gif", {}),
    Deed("audio", lambda u: u.sends_audio(), "user_send_audio", {}),
    Deed("video", lambda u: u.sends_video(), "user_send_video", {}),
    Deed("sticker", lambda u: u.sends_sticker(), "user_send_sticker", {}),
    Deed("file", lambda u: u.sends_file(), "user_send_file", {}),
    Deed("link", lambda u: u.sends_link("https://vi.du"), "user_send_link", {}),
    Deed("place", lambda u: u.sends_location(), "user_send_location", {}),
    Deed("card", lambda u: u.sends_business_card(), "user_send_business_card", {}),
    Deed("feedback", lambda u: u.gives_feedback(), "user_feedback", {}),
]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.label)
async def test_every_deed_is_told_by_its_name(granted: ZaloOAEmulator, hook: Hook, deed: Deed) -> None:
    hoa = granted.user()
    await deed.do(hoa)
    await granted.events_taken()
    (event,) = hook.events
    assert event["event_name"] == deed.name
    assert event | deed.expect == event
    sender: JSON = event.get("sender", {})
    recipient: JSON = event.get("recipient", {})
    ids = {
        (event.get("follower") or sender).get("id"),
        event.get("user_id"),
        event.get("oa_id"),
        recipient.get("id"),
    }
    assert ids - {None} == {hoa.user_id, granted.oa.oa_id}


async def test_what_she_attaches_can_be_fetched(
    granted: ZaloOAEmulator, client: OAClient, hook: Hook, hoa: User
) -> None:
    await hoa.sends_file(b"noi dung", name="don.docx")
    await granted.events_taken()
    payload = hook.events[0]["message"]["attachments"][0]["payload"]
    assert payload["checksum"] == hashlib.md5(b"noi dung").hexdigest()
    async with client.session.get(payload["url"]) as answer:
        assert await answer.read() == b"noi dung"


async def test_our_own_send_is_echoed_received_and_later_seen(
    granted: ZaloOAEmulator, client: OAClient, hook: Hook, hoa: User
) -> None:
    await hoa.says("alo")
    ids = [(await client.says(hoa, text))["data"]["message_id"] for text in ("một", "hai")]
    await hoa.reads()
    await granted.events_taken()
    assert [e["message"]["msg_id"] for e in hook.named("oa_send_text")] == ids
    assert "admin_id" not in hook.named("oa_send_text")[0]["sender"]
    received = hook.named("user_received_message")
    assert [e["message"]["msg_id"] for e in received] == ids
    (seen,) = hook.named("user_seen_message")
    assert seen["message"] == {"msg_ids": ids}
    assert seen["sender"]["id"] == received[0]["sender"]["id"] == granted.oa.oa_id
    hoa.is_online = False
    await client.says(hoa, "ba")
    await granted.events_taken()
    assert len(hook.named("user_received_message")) == 2


async def test_a_human_of_the_oa_is_echoed_with_her_id(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    granted.admin_says(hoa, "Chị chờ chút nhé")
    await granted.events_taken()
    (echo,) = hook.named("oa_send_text")
    assert echo["sender"] == {"id": granted.oa.oa_id, "admin_id": granted.oa.admin_id}
    assert hook.named("user_received_message") == []
    assert hoa.received[0].by_hand == granted.oa.admin_id


async def test_a_query_button_says_its_payload_and_a_link_says_nothing(
    granted: ZaloOAEmulator, client: OAClient, hook: Hook, hoa: User
) -> None:
    await hoa.says("alo")
    link = button("Xem", "oa.open.url", {"url": "https://vi.du"})
    await client.says(
        hoa, text_and(buttons=[button(payload="#dk"), button("Ẩn", "oa.query.hide", "#an"), link])
    )
    for title in ("Đăng ký", "Ẩn", "Xem"):
        await hoa.presses(title)
    await granted.events_taken()
    assert [e["message"]["text"] for e in hook.named("user_send_text")] == ["alo", "#dk", "#an"]
    assert [b.text for b in hoa.bubbles if b.received is None] == ["alo", "#dk"]


async def test_groups_and_unknown_events_are_told(granted: ZaloOAEmulator, hook: Hook, hoa: User) -> None:
    group = granted.group()
    group.tells("create_group", hoa)
    group.admits(hoa)
    await hoa.says("họp mấy giờ", group=group)
    group.loses(hoa, "user_leave_group")
    hoa.makes({"event_name": "something_new", "oa_id": granted.oa.oa_id, "data": [1, {"x": None}]})
    await granted.events_taken()
    assert sorted(hook.names) == sorted(
        ["create_group", "user_join_group", "user_send_group_text", "user_leave_group", "something_new"]
    )
    assert hook.named("user_send_group_text")[0]["recipient"]["id"] == group.group_id
    assert hoa.last_interaction == granted.clock.now()


async def test_template_and_quota_news_come_from_the_zns_server(granted: ZaloOAEmulator, hook: Hook) -> None:
    zbs.change_state(granted.world, granted.oa.oa_id, granted.template(), State.DISABLE, "bị báo xấu")
    await granted.events_taken()
    assert hook.events[0]["status"] == {"prev_status": "ENABLE", "new_status": "DISABLE"}
    assert hook.headers[0]["X-ZEvent-Server"] == "ZNS"


async def test_only_apps_with_a_grant_are_told_and_received_only_to_the_sender(
    granted: ZaloOAEmulator, client: OAClient, hook: Hook, hoa: User
) -> None:
    other = granted.new_app()
    other.webhook.url = hook.url
    await hoa.says("một")
    granted.connect(app=other)
    await hoa.says("hai")
    await client.says(hoa, "ba")
    await granted.events_taken()
    heard = [(e["app_id"], e["event_name"]) for e in hook.events]
    assert heard.count((granted.app.app_id, "user_send_text")) == 2
    assert heard.count((other.app_id, "user_send_text")) == 1
    assert [app for app, name in heard if name == "user_received_message"] == [granted.app.app_id]
    assert len([app for app, name in heard if name == "oa_send_text"]) == 2


async def test_events_can_be_off_and_texts_filtered(granted: ZaloOAEmulator, hook: Hook, hoa: User) -> None:
    granted.app.events_off = {"follow"}
    granted.app.only_hash_texts = True
    await hoa.follows()
    await hoa.says("chào")
    await hoa.says("#chao")
    await granted.events_taken()
    assert [e["message"]["text"] for e in hook.events] == ["#chao"]
