"""The real browser: Debian's Chromium, driven by Playwright, with its ears open for whatever a page complains about."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Response,
    ViewportSize,
    async_playwright,
    expect,
)

EXECUTABLE = shutil.which("chromium")

PATIENCE = timedelta(seconds=20)  # For a page to do what it should; long, for a busy machine.
OFFICE_PC: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 360, "height": 740}

_PATIENCE_MS = PATIENCE / timedelta(milliseconds=1)
expect.set_options(timeout=_PATIENCE_MS)


@asynccontextmanager
async def started() -> AsyncIterator[Browser]:
    """A Chromium of our own, gone when the block ends."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=EXECUTABLE,
            # As root, without a desktop, and with a small /dev/shm, as on a build machine.
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=vi"],
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """One person at one device, and everything that her pages complained about."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._address = address
        self._contexts: list[BrowserContext] = []

    async def opens(self, path: str, **options: Any) -> Page:
        """A page on a device of her own; `options` are those of a Playwright context, a phone's size unless given."""
        context = await self._browser.new_context(
            base_url=self._address,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            **{"viewport": PHONE, **options},
        )
        self._contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("response", self._on_response)
        await page.goto(path)
        return page

    async def leaves(self) -> None:
        for context in self._contexts:
            await context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        # What breaks the content policy is told here too.
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.complaints.append(f"script: {error.message}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")
