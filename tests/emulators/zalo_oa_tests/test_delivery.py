"""How the OA emulator delivers events: the console's probe, faults on command, retries."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.emulators.hook import Hook
from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import User, ZaloOAEmulator


async def test_saving_the_address_sends_an_unsigned_probe_and_wants_200(
    granted: ZaloOAEmulator, hook: Hook
) -> None:
    assert await granted.app.webhook.saves(hook.url)
    assert hook.bodies == [b"{}"]
    assert "X-ZEvent-Signature" not in hook.headers[0]
    hook.status = 403
    assert not await granted.app.webhook.saves(hook.url)
    assert not await granted.app.webhook.saves("http://hoi.example.vn/hook")


async def test_duplicates_losses_and_reordering_on_command(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    webhook = granted.app.webhook
    webhook.doubles()
    await hoa.says("hai lần")
    webhook.loses()
    await hoa.says("mất")
    await granted.events_taken()
    assert hook.bodies[0] == hook.bodies[1]
    webhook.holds = True
    for text in ("một", "hai", "ba"):
        await hoa.says(text)
    assert len(hook.bodies) == 2
    webhook.release()
    await granted.events_taken()
    assert [e["message"]["text"] for e in hook.events[2:]] == ["ba", "hai", "một"]
    webhook.repeats(webhook.deliveries[0])
    await granted.events_taken()
    assert hook.bodies[-1] == hook.bodies[0]


async def test_a_closed_door_is_tried_again_at_the_vendors_times_and_then_given_up(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    await hook.stop()
    webhook = granted.app.webhook
    await hoa.says("có ai không")
    await granted.events_taken()
    (delivery,) = webhook.deliveries
    for number, seconds in enumerate((30, 270, 600, 900, 1800), start=1):
        granted.clock.move(timedelta(seconds=seconds - 1))
        assert len(delivery.tries) == number
        granted.clock.move(timedelta(seconds=1))
        await webhook.tried(delivery, number + 1)
    await webhook.is_switched_off()
    assert [one.num_retry for one in delivery.tries] == [0, 1, 2, 3, 4, 5]
    assert {one.why for one in delivery.tries} == {"connection"}
    await hook.start()
    await hoa.says("mất luôn")
    await granted.events_taken()
    assert hook.bodies == []
    assert await webhook.saves(hook.url)
    await hoa.says("lại nghe")
    await granted.events_taken()
    assert hook.named("user_send_text")[0]["message"]["text"] == "lại nghe"


async def test_a_retry_brings_the_same_body_with_its_number(
    granted: ZaloOAEmulator, hook: Hook, hoa: User
) -> None:
    await hook.stop()
    await hoa.says("alo")
    await granted.events_taken()
    await hook.start()
    granted.clock.move(timedelta(seconds=30))
    (delivery,) = granted.app.webhook.deliveries
    await granted.app.webhook.tried(delivery, 2)
    assert hook.bodies == [delivery.body]
    assert hook.headers[0]["num_retry"] == "1"
    assert delivery.is_taken


@pytest.mark.parametrize("retries", [False, True])
async def test_a_wrong_or_slow_answer_is_retried_by_a_switch_only(
    granted: ZaloOAEmulator, hook: Hook, hoa: User, retries: bool
) -> None:
    webhook = granted.app.webhook
    webhook.retries_refusals = retries
    hook.status = 500
    await hoa.says("một")
    await granted.events_taken()
    hook.hangs, webhook.answer_s = True, 0.05
    await hoa.says("hai")
    await granted.events_taken()
    assert [d.tries[0].status for d in webhook.deliveries] == [500, 0]
    assert webhook.deliveries[1].tries[0].why == "timeout"
    assert webhook.retrying_count == (2 if retries else 0)


async def test_the_deadline_is_two_seconds(granted: ZaloOAEmulator) -> None:
    assert granted.app.webhook.answer_s == 2.0


async def test_forged_posts_can_be_made(granted: ZaloOAEmulator, hook: Hook) -> None:
    event: JSON = {"event_name": "user_send_text", "message": {"text": "x"}}
    genuine = granted.world.signed(granted.app, granted.oa, event)
    broken: dict[str, Any] = json.loads(genuine.body) | {"message": {"text": "y"}}
    status, _ = await granted.app.webhook.posts(json.dumps(broken).encode(), genuine.headers)
    assert status == 200
    assert hook.headers[0]["X-ZEvent-Signature"] == genuine.headers["X-ZEvent-Signature"]
