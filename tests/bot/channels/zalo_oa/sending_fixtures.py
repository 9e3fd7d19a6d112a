"""An Official Account that can send, and the fake Zalo that it sends to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import files
from bot.channels.contract import (
    Account,
    Attachment,
    Blame,
    FileKind,
    Outgoing,
    Receipt,
    Retry,
    SendError,
)
from bot.channels.tools import Tools
from bot.channels.zalo_oa.channel import NAME, ZaloOA
from bot.channels.zalo_oa.client import Access, Api, OAClient
from bot.store.database import Database
from bot.web.assets import Assets
from config.settings import Settings
from tests import people
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.clock import EmulatorClock
from tests.emulators.zalo_oa import User, ZaloOAEmulator

PUBLIC_URL = "https://hoi.example.vn"
PICTURE_URL = f"{PUBLIC_URL}/static/zalo_oa.1234.png"
CS = "v3.0/oa/message/cs"

JPEG = b"\xff\xd8\xff\xe0 made up \xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n made up"
GIF = b"GIF89a\x40\x01\xf0\x00 made up"
PDF = b"%PDF-1.7 made up"


class FixedGrant:
    """A permission that is simply there, and there anew whenever it is refused."""

    def __init__(self, zalo: ZaloOAEmulator) -> None:
        self.zalo = zalo
        self.token = zalo.connect().access_token
        self.renewals = 0

    async def current(self) -> Access:
        return Access(self.token, self.renewals)

    async def renew(self, stale_version: int) -> None:
        self.renewals += 1
        self.token = self.zalo.connect().access_token


@dataclass(frozen=True, slots=True)
class Post:
    """The channel with all that a test looks at."""

    zalo: ZaloOAEmulator
    channel: ZaloOA
    client: OAClient
    grant: FixedGrant
    database: Database
    clock: MovingClock
    hoa: User  # Wrote a moment ago, so that everything to her is free.

    async def send(self, message: Outgoing, address: str = "", key: str = "reply:1") -> Receipt:
        return await self.channel.send(address or self.hoa.user_id, message, key=key)

    async def refused(self, message: Outgoing, address: str = "", key: str = "reply:1") -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(message, address, key)
        return caught.value

    def messages(self, method: str = CS) -> list[Mapping[str, Any]]:
        """The `message` of each send that came in."""
        return [call.params["message"] for call in self.zalo.calls.of(method)]

    async def keep(self, data: bytes, kind: FileKind = FileKind.IMAGE, name: str = "") -> Attachment:
        async with self.database.writing() as connection:
            return Attachment(
                kind, await files.keep(connection, data, kind=kind, name=name, now=self.clock())
            )


@asynccontextmanager
async def opened(
    database: Database, clock: MovingClock, *, account_settings: Mapping[str, Any] | None = None, **given: Any
) -> AsyncIterator[Post]:
    """`given`: settings."""
    async with ZaloOAEmulator(clock=EmulatorClock(clock)) as zalo:
        settings = Settings(
            _env_file=None,
            zalo_app_id=zalo.app.app_id,
            zalo_app_secret=zalo.app.secret,
            **{"public_url": PUBLIC_URL, **given},
        )
        api = Api(
            base_url=zalo.base_url,
            business_base_url=zalo.business_base_url,
            oauth_base_url=zalo.oauth_base_url,
            per_minute=4000,
            send_timeout=timedelta(seconds=settings.zalo_oa_send_timeout_s),
            clock=clock,
        )
        await api.open()
        async with database.writing() as connection:
            account_id = await people.add_account(
                connection, channel=NAME, external_id=zalo.oa.oa_id, now=clock()
            )
        tools = Tools(
            settings=settings,
            database=database,
            assets=Assets(Path(), {"zalo_oa.png": "zalo_oa.1234.png"}),
            languages=languages(),
            clock=clock,
            secret_key="made up",
            greeting=lambda _: "",
        )
        grant = FixedGrant(zalo)
        client = OAClient(api, grant)
        account = Account(account_id, NAME, zalo.oa.oa_id, "Hội Phụ nữ", dict(account_settings or {}))
        hoa = zalo.user(name="Hoa", follows=True, interacted=timedelta(minutes=1))
        channel = ZaloOA(account, client=client, tools=tools, jitter=lambda: 0.0)
        try:
            yield Post(zalo, channel, client, grant, database, clock, hoa)
        finally:
            await api.close()


@asynccontextmanager
async def on_sqlite(template: SQLiteTemplate, clock: MovingClock, **given: Any) -> AsyncIterator[Post]:
    """For tests that are not about the database."""
    async with (
        template.database() as database,
        opened(database, clock, **given) as post,
    ):
        yield post


def told(error: SendError) -> tuple[str, Retry, Blame, timedelta | None]:
    return error.code, error.retry, error.blame, error.retry_after


def plain(message: Mapping[str, Any]) -> str:
    """The text of a message that is nothing but text."""
    assert set(message) == {"text"}, message
    return str(message["text"])


def with_text(message: Outgoing, text: str) -> Outgoing:
    return replace(message, text=text)
