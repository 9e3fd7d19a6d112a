"""Fixtures of the tests in a real browser. Without a Chromium on the machine they are skipped."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.store.database import Database
from tests.browser import chromium
from tests.browser.chromium import Visitor
from tests.service import ServiceProcess

NewVisitor = Callable[[], Visitor]


@pytest.fixture
async def service(database: Database, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """The real service as a process, on each kind of database; it is all its test's own."""
    if chromium.EXECUTABLE is None:
        pytest.skip("no Chromium on this machine (Debian and Ubuntu: apt install chromium)")
    url = database.engine.url.render_as_string(hide_password=False)
    async with ServiceProcess.started({"CHIHOI_DATABASE_URL": url}, tmp_path) as started:
        yield started


@pytest.fixture
async def browser(service: ServiceProcess) -> AsyncIterator[Browser]:
    async with chromium.started() as started:
        yield started


@pytest.fixture
async def new_visitor(service: ServiceProcess, browser: Browser) -> AsyncIterator[NewVisitor]:
    """Makes visitors of the service. No page may have complained in the end: no script error, no breach of the policy."""
    visitors: list[Visitor] = []

    def make() -> Visitor:
        visitors.append(Visitor(browser, service.address))
        return visitors[-1]

    yield make
    for visitor in visitors:
        await visitor.leaves()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def first_link(service: ServiceProcess) -> str:
    return first_sign_in(service)


def first_sign_in(service: ServiceProcess) -> str:
    """The one-time sign-in link that the service printed."""
    found = re.search(r"http://\S+/console/sign-in/\S+", "\n".join(service.lines))
    assert found, service.lines
    return found[0]
