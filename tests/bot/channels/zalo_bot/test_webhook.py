import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels.contract import Account, Ignored
from bot.channels.zalo_bot.channel import ZaloBot
from bot.channels.zalo_bot.webhook import Webhook
from bot.intake import IntakeFullError
from bot.store.database import Database
from tests.bot.channels.keeping import Desk, Office
from tests.bot.channels.zalo_bot import payloads
from tests.bot.channels.zalo_bot.conftest import WEBHOOK_SECRET, MakeChannel
from tests.conftest import MovingClock
from tests.emulators.zalo_bot import User, ZaloBotEmulator

HEADER = "X-Bot-Api-Secret-Token"
CHAO = json.dumps(payloads.text("chào")).encode()


@dataclass
class Site:
    """Our web server with the channel's routes."""

    channel: ZaloBot
    url: str

    @property
    def path(self) -> str:
        routes = [route for route in self.channel.routes() if isinstance(route, web.RouteDef)]
        [path] = [route.path for route in routes if route.method == "POST"]
        return path

    async def post(
        self, body: bytes | io.BytesIO, *, secret: str | None = WEBHOOK_SECRET, path: str = "", **more: Any
    ) -> tuple[int, str, Any]:
        """Status, body and headers of the answer."""
        headers = {"Content-Type": "application/json"} | ({HEADER: secret} if secret is not None else {})
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + (path or self.path), data=body, headers=headers, **more) as answer,
        ):
            return answer.status, await answer.text(), answer.headers


class Sites:
    def __init__(self, make_channel: MakeChannel) -> None:
        self._make_channel = make_channel
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._runner: web.AppRunner | None = None

    async def open(self, account: Account, database: Database, **options: Any) -> Site:
        """Serve a channel; the one before, if any, is served no more."""
        site = await self.make(account, database, **options)
        await self.serve(site)
        return site

    async def make(self, account: Account, database: Database, **options: Any) -> Site:
        channel = self._make_channel(account, database, public_url=self.url, **options)
        await channel.open()
        return Site(channel, self.url)

    async def serve(self, site: Site) -> None:
        await self.close()
        application = web.Application()
        application.add_routes(site.channel.routes())
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket.dup()).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def shut(self) -> None:
        await self.close()
        self._socket.close()


@pytest.fixture
async def sites(make_channel: MakeChannel) -> AsyncIterator[Sites]:
    opened = Sites(make_channel)
    yield opened
    await opened.shut()


@pytest.fixture
async def site(sites: Sites, account: Account, books: Database) -> Site:
    return await sites.open(account, books)


# Zalo calls


@pytest.mark.parametrize("wraps", [False, True], ids=["bare", "wrapped"])
async def test_zalo_is_told_where_to_call_and_what_it_brings_is_kept(
    zalo: ZaloBotEmulator, sites: Sites, office: Office, kept_account: Account, database: Database, wraps: bool
) -> None:  # fmt: skip
    binh = zalo.user(name="Bình")
    zalo.bot.wraps_webhook = wraps
    site = await sites.open(kept_account, database)
    async with office.open() as intake:
        await site.channel.start_receiving(intake.receive)
        await zalo.is_called(1, "setWebhook")
        await _is_set(zalo)
        await binh.says("chào em")
        await binh.repeats_last_update()
        await binh.sends_photo()
        await zalo.events_taken()
        rows = await office.rows()
        assert [row.lane for row in rows] == [binh.chat_id, binh.chat_id]
        await site.channel.stop_receiving()
    [call] = zalo.calls.of("setWebhook")
    assert call.params == {"url": site.url + site.path, "secret_token": WEBHOOK_SECRET}
    assert WEBHOOK_SECRET not in call.params["url"]
    assert zalo.calls.of("getUpdates") == []


async def _is_set(zalo: ZaloBotEmulator) -> None:
    async with asyncio.timeout(20):
        while not zalo.bot.webhook.url or not zalo.calls.of("setWebhook")[-1].answered_at:
            await asyncio.sleep(0.01)


