"""The Zalo emulators as processes of their own, and the phone page that a person opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from tests.emulators.clock import EmulatorClock
from tests.emulators.hook import Hook
from tests.emulators.parameters import JSON
from tests.emulators.zalo_bot import RemoteZaloBot, ZaloBotEmulator
from tests.emulators.zalo_oa import RemoteZaloOA, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient, attached, button, text_and


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    await made.start()
    yield made
    await made.stop()


async def test_the_oa_emulator_runs_as_a_process_and_is_driven_from_afar(
    session: aiohttp.ClientSession, hook: Hook
) -> None:
    async with RemoteZaloOA.started() as zalo:
        pair = await zalo.connect()
        assert await zalo.saves_webhook(hook.url)
        hoa = await zalo.user(name="Hoa", interacted=timedelta(days=3))
        url = f"{zalo.base_url}/v3.0/oa/message/cs"

        async def send(text: str) -> JSON:
            body = {"recipient": {"user_id": hoa.user_id}, "message": {"text": text}}
            async with session.post(url, json=body, headers={"access_token": pair["access_token"]}) as answer:
                found: JSON = await answer.json()
                return found

        assert (await send("quá hạn"))["error"] == -320
        await hoa.says("em ơi")
        await zalo.events_taken()
        assert hook.named("user_send_text")[0]["message"]["text"] == "em ơi"
        await zalo.order_fault(-200, user=hoa.user_id)
        assert (await send("a"))["error"] == -200
        assert (await send("Dạ, em đây"))["error"] == 0
        (heard,) = await hoa.hears()
        assert (heard.text, heard.quota_type) == ("Dạ, em đây", "reply")
        assert [c.outcome for c in await zalo.calls("v3.0/oa/message/cs")] == ["-320", "-200", "ok"]
        assert (await zalo.oa(sub_quota=5))["sub_quota"] == 5
        await zalo.move_clock(timedelta(hours=26))
        assert (await send("hết hạn"))["error"] == -220
        with pytest.raises(RuntimeError, match="no field"):
            await zalo.oa(no_such_thing=1)


async def test_the_bot_emulator_runs_as_a_process_and_is_driven_from_afar(
    session: aiohttp.ClientSession,
) -> None:
    async with RemoteZaloBot.started() as zalo:
        token = (await zalo.bot(monthly_messages=1))["token"]
        lan = await zalo.user()
        await lan.says("chào")
        async with session.get(f"{zalo.base_url}{token}/getUpdates?timeout=1") as answer:
            assert (await answer.json())["result"]["message"]["text"] == "chào"
        for expected in (True, False):
            body = {"chat_id": lan.user_id, "text": "Chào chị"}
            async with session.post(f"{zalo.base_url}{token}/sendMessage", json=body) as answer:
                assert (await answer.json())["ok"] is expected
        assert (await lan.hears(lambda r: "chị" in r.text)).kind == "text"


async def act(session: aiohttp.ClientSession, address: str, **form: str) -> int:
    async with session.post(f"{address}/phones/act", data=form, allow_redirects=False) as answer:
        return answer.status


async def test_a_person_can_play_member_and_oa_on_the_phone_page(session: aiohttp.ClientSession) -> None:
    async with ZaloOAEmulator(clock=EmulatorClock.standing(MORNING)) as zalo:
        address = zalo.server.address
        assert await act(session, address, act="new_user", name="Chị <b>Hoa</b>", phone="84912000999") == 303
        (user,) = zalo.oa.users.values()
        phone = f"{zalo.oa.oa_id}:{user.user_id}"
        assert await act(session, address, act="follow", phone=phone) == 303
        assert await act(session, address, act="say", phone=phone, value="<script>em ơi</script>") == 303
        assert await act(session, address, act="hand", phone=phone, value="Dạ chị") == 303
        assert await act(session, address, act="block", phone=phone) == 303
        assert await act(session, address, act="move", value="+48 giờ") == 303
        assert await act(session, address, act="dance", phone=phone) == 400
        async with session.get(address) as page:
            text = await page.text()
        assert "Chị &lt;b&gt;Hoa" in text
        assert "&lt;script&gt;em ơi" in text
        assert "đã chặn" in text
        assert f"CHIHOI_ZALO_OA_BASE_URL={zalo.base_url}" in text
        assert (user.received[0].by_hand, user.refusal) == (zalo.oa.admin_id, -244)
        assert zalo.clock.now() - MORNING == timedelta(hours=48)


async def test_every_kind_of_message_is_shown(session: aiohttp.ClientSession) -> None:
    async with ZaloOAEmulator(clock=EmulatorClock.standing(MORNING)) as zalo:
        client = OAClient(session, zalo, zalo.connect().access_token)
        hoa = zalo.user(interacted=timedelta(0))
        said = await hoa.says("câu hỏi của em")
        for deed in (hoa.sends_image, hoa.sends_sticker, hoa.sends_audio, hoa.sends_location, hoa.sends_file):
            await deed()
        picture = {"media_type": "image", "url": "https://hoi.example.vn/a.jpg"}
        card = {"title": "Thẻ", "image_url": "https://hoi.example.vn/a.jpg"}
        for message in (
            text_and(buttons=[button("Đăng ký học"), button("Xem", "oa.open.url", {"url": "https://vi.du"})]),
            {"text": "trả lời", "quote_message_id": said},
            attached("template", template_type="media", elements=[picture]),
            attached("template", template_type="list", elements=[card | {"subtitle": "Phụ đề"}, card]),
            attached("template", template_type="request_user_info", elements=[card | {"subtitle": "Xin số"}]),
        ):
            assert (await client.says(hoa, message))["error"] == 0
        await hoa.reacts(hoa.received[0].message_id)
        await hoa.reads()
        async with session.get(zalo.server.address) as page:
            text = await page.text()
        for shown in (
            "Nhãn dán",
            "Ghi âm",
            "Vị trí",
            "Đăng ký học",
            "<blockquote>câu hỏi",
            "Phụ đề",
            "❤",
        ):
            assert shown in text
        for shown in ("Chia sẻ thông tin của tôi", "https://hoi.example.vn/a.jpg", "miễn phí · đã xem"):
            assert shown in text


async def test_the_bots_phones_are_shown_with_its_token(session: aiohttp.ClientSession) -> None:
    async with ZaloBotEmulator(clock=EmulatorClock.standing(MORNING)) as zalo:
        address = zalo.server.address
        assert await act(session, address, act="new_user", name="Cán bộ Lan") == 303
        (lan,) = zalo.bot.users.values()
        assert await act(session, address, act="say", phone=lan.chat_id, value="chào") == 303
        assert zalo.bot.pending[0]["message"]["text"] == "chào"
        async with session.get(f"{address}/phones/board?since=-1") as page:
            text = await page.text()
        assert "Cán bộ Lan" in text
        assert f"CHIHOI_ZALO_BOT_TOKEN={zalo.bot.token}" in text
