"""What tests of announcements do in the console, over and over."""

from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import broadcasts
from broadcasts import filling, starting
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.people import People

BROADCASTS = "/console/broadcasts"


def form(people: People, **values: str) -> dict[str, str]:
    given = {
        "title": "Họp mặt",
        "text-vi": "Chào chị {{ten}}! Mời chị họp.",
        "unit": str(people.province_id),
        "channel-web_chat": "1",
        "on_uncertain": "leave",
    }
    return {name: value for name, value in (given | values).items() if value}


def hidden(page: Page, name: str) -> str:
    return page.html.split(f'name="{name}" value="')[1].split('"')[0]


async def confirm(browser: Browser, broadcast_id: int, **values: str) -> Page:
    """Send the confirmation as it stands in the open review page."""
    page = browser.page
    given = {
        "when": "now", "day": "", "hour": "", "counted": hidden(page, "counted"), "seen_at": hidden(page, "seen_at"),
        "agreed": "1",
    }  # fmt: skip
    sent = {name: value for name, value in (given | values).items() if value}
    return await browser.send(f"{BROADCASTS}/{broadcast_id}/review", **sent)


async def broadcast_row(database: Database, broadcast_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))).one()


async def start_run(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, clock())
    is_filled = False
    while not is_filled:
        async with database.writing() as connection:
            is_filled = await filling.fill(connection, run_id, clock())
    return run_id