async def test_a_webhook_is_set_again_only_when_something_differs(
    zalo: ZaloBotEmulator, sites: Sites, account: Account, books: Database
) -> None:
    for secret, times in ((WEBHOOK_SECRET, 1), (WEBHOOK_SECRET, 1), ("another-secret", 2)):
        looked = len(zalo.calls.of("getWebhookInfo"))
        site = await sites.open(account, books, webhook_secret=secret)
        await site.channel.start_receiving(Desk().receive)
        await zalo.is_called(looked + 1, "getWebhookInfo")
        await zalo.is_called(times, "setWebhook")
        await _is_set(zalo)
        await site.channel.stop_receiving()
        assert len(zalo.calls.of("setWebhook")) == times


async def test_setting_the_webhook_is_tried_until_zalo_takes_it(
    zalo: ZaloBotEmulator, binh: User, site: Site
) -> None:
    zalo.order_fault("bad_gateway_html", method="setWebhook", times=2)
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    await zalo.is_called(3, "setWebhook")
    await _is_set(zalo)
    await binh.says("chào")
    await desk.has(1)
    assert desk.texts == ["chào"]


@pytest.mark.parametrize("is_served_later", [True, False])
async def test_zalos_first_vain_try_alarms_nobody_and_a_second_one_does(
    zalo: ZaloBotEmulator, sites: Sites, site: Site, clock: MovingClock, is_served_later: bool
) -> None:
    """At the first start the web server is the last part to start: Zalo's own try comes too early."""
    await sites.close()
    zalo.bot.webhook.answer_s = 0.2
    webhook = Webhook(
        site.channel._client,
        account_id=1,
        public_url=site.url,
        secret=WEBHOOK_SECRET,
        clock=clock,
        look_again=timedelta(),
    )
    with capture_logs() as lines:
        await webhook.round()
        if is_served_later:
            await sites.serve(site)
            zalo.bot.webhook.answer_s = 20
        await webhook.round()
        await webhook.round()
    warned = [line for line in lines if line["event"] == "zalo_bot_webhook_trouble"]
    assert len(zalo.calls.of("setWebhook")) == 1
    if is_served_later:
        assert (warned, len(zalo.calls.of("testWebhook"))) == ([], 1)
    else:
        assert {line["outcome"] for line in warned} == {"webhook.err.timeout"}


async def test_a_try_that_zalo_does_not_offer_any_more_is_done_without(
    zalo: ZaloBotEmulator, sites: Sites, site: Site, clock: MovingClock
) -> None:
    await sites.close()
    zalo.bot.webhook.answer_s = 0.2
    zalo.order_fault(404, method="testWebhook", times=None)
    webhook = Webhook(
        site.channel._client, account_id=1, public_url=site.url, secret=WEBHOOK_SECRET, clock=clock,
        look_again=timedelta(),
    )  # fmt: skip
    for _ in range(4):
        await webhook.round()
    assert len(zalo.calls.of("testWebhook")) == 1


# Who calls


@pytest.mark.parametrize("secret", [None, "", "wrong", WEBHOOK_SECRET[:-1], WEBHOOK_SECRET + "0", "khác-ợ"])
@pytest.mark.parametrize("body", [CHAO, b"{", b"x" * 100_000])
async def test_whoever_does_not_know_the_secret_leaves_nothing_behind(
    site: Site, secret: str | None, body: bytes
) -> None:
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    status, said, _ = await site.post(body, secret=secret)
    assert (status, said) == (403, "")
    assert desk.updates == []


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, None, "wrong"])
async def test_an_empty_try_is_answered_and_nothing_is_kept(site: Site, secret: str | None) -> None:
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    status, said, _ = await site.post(b"", secret=secret)
    assert (status, json.loads(said)) == (200, {"message": "Success"})
    assert (await site.post(b" \n"))[0] == 200
    assert desk.updates == []


async def test_an_account_that_we_do_not_have_is_not_found(site: Site) -> None:
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    for path in (site.path.replace("/1/", "/8/"), "/channels/zalo_bot/1", "/channels/zalo_bot/1/0000"):
        assert (await site.post(CHAO, path=path))[0] == 404
    assert desk.updates == []


