import io
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.contract import Ignored
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.parsing import KINDS
from bot.intake import IntakeFullError
from bot.store.database import Database
from tests import people
from tests.bot.channels.keeping import Desk, Office
from tests.bot.channels.telegram import payloads
from tests.bot.channels.telegram.conftest import WEBHOOK_SECRET, MakeChannel, account
from tests.conftest import MovingClock
from tests.emulators.telegram import Patience, TelegramEmulator, User

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Site:
    """Our web server with the channel's routes."""

    channel: Telegram
    url: str

    async def post(
        self,
        body: bytes | io.BytesIO,
        *,
        secret: str | None = WEBHOOK_SECRET,
        path: str | None = None,
        **more: Any,
    ) -> tuple[int, str, Any]:
        """Status, body and headers of the answer."""
        headers = {"Content-Type": "application/json"} | ({HEADER: secret} if secret is not None else {})
        [route] = self.channel.routes()
        assert isinstance(route, web.RouteDef)
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + (path or route.path), data=body, headers=headers, **more) as answer,
        ):
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def account_id(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        return await people.add_account(connection, channel="telegram", external_id="123456", now=clock())


@pytest.fixture
def office(database: Database, clock: MovingClock) -> Office:
    return Office(database, clock)


class Sites:
    def __init__(self, make_channel: MakeChannel) -> None:
        self._make_channel = make_channel
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._runner: web.AppRunner | None = None

    async def open(self, **options: Any) -> Site:
        """Serve a channel; the one before, if any, is served no more."""
        await self.close()
        channel = self._make_channel(public_url=self.url, **options)
        await channel.open()
        application = web.Application()
        application.add_routes(channel.routes())
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket.dup()).start()
        return Site(channel, self.url)

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


# Telegram calls


async def test_telegram_is_told_where_to_call_and_what_it_brings_is_kept(
    bot_api: TelegramEmulator, hoa: User, sites: Sites, office: Office, account_id: int
) -> None:
    site = await sites.open(account=account(account_id))
    await hoa.says("trước khi có webhook")
    async with office.open() as intake:
        await site.channel.start_receiving(intake.receive)
        await bot_api.is_called(1, "setWebhook")
        await hoa.says("chào chị")
        await bot_api.updates_taken()
        assert await office.texts() == ["trước khi có webhook", "chào chị"]
        assert hoa.last_update_id is not None
        bot_api.deliver_again(hoa.last_update_id)
        await bot_api.updates_taken()
        assert len(await office.rows()) == 2
        assert site.channel.link("x") == "https://t.me/chihoi_bot?start=x"
        await site.channel.stop_receiving()
    [call] = bot_api.calls_of("setWebhook")
    assert call.params["url"].startswith(f"{site.url}/channels/telegram/{account_id}/")
    assert call.params["secret_token"] == WEBHOOK_SECRET
    assert WEBHOOK_SECRET not in call.params["url"]
    assert call.params["allowed_updates"] == list(KINDS)
    assert call.params["drop_pending_updates"] is False
    assert bot_api.calls_of("getUpdates") == []


async def test_a_webhook_is_set_again_only_when_something_differs(
    bot_api: TelegramEmulator, sites: Sites
) -> None:
    for secret, times in (("old", 1), ("old", 1), ("new", 2), ("new", 2)):
        looked = len(bot_api.calls_of("getWebhookInfo"))
        site = await sites.open(webhook_secret=secret)
        await site.channel.start_receiving(Desk().receive)
        await bot_api.is_called(looked + 1, "getWebhookInfo")
        await bot_api.is_called(times, "setWebhook")
        await site.channel.stop_receiving()
        assert len(bot_api.calls_of("setWebhook")) == times


async def test_telegram_comes_again_until_an_update_is_kept(
    bot_api: TelegramEmulator, hoa: User, sites: Sites
) -> None:
    bot_api.world.patience = Patience(first_delay_s=0.01)
    bot_api.order_fault("bad_gateway_html", method="setWebhook", times=2)
    desk = Desk()
    site = await sites.open()
    await site.channel.start_receiving(desk.receive)
    await bot_api.is_called(3, "setWebhook")
    await hoa.says("chào")
    await bot_api.updates_taken()
    assert desk.texts == ["chào"]
    await site.channel.stop_receiving()


async def test_a_press_is_answered_after_it_is_kept_and_keeps_no_answer_waiting(
    bot_api: TelegramEmulator, hoa: User, sites: Sites
) -> None:
    bot_api.order_fault("hang", method="answerCallbackQuery")
    site = await sites.open()
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    await bot_api.is_called(1, "setWebhook")
    hoa.presses_data("1", 5)
    answered = hoa.presses_data("2", 5)
    await bot_api.updates_taken()
    assert await answered.answered(5) is not None
    assert len(desk.updates) == 2
    await site.channel.stop_receiving()


# Who calls


