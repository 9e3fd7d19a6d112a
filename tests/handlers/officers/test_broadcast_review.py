import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import broadcasts, contacts, members, staff_acts
from bot.store.tables.broadcasts import BroadcastState
from broadcasts import people as audiences
from broadcasts import starting
from broadcasts.audience import Audience
from broadcasts.people import Asked, AudienceCount
from tests import people
from tests.broadcasts.ledger import outcomes
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, confirm, form, hidden, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union, Write


async def test_nothing_is_scheduled_without_the_tick(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await confirm(browser, broadcast_id, agreed="")
    assert (page.status, "Chị đánh dấu vào câu xác nhận" in page) == (422, True)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_number_that_has_changed_is_shown_again_before_anything_is_scheduled(
    browser: Browser, write: Write, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(members).where(members.c.id == readers.people.lan).values(allows_announcements=False)
        )
    page = await confirm(browser, broadcast_id)
    assert (page.status, "Số người nhận vừa thay đổi" in page) == (422, True)
    assert "Gửi cho 2 người ngay bây giờ" in page
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT
    await confirm(browser, broadcast_id)
    assert (await broadcast_row(database, broadcast_id)).counted == 2


async def test_double_click_makes_one_draft_and_one_run(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    first, second = await write(browser), await write(browser)
    assert first == second
    review = browser.page
    await confirm(browser, first)
    browser.page = review
    page = await confirm(browser, first)
    assert page.path == f"{BROADCASTS}/{first}"
    run_id = await start_run(database, clock)
    browser.page = review
    assert (await confirm(browser, first)).path == f"{BROADCASTS}/{first}"
    assert (await outcomes(database, run_id)).total() == 3
    async with database.reading() as connection:
        confirmed = sa.select(sa.func.count()).where(staff_acts.c.act == "broadcast_confirmed")
        assert await connection.scalar(confirmed) == 1


async def test_what_a_colleague_changed_after_she_looked_is_not_sent_unseen(
    new_browser: NewBrowser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    an, colleague = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    await colleague.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    clock.move(timedelta(minutes=1))
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/edit")
    edit = form(readers.people, **{"text-vi": "Đổi rồi"})
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/edit", seen_at=hidden(page, "seen_at"), **edit)
    page = await confirm(an, broadcast_id)
    assert (page.status, "vừa được người khác sửa" in page) == (422, True)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


MOMENTS = [
    ("in the past", "2026-11-23", "08:59", "Giờ này đã qua"),
    ("no date at all", "2026-02-31", "18:30", "Ngày giờ chưa đúng"),
    ("no time at all", "2026-11-24", "25:00", "Ngày giờ chưa đúng"),
    ("years ahead", "2029-01-01", "18:30", "xa quá một năm"),
    ("a bad joke", "<script>", "'; DROP", "Ngày giờ chưa đúng"),
]


@pytest.mark.parametrize(("day", "hour", "sentence"), [m[1:] for m in MOMENTS], ids=[m[0] for m in MOMENTS])
async def test_moment_that_cannot_be_is_refused_with_a_sentence(
    browser: Browser, write: Write, database: Database, day: str, hour: str, sentence: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await confirm(browser, broadcast_id, when="at", day=day, hour=hour)
    assert (page.status, sentence in page) == (422, True)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_night_needs_a_word_of_its_own(browser: Browser, write: Write, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    at_night = {"when": "at", "day": "2026-11-23", "hour": "21:00"}
    page = await confirm(browser, broadcast_id, **at_night)
    assert (page.status, "ngoài khung 07:00 đến 21:00" in page) == (422, True)
    await confirm(browser, broadcast_id, **at_night, at_night="1")
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.SCHEDULED


async def test_text_too_long_for_a_chosen_channel_cannot_be_confirmed(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    counted, seen_at = hidden(browser.page, "counted"), hidden(browser.page, "seen_at")
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(texts={"vi": "dài " * 100}))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "kênh này chỉ nhận 300" in page
    token = page.csrf
    page = await browser.send(
        f"{BROADCASTS}/{broadcast_id}/review",
        csrf=token, when="now", counted=counted, seen_at=seen_at, agreed="1",
    )  # fmt: skip
    assert page.status == 422
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_commune_cannot_confirm_a_draft_whose_people_are_not_hers(
    browser: Browser, write: Write, readers: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    broadcast_id = await write(browser, unit=str(readers.people.commune_id))
    review = browser.page
    async with database.writing() as connection:  # Somebody above has widened it.
        wider = Audience.of_units([readers.people.province_id], ("web_chat",))
        await connection.execute(sa.update(broadcasts).values(audience=wider.to_json()))
    browser.page = review
    assert (await confirm(browser, broadcast_id)).status == 403
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_scheduled_one_is_given_up_and_sent_to_nobody(
    browser: Browser, write: Write, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    await confirm(browser, broadcast_id, when="at", day="2026-11-23", hour="18:30")
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/give-up")
    assert "không ai nhận được gì" in page
    clock.move(timedelta(days=1))
    async with database.writing() as connection:
        assert await starting.start_due(connection, clock()) == []


async def test_without_its_form_token_nothing_is_confirmed(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    values = {"when": "now", "counted": "3", "agreed": "1", "seen_at": hidden(browser.page, "seen_at")}
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/review", csrf="", **values)
    assert page.status == 403
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_counting_the_people_keeps_nobody_from_writing(
    browser: Browser, write: Write, readers: Union, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    count = audiences.count

    async def while_somebody_writes(
        connection: AsyncConnection, whom: Asked, *, now: datetime
    ) -> AudienceCount:
        async with asyncio.timeout(20), database.writing() as other:
            await other.execute(sa.update(members).values(hamlet="Ấp Một"))
        return await count(connection, whom, now=now)

    monkeypatch.setattr(audiences, "count", while_somebody_writes)
    await confirm(browser, broadcast_id)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.SCHEDULED


async def test_who_has_been_silent_too_long_for_her_platform_is_left_out_with_the_reason(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        account = await people.add_account(connection, channel="zalo_oa", external_id="7", now=clock())
        for who, hours in (("hoa", 47), ("lan", 49)):
            await connection.execute(
                sa.update(contacts)
                .where(contacts.c.address == who)
                .values(account_id=account, last_in_at=clock() - timedelta(hours=hours))
            )
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser, **{"channel-zalo_oa": "1"})
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "2 người sẽ nhận" in page
    assert "1 chỉ gửi được khi trả tiền" in page


async def test_a_feast_that_nobody_has_confirmed_keeps_it_from_being_sent(
    browser: Browser, write: Write
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review?when=named")
    assert "Chưa gửi được, chị sửa giúp:" in page
    assert "Tin đầu tiên" not in page
    assert ("Xác nhận và gửi" in page, "Xác nhận hẹn giờ" in page) == (False, False)


async def test_what_greets_newcomers_names_no_number_and_no_hour_but_when_it_comes_to_each(
    browser: Browser, write: Write
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    joined = {"when": "joined", "delay": "0", "delay_unit": "hours"}
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review?when=joined&delay=0&delay_unit=hours")
    assert "chỉ gửi cho những chị mới vào Hội từ nay" in page
    assert "Tin đầu tiên" not in page
    assert "Gửi xong chừng" not in page
    page = await confirm(browser, broadcast_id, **joined)
    assert "Gửi cho từng người mới vào Hội, trong vòng khoảng một giờ." in page
    assert "Sẽ gửi cho khoảng" not in page
    assert "từng người mới vào Hội" in await browser.open(BROADCASTS)
