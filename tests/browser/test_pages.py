"""Every page in the real browser: usable on a phone, by those who cannot see it well, and without JavaScript."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from bot.clock import utc_now
from bot.store.database import Database
from handlers.officers import frame
from tests.browser import console_page as console
from tests.browser import province
from tests.browser.chromium import OFFICE_PC, PATIENCE, PHONE
from tests.browser.conftest import NewVisitor
from tests.browser.province import Province
from tests.service import ServiceProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    # The pages are drawn from either database alike.
    pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True),
]

# What a person who hears the page or uses the keyboard cannot do without. Returns sentences about what is missing.
FAULTS = """() => {
  const faults = [], say = (words, element) => faults.push(`${words}: ${element.outerHTML.slice(0, 160)}`);
  const nameOf = (element) => [
    element.getAttribute("aria-label"), element.textContent, element.getAttribute("title"),
    ...(element.getAttribute("aria-labelledby") || "").split(" ").map((id) => id && document.getElementById(id)?.textContent),
    ...[...element.querySelectorAll("img[alt]")].map((image) => image.alt), ...[...(element.labels || [])].map((one) => one.textContent),
  ].some((name) => name && name.trim());
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("h1").length !== 1) faults.push(`${document.querySelectorAll("h1").length} first headings`);
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main part");
  let level = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say("a level of headings is left out", heading);
    level = next;
  }
  for (const control of document.querySelectorAll("input:not([type=hidden], [aria-hidden=true]), select, textarea"))
    if (!nameOf(control)) say("no label", control);
  for (const one of document.querySelectorAll("button, a[href], summary, progress:not([aria-hidden=true])"))
    if (!nameOf(one)) say("no name", one);
  for (const image of document.querySelectorAll("img:not([alt])")) say("no alternative text", image);
  for (const table of document.querySelectorAll("table")) if (!table.querySelector("th[scope=col]")) say("no heads", table);
  for (const one of document.querySelectorAll("[aria-describedby], [aria-labelledby]"))
    for (const name of ["aria-describedby", "aria-labelledby"])
      for (const id of (one.getAttribute(name) || "").split(" ")) if (id && !document.getElementById(id)) say(`nothing is called ${id}`, one);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`two are called ${id}`);
  return faults;
}"""
CONNECTED_IN_THE_CONSOLE = "zalo_oa"  # A platform.
TOMORROW = utc_now() + timedelta(days=1)
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
async def settled(database: Database) -> Province:
    return await province.settle(database, utc_now())


@pytest.fixture
async def service(settled: Province, service: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    """Started when the province is there."""
    yield service


def pages(known: Province) -> list[str]:
    """Every page that an officer comes to by a link, and those of members."""
    return [
        "/chat",
        "/console",
        "/console/alerts",
        f"/console/alerts/{known.alert_id}",
        f"/console/alerts/{known.alert_id}/print",
        "/console/safety",
        "/console/safety/phones",
        "/console/questions",
        "/console/questions?state=forwarded",
        f"/console/questions/{known.question_id}",
        f"/console/questions/{known.forwarded_id}",
        "/console/broadcasts",
        "/console/broadcasts/start",
        "/console/broadcasts/new",
        f"/console/broadcasts/{known.draft_id}/edit",
        f"/console/broadcasts/{known.draft_id}/versions",
        f"/console/broadcasts/{known.draft_id}/try",
        f"/console/broadcasts/{known.draft_id}/review",
        f"/console/broadcasts/{known.scheduled_id}",
        f"/console/broadcasts/{known.running_id}",
        f"/console/broadcasts/{known.running_id}?outcome=uncertain",
        f"/console/broadcasts/{known.running_id}/units",
        f"/console/broadcasts/{known.running_id}/units?by=branch",
        f"/console/broadcasts/{known.running_id}/revise",
        f"/console/broadcasts/{known.draft_id}/people",
        f"/console/broadcasts/{known.draft_id}/people?left_out=no_consent",
        f"/console/broadcasts/{known.draft_id}/people/later?day={TOMORROW:%Y-%m-%d}&when={quote(TOMORROW.isoformat())}",
        "/console/segments",
        "/console/segments/new",
        "/console/lists",
        f"/console/lists/{known.list_id}",
        "/console/broadcasts/calendar",
        "/console/broadcasts/feasts",
        "/console/approvals",
        f"/console/broadcasts/{known.waiting_id}/approval",
        f"/console/broadcasts/{known.draft_id}/unreached",
        f"/console/broadcasts/{known.waiting_id}/unreached?unit={known.unit_id}",
        "/console/entries",
        "/console/entries/new",
        "/console/entries/confirming",
        "/console/entries/MEM-01",
        "/console/entries/learning",
        f"/console/entries/learning/{known.asking_id}",
        "/console/entries?show=expiring",
        "/console/entries?show=unasked",
        "/console/fields",
        "/console/members",
        f"/console/members/{known.member_id}",
        "/console/log",
        "/console/staff",
        "/console/staff/new",
        f"/console/staff/{known.staff_id}",
        "/console/accounts",
        f"/console/accounts/{known.official_id}",
        f"/console/accounts/{CONNECTED_IN_THE_CONSOLE}/connected?code=made-up",
        "/console/account",
        "/console/password",
    ]


def addresses_of_the_console() -> set[str]:
    gets = (one for one in frame.routes() if isinstance(one, web.RouteDef) and one.method == "GET")
    return {re.sub(r"\{[^}]*\}", "…", one.path) for one in gets}


def known_form(path: str) -> str:
    return re.sub(rf"/(\d+|MEM-01|{CONNECTED_IN_THE_CONSOLE})(?=/|$)", "/…", path.partition("?")[0])


async def faults_here(page: Page) -> list[str]:
    """What is wrong with the open page on an office PC and on a phone."""
    faults: list[str] = await page.evaluate(FAULTS)
    for size in (PHONE, OFFICE_PC):
        await page.set_viewport_size(size)
        if (width := await page.evaluate(WIDTH)) > size["width"]:
            faults.append(f"{width} wide on a screen of {size['width']}")
    return [f"{page.url}: {fault}" for fault in faults]


async def test_every_page_fits_a_phone_and_names_all_that_it_shows(
    settled: Province, new_visitor: NewVisitor
) -> None:
    page = await new_visitor().opens("/console/sign-in", viewport=OFFICE_PC)
    assert addresses_of_the_console() - {known_form(path) for path in pages(settled)} == {
        "/console/sign-in",
        "/console/sign-in/…",
        "/console/alerts/banner",  # A part of every page.
        "/console/session",  # Says whether she is still signed in, no page.
        "/console/files/…",  # A picture or a file, no page.
        "/console/broadcasts/…/file",
        "/console/broadcasts/…/unreached.xlsx",
    }
    faults = await faults_here(page)
    await console.sign_in(page, province.OFFICER, province.PASSWORD)
    for path in pages(settled):
        await page.goto(path)
        faults += await faults_here(page)
    await page.goto(f"/console/staff/{settled.staff_id}")
    await page.get_by_role("button", name="Lấy mã nối trò chuyện").click()
    await expect(page.locator(".code")).to_be_visible()
    faults += await faults_here(page)
    assert faults == []


async def test_chatting_and_signing_in_need_no_javascript(settled: Province, new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    chat = await visitor.opens("/chat", java_script_enabled=False)
    await chat.get_by_label("Tin nhắn của chị").fill("dang ky")
    await chat.get_by_role("button", name="Gửi").click()
    await come(chat, "Trước khi ghi tên, em xin thưa rõ với chị")
    await chat.get_by_role("button", name="Đồng ý", exact=True).click()
    await come(chat, "Chị có muốn nhận tin báo của Hội")
    await chat.get_by_role("link", name="Trả lời", exact=True).last.click()
    await expect(chat.locator("#answering")).to_contain_text("Đang trả lời")

    page = await visitor.opens("/console", java_script_enabled=False)
    await console.sign_in(page, province.OFFICER, province.PASSWORD)
    await page.goto(f"/console/questions/{settled.forwarded_id}")
    await page.get_by_label("Câu trả lời").fill("Còn chỗ, chị ghé văn phòng Hội ghi tên nhé.")
    await page.get_by_role("button", name="Gửi câu trả lời").click()
    await expect(page.locator("main")).to_contain_text("Đã gửi câu trả lời cho câu hỏi mã")


async def come(chat: Page, words: str) -> None:
    """Without JavaScript she asks for what is new herself."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await chat.locator(".line.ours", has_text=words).count():
            await chat.get_by_role("link", name="Xem tin mới").click()
