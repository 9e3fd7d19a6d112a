"""The console over real HTTP, with a small Union in its database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from bot.answers.bank import Bank, BankEntry, Certainty, Escalate, LocalField, Sensitive
from bot.answers.loading import load_bank
from bot.channels.contract import Limits
from bot.outbox import Outbox
from bot.people import access
from bot.people.passwords import Passwords
from bot.store.database import Database
from bot.store.tables import members, staff
from bot.store.tables.people import Role, UnitLevel
from bot.text import fold
from bot.web.application import build_application
from bot.web.assets import Assets
from broadcasts.policy import Policy
from handlers.officers import frame
from handlers.officers.console import Console
from tests import content, people
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import form
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.connecting_platform import ConnectingPlatform
from tests.parts import make_parts
from tests.people import People

PASSWORD = "một câu dễ nhớ"
NewBrowser = Callable[[], Awaitable[Browser]]
Write = Callable[..., Awaitable[int]]


async def nothing_is_missing() -> list[str]:
    return []


@pytest.fixture
def platform(database: Database) -> ConnectingPlatform:
    return ConnectingPlatform(database)


@pytest.fixture
def running() -> dict[int, Limits]:
    """Of the accounts whose channels run."""
    return {account_id: Limits(300, 0, timedelta(seconds=10)) for account_id in range(1, 1000)}


@pytest.fixture
def policy() -> Policy:
    """One officer may send to the whole of this small Union by herself; tests about approving ask for more."""
    return Policy(approval_beyond_commune=False)


@pytest.fixture
def console(
    database: Database,
    clock: MovingClock,
    platform: ConnectingPlatform,
    running: dict[int, Limits],
    policy: Policy,
) -> Console:
    # Hashing as weak as it goes: the tests are about doors, not about the lock's steel.
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    parts = make_parts()
    return Console(
        database=database,
        clock=clock,
        languages=languages(),
        outbox=Outbox({}),
        assets=Assets.load(),
        organisation="Hội LHPN thành phố Cần Thơ",
        web_address="http://127.0.0.1",
        chat_link=lambda code: {"web_chat": f"http://127.0.0.1/chat?code={code}"},
        passwords=passwords,
        answers=parts.answers,
        chat=parts,
        safety=parts.safety,
        limits=running,
        announcements=content.announcements(),
        occasions=content.occasions(),
        categories=content.categories(),
        platforms={platform.name: platform},
        policy=policy,
    )


@pytest.fixture
async def new_browser(console: Console) -> AsyncIterator[NewBrowser]:
    """Makes browsers that share nothing but the service."""
    application = build_application(
        frame.routes(),
        assets=console.assets,
        languages=console.languages,
        ready=nothing_is_missing,
        setups=[lambda app: frame.setup(app, console)],
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(application))

        async def make() -> Browser:
            return Browser(await stack.enter_async_context(TestClient(server)))

        yield make


@pytest.fixture
async def browser(new_browser: NewBrowser) -> Browser:
    return await new_browser()


@dataclass(frozen=True, slots=True)
class Union:
    """The people of tests/people.py, and an officer whose unit is the commune of Kế Sách only."""

    people: People
    dung: int


@pytest.fixture
async def union(database: Database, clock: MovingClock, console: Console) -> Union:
    """An (province), Dung (Kế Sách) and Chi (Nhơn Mỹ) can sign in with PASSWORD."""
    settled = await people.settle(database, clock())
    password_hash = await console.passwords.make_hash(PASSWORD)
    async with database.writing() as connection:
        dung = await people.add_staff(
            connection, "Võ Thị Dung", settled.commune_id, role=Role.OFFICER, login="dung", now=clock()
        )
        await connection.execute(
            sa.update(staff).where(staff.c.login.is_not(None)).values(password_hash=password_hash)
        )
    return Union(settled, dung)


@pytest.fixture
async def province(database: Database, clock: MovingClock) -> int:
    """A province with nobody in it yet."""
    async with database.writing() as connection:
        return await people.add_unit(
            connection, "Hội LHPN thành phố Cần Thơ", UnitLevel.PROVINCE, now=clock()
        )


async def make_link(database: Database, staff_id: int, clock: MovingClock) -> str:
    async with database.writing() as connection:
        return "/console/sign-in/" + await access.make_link(connection, staff_id, now=clock())


@pytest.fixture
async def faq(database: Database, clock: MovingClock) -> None:
    """A small FAQ: FEE-01 is on, FEE-02 unconfirmed and off, CHILD-01 urgent; one field that units fill in."""
    fields = {
        "chi_hoi_truong": LocalField("chi_hoi_truong", "Tên chi hội trưởng", "chị chi hội trưởng"),
    }
    bank = Bank(
        "vi",
        (
            _entry("FEE-01", "hoi_phi", "Hội phí bao nhiêu?", "Mỗi năm 24.000 đồng, hỏi {{chi_hoi_truong}}."),
            _entry("FEE-02", "hoi_phi", "Ai được miễn đóng tiền?", "Chị em hộ nghèo.", Certainty.UNCONFIRMED),
            _entry("CHILD-01", "tre_em", "Trẻ em bị đánh thì gọi đâu?", "Gọi ngay 111.", urgent=True),
        ),
        fields,
        {"hoi_phi": "Hội phí", "tre_em": "Trẻ em"},
    )
    async with database.writing() as connection:
        await load_bank(connection, bank, now=clock())


def _entry(
    entry_id: str,
    topic: str,
    question: str,
    answer: str,
    certainty: Certainty = Certainty.SOURCED,
    *,
    urgent: bool = False,
) -> BankEntry:
    return BankEntry(
        entry_id=entry_id,
        topic=topic,
        question=question,
        phrasings=(fold(question),),
        answer=answer,
        source="Điều lệ Hội",
        certainty=certainty,
        needs_local_check=False,
        escalate=Escalate.URGENT if urgent else Escalate.NONE,
        sensitive=Sensitive.NONE,
    )


@pytest.fixture
async def readers(database: Database, union: Union, clock: MovingClock) -> Union:
    """Hoa and Lan of Kế Sách want announcements; so does Sa Rây of Nhơn Mỹ."""
    async with database.writing() as connection:
        await connection.execute(sa.update(members).values(allows_announcements=True))
        away = await people.add_member(
            connection,
            "Sơn Thị Sa Rây",
            union.people.other_commune_id,
            allows_announcements=True,
            now=clock(),
        )
        await people.add_contact(connection, union.people.account_id, "saray", member_id=away, now=clock())
    return union


@pytest.fixture
def write(readers: Union) -> Write:
    """Writes a draft in this browser and leaves it at the review page; returns the broadcast's id."""

    async def save(browser: Browser, **values: str) -> int:
        await browser.open("/console/broadcasts/new")
        page = await browser.send("/console/broadcasts/new", **(form(readers.people) | values))
        assert page.path.endswith("/review"), page.text
        return int(page.path.split("/")[3])

    return save
