"""All that an announcement may consist of, as officers write it: kept, told what is wrong, never lost."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import FormData

from bot.channels.contract import FileKind, Limits, Outgoing
from bot.store.database import Database
from bot.store.tables import accounts, broadcasts, files, message_templates, outbox
from bot.store.tables.broadcasts import BroadcastState, Priority
from broadcasts.content import Approved, Otherwise, Rule
from broadcasts.writing import Draft
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, form, hidden
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union, Write

JPEG = b"\xff\xd8\xff\xe0"


async def _drafts(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(broadcasts).order_by(broadcasts.c.id))).all())


async def _typing(browser: Browser, token: str, **values: str) -> str:
    """What a script sends while she types; returns the fragment."""
    data = values | {"_csrf": token}
    headers = {"HX-Request": "true"}
    async with browser.client.post(f"{BROADCASTS}/go-on", data=data, headers=headers) as response:
        assert response.status == 200
        return await response.text()


async def _with_file(browser: Browser, path: str, data: bytes, **values: str) -> Page:
    sent = FormData({**values, "_csrf": browser.page.csrf})
    sent.add_field("file", BytesIO(data), filename="hop.jpg", content_type="image/jpeg")
    return await browser._go("POST", path, data=sent)


def _of(html: str, name: str) -> str:
    return html.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


async def test_everything_that_is_chosen_is_kept_and_comes_back_in_the_form(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    chosen = {
        "text-vi": "**Mời** {{ten|chị}} xem [trang](https://hoi.vn)",
        "text-km": "សូមអញ្ជើញ",
        "otherwise": "leave_out",
        "answer-1-vi": "Em đi được",
        "answer-1-km": "ខ្ញុំទៅបាន",
        "answer-3-vi": "Em bận",  # Leaves no gap.
        "counts_clicks": "1",
        "category": "suc_khoe",
        "priority": "2",
        "per_day": "500",
        "may_cost": "1",
        "budget": "200.000 đ",
        "deadline_day": "2026-12-24",
        "deadline_hour": "18:00",
        "on_uncertain": "send_again",
        "has_second": "1",
        "second-vi": "Lời hai https://hoi.vn",
        "share": "30",
        "rule": "clicked",
        "hours": "6",
    }
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, **chosen))
    assert page.status == 200, page.text
    (row,) = await _drafts(database)
    draft = Draft.of(row)
    assert draft.texts == {"vi": chosen["text-vi"], "km": chosen["text-km"]}
    assert draft.content.otherwise is Otherwise.LEAVE_OUT
    assert draft.content.answers == ({"vi": "Em đi được", "km": "ខ្ញុំទៅបាន"}, {"vi": "Em bận"})
    assert draft.content.counts_clicks
    assert (draft.category, draft.priority, draft.per_day, draft.budget) == (
        "suc_khoe",
        Priority.DRIP,
        500,
        200_000,
    )
    assert draft.deadline_at is not None
    assert draft.deadline_at.isoformat() == "2026-12-24T11:00:00+00:00"
    trial = draft.content.trial
    assert trial is not None
    assert (trial.texts, trial.share, trial.rule, trial.hours) == (
        {"vi": "Lời hai https://hoi.vn"}, 30, Rule.CLICKED, 6
    )  # fmt: skip
    page = await browser.open(f"{BROADCASTS}/{row.id}/edit")
    again = {name: value for name, value in chosen.items() if name not in {"answer-3-vi", "budget"}}
    sent = {"seen_at": hidden(page, "seen_at"), "answer-2-vi": "Em bận", "budget": "200000"}
    await browser.send(f"{BROADCASTS}/{row.id}/edit", **form(readers.people, **again, **sent))
    assert Draft.of((await _drafts(database))[0]) == draft


WRONG = [
    ("no name", {"title": ""}, "đặt cho thông báo một cái tên"),
    ("drip without a number", {"priority": "2"}, "mỗi ngày gửi cho bao nhiêu người"),
    ("drip of none", {"priority": "2", "per_day": "0"}, "mỗi ngày gửi cho bao nhiêu người"),
    ("money without a bound", {"may_cost": "1"}, "nhiều nhất được tốn bao nhiêu"),
    ("money that is no number", {"may_cost": "1", "budget": "nhiều"}, "nhiều nhất được tốn bao nhiêu"),
    ("a deadline that is over", {"deadline_day": "2026-11-01"}, "Hạn này đã qua"),
    ("a deadline that is no day", {"deadline_day": "2026-02-31"}, "Ngày giờ chưa đúng"),
    ("an hour without a day", {"deadline_hour": "18:00"}, "Ngày giờ chưa đúng"),
    ("an answer in Khmer only", {"answer-1-km": "ទេ"}, "cần lời tiếng Việt"),
    ("an answer like a novel", {"answer-1-vi": "đi " * 40}, "dài nhất 60"),
    ("two texts, one of them empty", {"has_second": "1"}, "lời thứ hai bằng tiếng Việt"),
    ("two texts to everybody", {"has_second": "1", "second-vi": "b", "share": "60"}, "từ 5 đến 50"),
    ("two texts for ever", {"has_second": "1", "second-vi": "b", "hours": "999"}, "từ 1 đến 72"),
    ("no answers to go by", {"has_second": "1", "second-vi": "b"}, "ghi sẵn các câu trả lời"),
    ("no links to go by", {"has_second": "1", "second-vi": "b", "rule": "clicked"}, "cần có liên kết"),
    ("wording that is gone", {"may_cost": "1", "budget": "1000", "wording": "1:99"}, "không còn dùng được"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    browser: Browser, readers: Union, database: Database, values: dict[str, str], says: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, **values))
    assert (page.status, says in page) == (422, True), page.text
    assert "Mời chị họp.</textarea>" in page.html
    assert await _drafts(database) == []


async def test_only_officers_at_the_top_send_what_is_urgent(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(f"{BROADCASTS}/new")
    assert "chỉ cán bộ cấp tỉnh, thành được gửi" in page
    urgent = form(readers.people, unit=str(readers.people.commune_id), priority="0")
    page = await browser.send(f"{BROADCASTS}/new", **urgent)
    assert (page.status, "Chỉ cán bộ cấp tỉnh, thành gửi được tin khẩn" in page) == (422, True)
    await browser.open("/console/account")
    await browser.send("/console/sign-out")
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    await browser.send(f"{BROADCASTS}/new", **form(readers.people, priority="0"))
    assert [row.priority for row in await _drafts(database)] == [Priority.URGENT]


# Two officers at once, and what is kept by itself.


async def test_who_saves_after_a_colleague_is_told_and_loses_nothing(
    new_browser: NewBrowser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    an, dung = await new_browser(), await new_browser()
    await dung.sign_in("dung", PASSWORD)
    hers = {"unit": str(readers.people.commune_id), "deadline_day": "2026-12-24", "deadline_hour": "18:00"}
    broadcast_id = await write(dung, **hers)
    path = f"{BROADCASTS}/{broadcast_id}/edit"
    await an.sign_in("an", PASSWORD)
    seen = hidden(await an.open(path), "seen_at")
    clock.move(timedelta(minutes=2))
    seen_by_dung = hidden(await dung.open(path), "seen_at")
    await dung.send(path, seen_at=seen_by_dung, **form(readers.people, **hers, **{"text-vi": "Lời của Dung"}))
    mine = form(readers.people, **hers, **{"text-vi": "Lời của An"})
    page = await an.send(path, seen_at=seen, **mine)
    assert (page.status, "Võ Thị Dung vừa sửa thông báo này" in page) == (409, True)
    assert "Lời của An</textarea>" in page.html
    assert "Lời của Dung" in page.html.split("blockquote")[1]
    assert "Bản kia khác bản của chị ở: lời nhắn." in page  # And not the deadline, which is the same moment.
    assert "Lưu nháp bản của tôi, thay bản kia" in page
    seen_now = {name: hidden(page, name) for name in ("editing", "seen_at", "over")}
    assert "vừa sửa thông báo này" in await _typing(an, page.csrf, **seen_now, **mine)
    assert (await broadcast_row(database, broadcast_id)).texts == {"vi": "Lời của Dung"}
    clock.move(timedelta(minutes=2))
    await an.send(path, seen_at=hidden(page, "seen_at"), over=hidden(page, "over"), **mine)
    assert (await broadcast_row(database, broadcast_id)).texts == {"vi": "Lời của An"}
    versions = await an.open(f"{BROADCASTS}/{broadcast_id}/versions")
    assert "Lời của Dung" in versions
    assert "Võ Thị Dung" in versions


async def test_what_she_types_is_kept_by_itself_as_one_draft(
    browser: Browser, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    token = (await browser.open(f"{BROADCASTS}/new")).csrf
    assert 'name="editing"' not in await _typing(
        browser, token, **form(readers.people, title="", **{"text-vi": ""})
    )
    html = await _typing(
        browser, token, **form(readers.people, title="", **{"text-vi": "Mời chị họp\nlúc 7 giờ"})
    )
    assert "Đã tự lưu bản nháp" in html
    kept = {name: _of(html, name) for name in ("editing", "seen_at")}
    assert [row.title for row in await _drafts(database)] == ["Mời chị họp"]
    clock.move(timedelta(seconds=5))
    html = await _typing(browser, token, **form(readers.people, title="Họp tổ"), **kept)
    kept["seen_at"] = _of(html, "seen_at")
    clock.move(timedelta(seconds=5))
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, title="Họp tổ 3"), **kept)
    assert page.path == f"{BROADCASTS}/{kept['editing']}/review"
    assert [row.title for row in await _drafts(database)] == ["Họp tổ 3"]


async def test_typing_never_writes_over_a_colleague_nor_takes_back_what_is_scheduled(
    new_browser: NewBrowser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    an, other = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    await other.sign_in("an", PASSWORD)
    page = await other.open(f"{BROADCASTS}/{broadcast_id}/edit")
    kept = {"editing": str(broadcast_id), "seen_at": hidden(page, "seen_at")}
    clock.move(timedelta(seconds=5))
    token = (await an.open(f"{BROADCASTS}/{broadcast_id}/edit")).csrf
    await _typing(an, token, **form(readers.people, title="Bản của An"), **kept)
    clock.move(timedelta(seconds=5))
    html = await _typing(other, page.csrf, **form(readers.people, title="Bản khác"), **kept)
    assert "vừa sửa thông báo này" in html
    assert (await broadcast_row(database, broadcast_id)).title == "Bản của An"
    await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    async with database.writing() as connection:
        scheduled = {"state": BroadcastState.SCHEDULED, "due_at": clock() + timedelta(days=1)}
        await connection.execute(sa.update(broadcasts).values(**scheduled))
    kept["seen_at"] = (await broadcast_row(database, broadcast_id)).updated_at.isoformat()
    html = await _typing(an, token, **form(readers.people, title="Nữa"), **kept)
    assert "không còn là bản nháp" in html
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.SCHEDULED


async def test_what_was_kept_unheard_is_her_own_but_an_older_turn_that_comes_late_or_a_colleagues_is_not(
    new_browser: NewBrowser, readers: Union, database: Database, clock: MovingClock
) -> None:
    an, dung = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    token = (await an.open(f"{BROADCASTS}/new")).csrf
    hers = {"unit": str(readers.people.commune_id), "form": "of-this-page"}

    async def type_(turn: int, title: str) -> str:
        clock.move(timedelta(seconds=5))
        return await _typing(an, token, **form(readers.people, title=title, turn=str(turn), **hers))

    # No answer reached her page: it never says which draft it is.
    for turn, title, said, kept in (
        (1, "Họp", "Đã tự lưu", "Họp"),
        (3, "Họp tổ 3", "Đã tự lưu", "Họp tổ 3"),
        (2, "Họp tổ", "Chưa lưu", "Họp tổ 3"),
    ):
        assert said in await type_(turn, title)
        assert [row.title for row in await _drafts(database)] == [kept]
    (row,) = await _drafts(database)
    await dung.sign_in("dung", PASSWORD)
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(unit_id=readers.people.commune_id))
    clock.move(timedelta(minutes=2))
    path = f"{BROADCASTS}/{row.id}/edit"
    seen = hidden(await dung.open(path), "seen_at")
    await dung.send(path, seen_at=seen, **form(readers.people, title="Bản của Dung", unit=hers["unit"]))
    assert "Võ Thị Dung vừa sửa thông báo này" in await type_(4, "Họp tổ 4")
    assert [row.title for row in await _drafts(database)] == ["Bản của Dung"]


# The file.


async def test_a_picture_goes_with_it_until_it_is_taken_out(
    new_browser: NewBrowser, readers: Union, database: Database
) -> None:
    browser, chi = await new_browser(), await new_browser()
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await _with_file(browser, f"{BROADCASTS}/new", JPEG, **form(readers.people), then="edit")
    (row,) = await _drafts(database)
    attachment = Draft.of(row).content.attachment
    assert attachment is not None
    assert attachment.kind is FileKind.IMAGE
    assert "hop.jpg" in page
    file = await browser.client.get(f"{BROADCASTS}/{row.id}/file")
    assert (await file.read(), file.headers["Content-Type"]) == (JPEG, "image/jpeg")
    await chi.sign_in("chi", PASSWORD)
    assert (await chi.open(f"{BROADCASTS}/{row.id}/file")).status == 404
    drop = form(readers.people, drop_file="1", seen_at=hidden(page, "seen_at"))
    await browser.send(f"{BROADCASTS}/{row.id}/edit", **drop)
    assert Draft.of((await _drafts(database))[0]).content.attachment is None
    assert (await browser.open(f"{BROADCASTS}/{row.id}/file")).status == 404


@pytest.mark.parametrize(
    ("data", "says"),
    [(JPEG + bytes(30 * 1024**2), "nặng quá 10 MB"), (b"<script>alert(1)</script>", "chưa gửi được")],
)
async def test_a_file_that_cannot_be_sent_is_refused_and_her_words_stay(
    browser: Browser, readers: Union, database: Database, data: bytes, says: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await _with_file(browser, f"{BROADCASTS}/new", data, **form(readers.people))
    assert (page.status, says in page) == (422, True)
    assert "Mời chị họp.</textarea>" in page.html
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(files)) == 0


async def test_the_phone_of_each_channel_says_what_is_not_shown_there(
    browser: Browser, readers: Union, running: dict[int, Limits], database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        other = await people.add_account(connection, channel="telegram", external_id="bot", now=clock())
    everything = Limits(
        4096, 0, timedelta(seconds=10), caption_units=50, shows_spans=True, shows_choices=True
    )
    running[other] = everything
    few = {FileKind.IMAGE: 3}
    running[readers.people.account_id] = Limits(60, 0, timedelta(seconds=10), file_bytes=few)
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    written = {
        "text-vi": "**Mời** {{ten}} {{tuoi}} [x](https://a.vn",
        "answer-1-vi": "Em đi được",
        "channel-telegram": "1",
    }
    page = await _with_file(
        browser, f"{BROADCASTS}/new", JPEG, **form(readers.people, **written), then="edit"
    )
    telegram, chat = (part.split("</details>")[0] for part in page.html.split('class="on-channel"')[1:])
    assert "<b>Mời</b> Mai" in telegram
    assert "bubble-choices" in telegram
    assert "đi thành một tin riêng" in telegram
    assert "<b>" not in chat
    for words in (
        "chữ nghiêng hiện như chữ thường",
        "gõ số để trả lời",
        "kênh này chỉ nhận 60",
        "MB. Chị chọn tệp nhẹ hơn",
    ):
        assert words in chat, words
    assert "Còn chỗ chưa điền: {{tuoi}}" in page
    assert "liên kết viết chưa đủ" in page


async def test_approved_wording_is_chosen_and_filled_in(
    browser: Browser, readers: Union, database: Database, clock: MovingClock
) -> None:
    account_id = readers.people.account_id
    async with database.writing() as connection:
        await connection.execute(sa.update(accounts).values(may_cost=True))
        for template_id, state in (("77", "ENABLE"), ("78", "REJECT")):
            detail = {"params": [{"name": "ten_khach", "max_length": 30}], "price": 300}
            row = {"account_id": account_id, "template_id": template_id, "name": f"Mẫu {template_id}"}
            await connection.execute(
                sa.insert(message_templates).values(**row, state=state, detail=detail, fetched_at=clock())
            )
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    chosen = {"may_cost": "1", "budget": "5000", "wording": f"{account_id}:77"}
    page = await browser.send(f"{BROADCASTS}/more", **form(readers.people, **chosen))
    assert "Mẫu 77" in page
    assert "Mẫu 78" not in page
    assert 'name="value-ten_khach"' in page.html
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, **chosen))
    assert (page.status, "điền đủ các ô của mẫu" in page) == (422, True)
    filled = {"value-ten_khach": "{{ho_ten}}", "by_phone": "1"}
    await browser.send(f"{BROADCASTS}/new", **form(readers.people, **chosen, **filled))
    (row,) = await _drafts(database)
    values, longest = {"ten_khach": "{{ho_ten}}"}, {"ten_khach": 30}
    assert Draft.of(row).content.approved == Approved(
        account_id, "77", values, by_phone=True, longest=longest
    )


# Going back, copying, trying.


async def test_an_older_version_is_taken_back_and_any_announcement_copied(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    clock.move(timedelta(minutes=2))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
    edit = form(readers.people, seen_at=hidden(page, "seen_at"), **{"text-vi": "Lời mới"})
    await browser.send(f"{BROADCASTS}/{broadcast_id}/edit", **edit)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/versions")
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/versions", version=hidden(page, "version"))
    assert "Mời chị họp.</textarea>" in page.html
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(state=BroadcastState.RUN))
    page = await browser.open(BROADCASTS)
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/copy")
    assert page.path != f"{BROADCASTS}/{broadcast_id}/edit"
    assert "Họp mặt (bản sao)" in page.html
    assert [row.state for row in await _drafts(database)] == [BroadcastState.RUN, BroadcastState.DRAFT]


async def test_a_test_send_reaches_her_own_phone_alone(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    path, an = f"{BROADCASTS}/{broadcast_id}/try", readers.people.an
    page = await browser.open(path)
    assert "chưa nối điện thoại" in page
    page = await browser.send(path)
    assert "chọn ít nhất một người" in page
    async with database.writing() as connection:
        await people.add_contact(
            connection, readers.people.account_id, "an-phone", staff_id=an, last_in_at=clock(), now=clock()
        )
    await browser.open(path)
    page = await browser.send(path, **{f"to-{an}": "1", f"to-{readers.dung}": "1"})
    assert "Đã gửi thử cho" in page
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(outbox.c.message))).all()
    (message,) = [Outgoing.from_json(row.message) for row in rows]
    assert message.text.startswith("[Thử] Chào chị An! Mời chị họp.")
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


@pytest.mark.parametrize("login", ["dung", "chi"])
async def test_what_is_not_hers_is_neither_copied_nor_tried_nor_looked_back_at(
    new_browser: NewBrowser, write: Write, database: Database, login: str
) -> None:
    an, other = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    await other.sign_in(login, PASSWORD)
    token = (await other.open("/console/account")).csrf
    for path in ("versions", "try", "file"):
        assert (await other.open(f"{BROADCASTS}/{broadcast_id}/{path}")).status == 404
    for act in ("copy", "try", "versions"):
        assert (await other.send(f"{BROADCASTS}/{broadcast_id}/{act}", csrf=token)).status == 404
    sent = {"editing": str(broadcast_id), "title": "x", "_csrf": token}
    async with other.client.post(f"{BROADCASTS}/go-on", data=sent) as response:
        assert response.status == 404
    assert len(await _drafts(database)) == 1


async def test_what_is_being_sent_is_not_changed_and_her_words_stay_before_her(
    browser: Browser, write: Write, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(state=BroadcastState.RUN))
    late = form(readers.people, seen_at=hidden(page, "seen_at"), **{"text-vi": "Lời đến muộn"})
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/edit", **late)
    assert (page.status, "đã bắt đầu gửi, không thay đổi được" in page) == (422, True)
    assert "Lời đến muộn</textarea>" in page.html
    assert (await broadcast_row(database, broadcast_id)).texts == {"vi": "Chào chị {{ten}}! Mời chị họp."}
