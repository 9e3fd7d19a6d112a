"""The pictures of the README: `python -m tests.browser.pictures`. The people and words in them are made up."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, ViewportSize

from bot.clock import utc_now
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.browser import chromium, console_page, province
from tests.browser.chat_page import ChatPage
from tests.browser.chromium import Visitor
from tests.service import ServiceProcess

_FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_CONSOLE: ViewportSize = {"width": 1200, "height": 675}
_CHAT: ViewportSize = {"width": 390, "height": 844}


async def main() -> None:
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite+aiosqlite:///{folder}/chihoi.sqlite")
        await migrate(database)
        await province.settle(database, utc_now())
        await database.close()
        async with ServiceProcess.started({}, Path(folder)) as service, chromium.started() as browser:
            visitor = Visitor(browser, service.address)
            await take(await at_today(visitor), "console.png")
            await take(await in_the_chat(visitor), "chat.png")
            await visitor.leaves()


async def at_today(visitor: Visitor) -> Page:
    page = await visitor.opens("/console/sign-in", viewport=_CONSOLE)
    await console_page.sign_in(page, province.OFFICER, province.PASSWORD)
    return page


async def in_the_chat(visitor: Visitor) -> Page:
    page = await visitor.opens("/chat", viewport=_CHAT)
    chat = ChatPage(page)
    await chat.reads("Em là máy trả lời")
    await chat.says("vao hoi duoc quyen loi gi", "Hội viên được sinh hoạt")
    await chat.says("nguoi la goi xin ma otp", "Có phải chị muốn hỏi")
    await page.mouse.move(0, 0)
    return page


async def take(page: Page, name: str) -> None:
    """Once nothing moves any more."""
    await page.screenshot(path=_FOLDER / name, animations="disabled", caret="hide")


if __name__ == "__main__":
    asyncio.run(main())
