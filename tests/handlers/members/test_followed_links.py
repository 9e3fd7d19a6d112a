"""The addresses of ours in announcements: they lead only to what stands there, and count people."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from bot.store.database import Database
from bot.store.tables import contacts, deliveries, responses, runs
from bot.web.application import build_application
from bot.web.assets import Assets
from broadcasts import links
from broadcasts.content import Content, Rule, Trial
from handlers.members.followed_links import FollowedLinks
from tests import people
from tests.broadcasts.announced import add_delivery, add_run
from tests.catalogues import languages
from tests.conftest import MovingClock

KEY = b"a key of the service"
PHONE = "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 Zalo android/12"
FIRST, SECOND, OTHER, CHANGED = (
    f"https://hoi.example/{name}?a=1&b=2" for name in ("mot", "hai", "ba", "moi")
)
TEXTS = {"vi": f"Xem [lịch]({FIRST}) và [bản đồ]({SECOND})."}
TRIAL = Content(counts_clicks=True, trial=Trial({"vi": f"Xem [tin]({OTHER})."}, 20, Rule.CLICKED, 4))


async def _nothing_is_missing() -> list[str]:
    return []


@pytest.fixture
async def client(database: Database, clock: MovingClock) -> AsyncIterator[TestClient[Any, Any]]:
    application = build_application(
        FollowedLinks(database, key=KEY, clock=clock).routes(),
        assets=Assets.load(),
        languages=languages(),
        ready=_nothing_is_missing,
    )
    async with TestClient(TestServer(application)) as client:
        yield client


@pytest.fixture
async def delivery_id(database: Database, clock: MovingClock) -> int:
    union = await people.settle(database, clock())
    run_id = await add_run(database, union.commune_id, now=clock(), texts=TEXTS, content=TRIAL)
    async with database.reading() as connection:
        contact_id = await connection.scalar(sa.select(contacts.c.id).where(contacts.c.address == "hoa"))
    assert contact_id is not None
    return await add_delivery(database, run_id, contact_id, now=clock())


async def opens(
    client: TestClient[Any, Any], token: str, *, method: str = "GET", **headers: str
) -> ClientResponse:
    sent = {"User-Agent": PHONE} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.request(method, f"/r/{token}", headers=sent, allow_redirects=False)


async def clicks(database: Database) -> list[tuple[int, Any]]:
    async with database.reading() as connection:
        found = await connection.execute(sa.select(responses.c.clicks, responses.c.clicked_at))
        return [(row.clicks, row.clicked_at) for row in found]


async def test_it_leads_to_the_link_and_counts_her_once_with_all_her_clicks(
    client: TestClient[Any, Any], delivery_id: int, database: Database, clock: MovingClock
) -> None:
    first_time = clock()
    for number, url in ((0, FIRST), (1, SECOND), (2, OTHER)):
        response = await opens(client, links.token(delivery_id, number, KEY))
        assert (response.status, response.headers["Location"]) == (302, url)
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
        clock.move(timedelta(minutes=1))
    assert await clicks(database) == [(3, first_time)]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"User_Agent": "TelegramBot (like TwitterBot)"}),
        ("GET", {"User_Agent": "facebookexternalhit/1.1"}),
        ("GET", {"User_Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        ("GET", {"User_Agent": ""}),
        ("GET", {"Sec_Purpose": "prefetch;prerender"}),
        ("GET", {"X_Moz": "prefetch"}),
    ],
)
async def test_a_program_that_looks_ahead_is_led_on_and_not_counted(
    client: TestClient[Any, Any], delivery_id: int, database: Database, method: str, headers: dict[str, str]
) -> None:
    response = await opens(client, links.token(delivery_id, 0, KEY), method=method, **headers)
    assert (response.status, response.headers["Location"]) == (302, FIRST)
    assert await clicks(database) == []


async def test_what_is_not_ours_gets_a_kind_page_and_leads_nowhere(
    client: TestClient[Any, Any], delivery_id: int, database: Database
) -> None:
    for token in (
        "abc",
        "https:evil.example",
        links.token(delivery_id, 0, b"another key"),
        links.token(delivery_id, 9, KEY),
        links.token(delivery_id + 1, 0, KEY),
    ):
        response = await opens(client, token)
        assert response.status == 404
        assert "Location" not in response.headers
        assert "Em không tìm thấy trang này" in await response.text()
    assert await clicks(database) == []


async def test_after_a_change_it_leads_to_the_link_of_the_new_text(
    client: TestClient[Any, Any], delivery_id: int, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(deliveries).values(revision=1))
        revised = {"vi": f"Xem [lịch mới]({CHANGED})."}
        await connection.execute(sa.update(runs).values(revision=1, revised=revised))
    response = await opens(client, links.token(delivery_id, 0, KEY))
    assert response.headers["Location"] == CHANGED
