"""An application with nothing but what every answer has in common."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.languages import Languages
from bot.web.application import build_application
from bot.web.assets import Assets

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "error.1234.css").write_text("p { margin: 0 }")
    return Assets(folder, {"error.css": "error.1234.css"})


@pytest.fixture
async def serve(assets: Assets) -> AsyncIterator[Serve]:
    """Serve some routes until the test ends: `client = await serve([web.get(...)], public_url=...)`."""
    async with AsyncExitStack() as stack:

        async def ready() -> list[str]:
            return []

        async def start(routes: list[web.RouteDef], **options: Any) -> Client:
            given: dict[str, Any] = {"assets": assets, "languages": Languages({}), "ready": ready} | options
            server = TestServer(build_application(routes, **given))
            return await stack.enter_async_context(TestClient(server))

        yield start