@pytest.mark.parametrize("secret", [None, "", "wrong", WEBHOOK_SECRET[:-1], WEBHOOK_SECRET + "0", "khác-ợ"])
@pytest.mark.parametrize("body", [json.dumps(payloads.text("giả")).encode(), b"{", b"x" * 100_000])
async def test_whoever_does_not_know_the_secret_leaves_nothing_behind(
    sites: Sites, secret: str | None, body: bytes
) -> None:
    site = await sites.open()
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    status, said, _ = await site.post(body, secret=secret)
    assert (status, said) == (403, "")
    assert desk.updates == []
    await site.channel.stop_receiving()


async def test_an_account_that_we_do_not_have_is_not_found(sites: Sites) -> None:
    site = await sites.open(account=account(7))
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    [route] = site.channel.routes()
    assert isinstance(route, web.RouteDef)
    for path in (route.path.replace("/7/", "/8/"), "/channels/telegram/7", "/channels/telegram/7/0000"):
        status, _, _ = await site.post(json.dumps(payloads.text("x")).encode(), path=path)
        assert status == 404
    assert desk.updates == []
    await site.channel.stop_receiving()


# What is called with

BODIES = [
    ("nothing", b"", "malformed"),
    ("half an update", b'{"update_id": 5, "message"', "malformed"),
    ("a page", b"<html></html>", "malformed"),
    ("no text at all", b"\xff\xfe\x00\x00", "malformed"),
    ("a list", b"[1, 2]", "malformed"),
    ("null", b"null", "malformed"),
    ("no number", b'{"update_id": 5, "message": {"date": NaN}}', "malformed"),
    ("a number beyond all", b'{"update_id": 5, "message": {"date": 1e999}}', "malformed"),
    ("a number of too many digits", b'{"update_id": 5, "x": ' + b"9" * 5000 + b"}", "malformed"),
    ("deep", b"[" * 100_000 + b"]" * 100_000, "malformed"),
    ("an object in an object ...", b'{"update_id":5,"message":' * 20_000 + b"1" + b"}" * 20_000, "malformed"),
    ("a kind we do not know", b'{"update_id": 5, "telepathy": {}}', "telepathy"),
    ("a half of a character", b'{"update_id": 5, "message": {"text": "\\ud83d"}}', "malformed"),
    ("a NUL", b'{"update_id": 5, "message\\u0000": {"\\u0000": "\\u0000"}}', "malformed"),
]


@pytest.mark.parametrize(("body", "why"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
async def test_what_we_do_not_understand_is_kept_and_answered(
    sites: Sites, office: Office, account_id: int, body: bytes, why: str
) -> None:
    site = await sites.open(account=account(account_id))
    async with office.open({account_id: site.channel}) as intake:
        await site.channel.start_receiving(intake.receive)
        for _ in range(2):  # The same twice is kept once.
            status, _, _ = await site.post(body)
            assert status == 200
        await site.channel.stop_receiving()
    [row] = await office.rows()
    assert site.channel.parse(row.payload) == Ignored(why)


async def test_a_text_of_100_kilobytes_is_kept_whole(sites: Sites, office: Office, account_id: int) -> None:
    site = await sites.open(account=account(account_id))
    words = "ạ👩‍🌾<b>';--\u202e" * 10_000
    async with office.open({account_id: site.channel}) as intake:
        await site.channel.start_receiving(intake.receive)
        status, _, _ = await site.post(json.dumps(payloads.text(words)).encode())
        await site.channel.stop_receiving()
    assert status == 200
    assert await office.texts() == [words]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_what_is_larger_than_any_update_is_refused(sites: Sites, is_chunked: bool) -> None:
    site = await sites.open()
    desk = Desk()
    await site.channel.start_receiving(desk.receive)
    status, _, _ = await site.post(io.BytesIO(b"x" * 1_500_000), chunked=is_chunked or None)
    assert status == 413
    assert desk.updates == []
    await site.channel.stop_receiving()


@pytest.mark.parametrize("error", [IntakeFullError(), RuntimeError("the database is away")], ids=repr)
async def test_what_could_not_be_kept_must_come_again(sites: Sites, error: Exception) -> None:
    site = await sites.open()
    desk = Desk(error)
    await site.channel.start_receiving(desk.receive)
    status, said, headers = await site.post(json.dumps(payloads.text("chào")).encode())
    assert (status, said, headers["Retry-After"]) == (503, "", "5")
    status, _, _ = await site.post(json.dumps(payloads.text("chào")).encode())
    assert (status, desk.texts) == (200, ["chào"])
    await site.channel.stop_receiving()


async def test_nothing_is_taken_in_before_the_start_and_after_the_stop(sites: Sites) -> None:
    site = await sites.open()
    desk = Desk()
    body = json.dumps(payloads.text("chào")).encode()
    assert (await site.post(body))[0] == 503
    await site.channel.start_receiving(desk.receive)
    assert (await site.post(body))[0] == 200
    await site.channel.stop_receiving()
    assert (await site.post(body))[0] == 503
    assert len(desk.updates) == 1
