"""What an officer sees of what people did with an announcement, and takes home as a spreadsheet; and her hand on the run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from bot.channels.contract import Limits
from bot.store.database import Database
from bot.store.tables import deliveries, responses, runs, staff_acts
from bot.store.tables.broadcasts import DeliveryState, RunState, Variant
from broadcasts import attachments
from broadcasts.content import Content, Rule, Trial
from tests import people
from tests.broadcasts.announced import ASKS, add_delivery, add_run
from tests.broadcasts.ledger import run_of
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
TRIAL = Content(counts_clicks=True, trial=Trial({"vi": "Lời hai."}, 20, Rule.CLICKED, 4))


@dataclass
class Sending:
    """A run to Hoa, who got it, Lan, who could not be sent to, and Sa Rây of another commune, of whom nobody knows."""

    database: Database
    union: Union
    run_id: int
    broadcast_id: int
    hoa: int
    lan: int
    saray: int

    @property
    def path(self) -> str:
        return f"{BROADCASTS}/{self.broadcast_id}"

    async def responds(self, delivery_id: int, **values: Any) -> None:
        async with self.database.writing() as connection:
            row = {"delivery_id": delivery_id, "run_id": self.run_id, **values}
            await connection.execute(sa.insert(responses).values(row))

    async def change(self, **values: Any) -> None:
        async with self.database.writing() as connection:
            await connection.execute(sa.update(runs).where(runs.c.id == self.run_id).values(**values))


Send = Callable[..., Awaitable[Sending]]


@pytest.fixture
def send(database: Database, readers: Union, clock: MovingClock) -> Send:
    async def make(content: Content = ASKS, **values: Any) -> Sending:
        run_id = await add_run(database, readers.people.province_id, now=clock(), content=content, **values)
        ids = []
        for address, outcome in (
            ("hoa", {"state": DeliveryState.SENT}),
            ("lan", {"state": DeliveryState.FAILED, "code": "too_fast", "sent_at": None}),
            ("saray", {"state": DeliveryState.UNCERTAIN, "code": "sender_died", "sent_at": None}),
        ):
            contact = await people.contact_of(database, readers.people.account_id, address)
            ids.append(await add_delivery(database, run_id, contact.contact_id, now=clock(), **outcome))
        row = await run_of(database, run_id)
        return Sending(database, readers, run_id, row.broadcast_id, *ids)

    return make


async def press(browser: Browser, sending: Sending, act: str, **fields: str) -> Page:
    token = (await browser.open("/console/account")).csrf
    return await browser.send(f"{sending.path}/{act}", csrf=token, run=str(sending.run_id), **fields)


async def test_answers_are_counted_by_option_and_lead_to_names(
    browser: Browser, send: Send, clock: MovingClock
) -> None:
    sending = await send()
    await sending.responds(sending.hoa, answer=2, answered_at=clock(), replied_at=clock())
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(sending.path)
    assert "Chị em trả lời" in page
    assert "Em đi được 0 người 0%" in page
    assert "Em bận 1 người 100%" in page
    assert "Chọn: Em bận" in page
    page = await browser.open(f"{sending.path}?answer=2")
    assert ("Nguyễn Thị Hoa" in page, "Thạch Thị Lan" in page) == (True, False)
    assert "Những người chọn: Em bận" in page
    page = await browser.open(f"{sending.path}?answer=1")
    assert "Nguyễn Thị Hoa" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("outcome=failed", {"Thạch Thị Lan"}),
        ("outcome=failed&code=too_fast", {"Thạch Thị Lan"}),
        ("outcome=failed&code=other", set()),
        (
            "outcome=nonsense&answer=x&did=y&variant=9&page=3",
            {"Nguyễn Thị Hoa", "Thạch Thị Lan", "Sơn Thị Sa Rây"},
        ),
        ("did=clicked", set()),
    ],
)
async def test_figures_open_into_names(browser: Browser, send: Send, query: str, names: set[str]) -> None:
    sending = await send()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{sending.path}?{query}")
    everybody = {"Nguyễn Thị Hoa", "Thạch Thị Lan", "Sơn Thị Sa Rây"}
    assert {name for name in everybody if name in page} == names


async def test_a_name_is_searched_for_without_standing_in_the_address(browser: Browser, send: Send) -> None:
    sending = await send()
    await browser.sign_in("an", PASSWORD)
    page = await press(browser, sending, "search", words="sa ray", outcome="")
    assert "words=1" in page.path
    assert "ray" not in page.path
    assert "Tìm thấy 1 người" in page
    assert ("Sơn Thị Sa Rây" in page, "Nguyễn Thị Hoa" in page) == (True, False)
    async with browser.client.get(page.path, headers={"HX-Request": "true"}) as response:
        fragment = await response.text()
    assert fragment.strip().startswith('<section class="card mb-3" id="people"')
    assert "Sơn Thị Sa Rây" in fragment


async def test_of_two_texts_the_figures_and_the_winner_are_shown(
    browser: Browser, send: Send, database: Database, clock: MovingClock
) -> None:
    sending = await send(TRIAL, decide_at=clock() + timedelta(hours=4))
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.id == sending.hoa).values(variant=int(Variant.B))
        )
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == sending.saray)
            .values(variant=int(Variant.WAITS), state=DeliveryState.PLANNED)
        )
    await sending.responds(sending.hoa, clicked_at=clock(), clicks=2)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(sending.path)
    assert "Lời thứ hai 1 0 (0%) 1 (100%)" in page
    assert "trợ lý so hai lời" in page
    assert "Bấm liên kết (2 lượt) 1 người" in page
    await sending.change(winner=int(Variant.B))
    page = await browser.open(sending.path)
    assert "Lời thứ hai được chọn 1" in page
    assert "trợ lý so hai lời" not in page


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("stopped_rejected", "nhiều tin bị từ chối"),
        ("stopped_account", "trang Kênh"),
        ("stopped_money", "hết tiền"),
        ("missed", "máy chủ không chạy"),
    ],
)
async def test_why_a_run_stopped_is_said_with_what_to_do(
    browser: Browser, send: Send, code: str, said: str
) -> None:
    sending = await send(state=RunState.PAUSED, code=code)
    await browser.sign_in("an", PASSWORD)
    assert said in await browser.open(sending.path)


async def test_of_a_recurring_announcement_every_sending_can_be_looked_at(
    browser: Browser, send: Send, database: Database, clock: MovingClock
) -> None:
    sending = await send()
    async with database.writing() as connection:
        row = {
            "broadcast_id": sending.broadcast_id, "due_at": clock() - timedelta(days=7), "state": RunState.DONE,
            "texts": {}, "audience": {}, "on_uncertain": "leave", "created_at": clock(),
        }  # fmt: skip
        earlier = await connection.scalar(sa.insert(runs).values(row).returning(runs.c.id))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(sending.path)
    assert "Các lần gửi" in page
    assert "Nguyễn Thị Hoa" in page
    page = await browser.open(f"{sending.path}?run={earlier}")
    assert "Đã xong" in page
    assert "Nguyễn Thị Hoa" not in page
    assert (await browser.open(f"{BROADCASTS}")).html.count(f'href="{sending.path}"') == 1
    for run in ("999", "x", "0"):
        assert (await browser.open(f"{sending.path}?run={run}")).status == 404


async def test_pace_is_set_and_taken_off(browser: Browser, send: Send, database: Database) -> None:
    sending = await send()
    await browser.sign_in("an", PASSWORD)
    page = await press(browser, sending, "pace", per_minute="30")
    assert "nhiều nhất 30 tin mỗi phút" in page
    assert (await run_of(database, sending.run_id)).interval_us == 2_000_000
    for wrong in ("0", "x", "-3", "9999999"):
        assert "từ 1 đến 60000" in await press(browser, sending, "pace", per_minute=wrong)
    assert "nhanh nhất có thể" in await press(browser, sending, "pace", per_minute="")
    assert (await run_of(database, sending.run_id)).interval_us == 0


async def test_failed_ones_are_tried_again_and_the_button_goes_when_there_are_none(
    browser: Browser, send: Send
) -> None:
    sending = await send()
    await browser.sign_in("an", PASSWORD)
    assert "Gửi lại cho người chưa gửi được" in await browser.open(sending.path)
    page = await press(browser, sending, "retry")
    assert "Đang gửi lại cho 1 người" in page
    assert "Gửi lại cho người chưa gửi được" not in page


async def test_words_are_changed_and_taken_back_only_where_the_platform_lets_us(
    browser: Browser, send: Send, database: Database, running: dict[int, Limits]
) -> None:
    sending = await send(state=RunState.DONE)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(sending.path)
    assert ("Sửa lời" in page, "Thu hồi" in page) == (False, False)
    assert "không sửa lời được nữa" in await browser.open(f"{sending.path}/revise?run={sending.run_id}")
    account_id = sending.union.people.account_id
    running[account_id] = replace(running[account_id], edits=True, recalls_within=timedelta(hours=48))
    page = await browser.open(sending.path)
    assert ("Sửa lời đã gửi" in page, "Thu hồi" in page) == (True, True)
    page = await browser.open(f"{sending.path}/revise?run={sending.run_id}")
    assert "Mời chị họp." in page
    page = await press(browser, sending, "revise", **{"text-vi": "Mời chị họp **lúc 8 giờ"})
    assert page.status == 422
    assert "Có dấu ** chưa khép" in page
    assert "lúc 8 giờ" in page
    page = await press(browser, sending, "revise", **{"text-vi": "Mời chị họp lúc 8 giờ."})
    assert "Lời nhắn đã được sửa 1 lần" in page
    assert (await run_of(database, sending.run_id)).revised == {"vi": "Mời chị họp lúc 8 giờ."}
    page = await press(browser, sending, "recall")
    assert "đã được thu hồi" in page
    assert ("Sửa lời đã gửi" in page, "Thu hồi tin" in page) == (False, False)


async def test_the_message_is_shown_whole_where_it_is_looked_at_and_where_it_is_changed(
    browser: Browser, send: Send, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        attachment = await attachments.keep(connection, PICTURE, name="lop-hoc.png", now=clock())
    sending = await send(
        replace(ASKS, attachment=attachment, trial=Trial({"vi": "Lời hai"}, 20, Rule.ANSWERED, 4))
    )
    await browser.sign_in("an", PASSWORD)
    for path in ("", "/revise"):
        page = await browser.open(f"{sending.path}{path}?run={sending.run_id}")
        assert "Trên máy của một hội viên" in page
        assert "1. Em đi được" in page
        assert "Lời hai" in page
        assert "lop-hoc.png" in page or "/file?" in page.html
    address = f"{sending.path}/file?{attachment.file_id}&run={sending.run_id}"
    async with browser.client.get(address) as response:
        assert (response.status, response.content_type) == (200, "image/png")
    await sending.change(revision=1, revised={"vi": "Mời chị họp lúc 9 giờ."}, revise_to=clock())
    page = await browser.open(f"{sending.path}?run={sending.run_id}")
    assert "lúc 9 giờ" in page
    assert "Lời hai" not in page  # From then on everybody reads the same.


async def test_results_are_by_unit_as_far_as_she_sees(browser: Browser, send: Send) -> None:
    sending = await send()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{sending.path}/units?run={sending.run_id}")
    assert "Xã Kế Sách 2 1 0 1 0 0 0" in page
    assert "Xã Nhơn Mỹ 1 0 0 0 1 0 0" in page
    assert "Tất cả 3 1 0 1 1 0 0" in page
    page = await browser.open(f"{sending.path}/units?run={sending.run_id}&by=branch")
    assert "Chi hội An Ninh Xã Kế Sách 2" in page


async def test_the_report_is_a_spreadsheet_of_units_and_people_and_its_making_is_recorded(
    browser: Browser, send: Send, database: Database, clock: MovingClock
) -> None:
    sending = await send()
    await sending.responds(sending.hoa, answer=1, answered_at=clock())
    await browser.sign_in("an", PASSWORD)
    token = (await browser.open("/console/account")).csrf
    fields = {"_csrf": token, "run": str(sending.run_id)}
    async with browser.client.post(f"{sending.path}/export", data=fields) as response:
        assert response.status == 200
        book = CalamineWorkbook.from_filelike(BytesIO(await response.read()))
    assert book.sheet_names == ["Theo xã, phường", "Theo chi hội", "Từng người"]
    header, *rows = book.get_sheet_by_name("Từng người").to_python()
    assert header[:5] == ["Họ và tên", "Đơn vị", "Kênh", "Cách gửi", "Kết quả"]
    assert [(row[0], row[4], row[7]) for row in rows] == [
        ("Nguyễn Thị Hoa", "Đã gửi", "Em đi được"), ("Thạch Thị Lan", "Không gửi được", ""),
        ("Sơn Thị Sa Rây", "Chưa chắc đã tới", ""),
    ]  # fmt: skip
    async with database.reading() as connection:
        acts = sa.select(staff_acts.c.subject).where(staff_acts.c.act == "run_exported")
        assert (await connection.scalars(acts)).all() == [f"run {sending.run_id}"]


async def test_nobody_else_sees_or_moves_it(browser: Browser, send: Send, database: Database) -> None:
    sending = await send()
    await browser.sign_in("chi", PASSWORD)  # Of another commune; it was sent in the province's name.
    for path in ("", "/units", "/revise"):
        assert (await browser.open(f"{sending.path}{path}?run={sending.run_id}")).status == 404
    for act in ("pause", "pace", "retry", "recall", "revise", "export", "search"):
        assert (await press(browser, sending, act)).status == 404
    assert (await run_of(database, sending.run_id)).state is RunState.RUNNING
