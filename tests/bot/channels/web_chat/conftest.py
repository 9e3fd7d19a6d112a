"""A web chat served over HTTP, with an intake that keeps what it is given and answers nothing by itself."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.contract import Account, Choice, Outgoing, Update
from bot.channels.web_chat.channel import WebChat
from bot.channels.web_chat.visitor import Visitor
from bot.languages import Languages
from bot.store.database import Database
from bot.store.tables import accounts
from bot.web.application import build_application
from bot.web.assets import Assets
from tests.conftest import MovingClock

ORIGIN = {"Sec-Fetch-Site": "same-origin"}
JSON = ORIGIN | {"Accept": "application/json"}


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    folder = tmp_path / "static"
    folder.mkdir()
    names = ("chat.css", "chat.js", "widget.js", "lotus.svg", "error.css")
    for name in names:
        (folder / name).write_text("/**/")
    return Assets(folder, {name: name for name in names})


@dataclass
class Intake:
    """Keeps updates once for each event, as the real one does."""

    updates: dict[str, Update] = field(default_factory=dict)
    trouble: Exception | None = None

    async def __call__(self, account_id: int, updates: Sequence[Update]) -> None:
        if self.trouble:
            raise self.trouble
        for update in updates:
            self.updates.setdefault(update.event_id, update)

    @property
    def payloads(self) -> list[Mapping[str, Any]]:
        return [update.payload for update in self.updates.values()]

    @property
    def last(self) -> Mapping[str, Any]:
        return self.payloads[-1]

    @property
    def texts(self) -> list[str]:
        return [str(payload.get("text", "")) for payload in self.payloads]


class Browser:
    """One visitor's browser without JavaScript, unless she asks for JSON."""

    def __init__(self, client: TestClient[web.Request, web.Application], channel: WebChat) -> None:
        self.client = client
        self.channel = channel

    async def open(self, path: str = "/chat") -> str:
        response = await self.client.get(path)
        assert response.status == 200
        return await response.text()

    async def post(
        self, path: str = "/chat/send", *, headers: Mapping[str, str] = ORIGIN, **fields: str
    ) -> ClientResponse:
        fields.setdefault("nonce", secrets.token_hex(16))
        return await self.client.post(path, data=fields, headers=headers, allow_redirects=False)

    async def say(self, text: str, *, nonce: str = "", reply_to: str = "") -> None:
        response = await self.post(text=text, reply_to=reply_to, nonce=nonce or secrets.token_hex(16))
        assert response.status == 303, await response.text()

    @property
    def address(self) -> str:
        (cookie,) = self.client.session.cookie_jar
        return Visitor(cookie.value).address

    async def answer(self, text: str, *choices: Choice, key: str | None = None) -> str:
        """What the service says to her."""
        receipt = await self.channel.send(
            self.address, Outgoing(text, choices), key=key or f"reply:{secrets.token_hex(4)}"
        )
        return receipt.platform_id


Made = tuple[WebChat, web.Application]
MakeBrowser = Callable[..., Awaitable[Browser]]


@pytest.fixture
def intake() -> Intake:
    return Intake()


@pytest.fixture
async def chat(
    database: Database, clock: MovingClock, assets: Assets, intake: Intake
) -> AsyncIterator[MakeBrowser]:
    """Opens browsers at one web chat: `browser = await chat()`; options make another chat of the same account."""
    async with AsyncExitStack() as stack:
        account_id = await _account(database, clock)
        account = Account(account_id, "web_chat", "web", "Trang web")
        served: dict[str, tuple[WebChat, TestServer]] = {}

        async def ready() -> list[str]:
            return []

        async def serve(**options: Any) -> tuple[WebChat, TestServer]:
            given: dict[str, Any] = {
                "assets": assets,
                "languages": Languages({}),
                "clock": clock,
                "organisation": "Hội Phụ nữ thử nghiệm",
                "web_address": "http://127.0.0.1",
                "greeting": lambda _language: "Dạ em chào chị!",
                "answer_wait": timedelta(0),
            }
            channel = WebChat(account, database, **given | options)
            application = build_application(
                channel.routes(), assets=assets, languages=Languages({}), ready=ready
            )
            server = TestServer(application)
            await stack.enter_async_context(server)
            await channel.start_receiving(intake)
            stack.push_async_callback(channel.stop_receiving)
            return channel, server

        async def open_browser(**options: Any) -> Browser:
            name = repr(sorted(options.items()))
            if name not in served:
                served[name] = await serve(**options)
            channel, server = served[name]
            client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
            stack.push_async_callback(client.session.close)
            return Browser(client, channel)

        yield open_browser


async def _account(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        inserted = await connection.execute(
            sa.insert(accounts)
            .values(
                channel="web_chat",
                external_id="web",
                name="Trang web",
                state="active",
                settings={},
                created_at=clock(),
            )
            .returning(accounts.c.id)
        )
        return int(inserted.scalar_one())


def bubbles(page: str) -> list[str]:
    """What stands in the speech bubbles, as a person reads it."""
    found = re.findall(r'<div class="bubble[^>]*>(.*?)</div>', page, re.DOTALL)
    return [unescape(re.sub(r"</?(a|bdi)\b[^>]*>", "", text)) for text in found]


def hidden(page: str, name: str) -> str:
    """The value of the message form's hidden field."""
    form = page[page.index('id="compose"') :]
    match = re.search(rf'name="{name}"[^>]* value="([^"]*)"', form)
    assert match
    return match[1]