async def test_a_message_replayed_a_day_later_is_not_handled(
    zalo: ZaloBotEmulator, sites: Sites, office: Office, kept_account: Account, database: Database, clock: MovingClock
) -> None:  # fmt: skip
    """Also when the first copy is forgotten here already."""
    site = await sites.open(kept_account, database)
    sent_ms = round(clock().timestamp() * 1000)
    body = json.dumps(payloads.text("chuyển tiền", date=sent_ms)).encode()
    clock.move(timedelta(hours=24, seconds=1))
    async with office.open() as intake:
        await site.channel.start_receiving(intake.receive)
        assert (await site.post(body))[0] == 200
        await site.channel.stop_receiving()
    [row] = await office.rows()
    assert site.channel.parse(row.payload) == Ignored("replay")


# What is called with

BODIES = [
    ("half an update", b'{"event_name": "message', "malformed"),
    ("a page", b"<html></html>", "malformed"),
    ("no text at all", b"\xff\xfe\x00\x00", "malformed"),
    ("a list", b"[1, 2]", "malformed"),
    ("an object without anything", b"{}", "malformed"),
    ("null", b"null", "malformed"),
    ("no number", b'{"event_name": "message.text.received", "message": {"date": NaN}}', "malformed"),
    ("a number of too many digits", b'{"event_name": "x.y", "x": ' + b"9" * 5000 + b"}", "malformed"),
    ("deep", b"[" * 100_000 + b"]" * 100_000, "malformed"),
    ("a kind we do not know", b'{"event_name": "message.telepathy.received"}', "message.telepathy.received"),
    ("a NUL in every place", b'{"event_name":"message.text.received","message":{"message_id":"\\u0000","chat":{"id":"\\u0000"}}}', "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "why"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
async def test_what_we_do_not_understand_is_kept_once_and_answered(
    sites: Sites, office: Office, kept_account: Account, database: Database, body: bytes, why: str
) -> None:
    site = await sites.open(kept_account, database)
    async with office.open() as intake:
        await site.channel.start_receiving(intake.receive)
        for _ in range(2):
            assert (await site.post(body))[0] == 200
        await site.channel.stop_receiving()
    [row] = await office.rows()
    assert site.channel.parse(row.payload) == Ignored(why)


async def test_a_text_of_100_kilobytes_is_kept_whole(
    sites: Sites, office: Office, kept_account: Account, database: Database
) -> None:
    site = await sites.open(kept_account, database)
    words = "ạ👩‍🌾<b>';--\u202e" * 10_000
    async with office.open() as intake:
        await site.channel.start_receiving(intake.receive)
        assert (await site.post(json.dumps(payloads.text(words)).encode()))[0] == 200
        await site.channel.stop_receiving()
    assert await office.texts() == [words]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_what_is_larger_than_any_update_is_refused(site: Site, is_chunked: bool) -> None:
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    status, _, _ = await site.post(io.BytesIO(b"x" * 1_500_000), chunked=is_chunked or None)
    assert status == 413
    assert desk.updates == []


async def test_what_could_not_be_kept_at_once_is_tried_again_before_zalo_is_sent_away(
    sites: Sites, account: Account, books: Database
) -> None:
    """For Zalo may never come again."""
    site = await sites.open(account, books, keep_again=(timedelta(), timedelta()))
    desk = Desk(IntakeFullError(), RuntimeError("the database is away"))
    await site.channel.start_receiving(desk.receive)
    assert (await site.post(CHAO))[0] == 200
    assert desk.texts == ["chào"]
    desk.errors = [IntakeFullError() for _ in range(3)]
    status, said, headers = await site.post(CHAO)
    assert (status, said, headers["Retry-After"]) == (503, "", "5")


async def test_nothing_is_taken_in_before_the_start_and_after_the_stop(site: Site) -> None:
    desk = Desk()
    assert (await site.post(CHAO))[0] == 503
    await site.channel.start_receiving(desk.receive)
    assert (await site.post(CHAO))[0] == 200
    await site.channel.stop_receiving()
    assert (await site.post(CHAO))[0] == 503
    assert len(desk.updates) == 1
