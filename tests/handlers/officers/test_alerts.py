"""Alerts in the console: who sees them, what is shown first, what is recorded, and that nothing is done behind anybody's back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import answers, climbing, duty, place, raising, record, taking, writing_with_her
from bot.answers.safety import Alarm, AlarmKind
from bot.people import staff as staff_people
from bot.questions import answering
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import alert_steps, alerts, contacts
from bot.store.tables.alerts import AlertState, AlertStepKind
from handlers.officers.console import Console
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union
from tests.people import add_contact, contact_of

ALERTS = "/console/alerts"
WORDS = "chong danh toi, toi tron ngoai vuon"
Raise = Callable[..., Awaitable[int]]
Say = Callable[[Callable[[Post], Awaitable[object]]], Awaitable[None]]


@pytest.fixture
def post(database: Database, console: Console, clock: MovingClock) -> Say:
    """Does something in the name of a member or of the clock."""

    async def do(act: Callable[[Post], Awaitable[object]]) -> None:
        async with database.writing() as connection:
            await act(Post(connection, console.outbox, console.languages, clock()))

    return do


@pytest.fixture
def cry(database: Database, console: Console, clock: MovingClock, union: Union) -> Raise:
    """Hoa of the branch, or Lan, writes words of danger."""

    async def hear(who: str = "hoa", *, is_urgent: bool = True, words: str = WORDS) -> int:
        contact = await contact_of(database, union.people.account_id, who)
        async with database.writing() as connection:
            post = Post(connection, console.outbox, console.languages, clock())
            alert = await raising.hear(post, contact, Alarm(AlarmKind.VIOLENCE, is_urgent), words)
        return alert.alert_id

    return hear


async def put_on_duty(database: Database, *staff_ids: int) -> None:
    async with database.writing() as connection:
        for staff_id in staff_ids:
            await staff_people.set_takes_alerts(connection, staff_id, takes_alerts=True)


async def steps(database: Database, alert_id: int) -> list[tuple[AlertStepKind, int | None, str, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.select(alert_steps).where(alert_steps.c.alert_id == alert_id).order_by(alert_steps.c.id)
        )
        return [(row.kind, row.staff_id, row.to_whom, row.text) for row in rows]


def adds(question_id: int, words: str) -> Callable[[Post], Awaitable[object]]:
    """She writes more to the question of her alert."""
    return lambda post: writing_with_her.add_to_question(post, question_id, words)


async def state(database: Database, alert_id: int) -> tuple[AlertState, int | None]:
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(alerts).where(alerts.c.id == alert_id))).one()
        return row.state, row.taken_by


# Who may.


async def test_duty_officer_of_her_commune_sees_it_and_those_of_others_do_not(
    new_browser: NewBrowser, union: Union, database: Database, cry: Raise
) -> None:
    await put_on_duty(database, union.dung, union.people.chi)
    alert = await cry()
    dung, chi, an = await new_browser(), await new_browser(), await new_browser()
    await dung.sign_in("dung", PASSWORD)
    await chi.sign_in("chi", PASSWORD)
    await an.sign_in("an", PASSWORD)
    for browser in (dung, an):
        page = await browser.open(ALERTS)
        assert "Bị đánh, bị bạo lực trong nhà Chi hội An Ninh, Xã Kế Sách" in page
        assert (await browser.open(f"{ALERTS}/{alert}")).status == 200
    page = await chi.open(ALERTS)
    assert "Không có lời kêu cứu nào đang chờ" in page
    for path in (f"{ALERTS}/{alert}", f"{ALERTS}/{alert}/print"):
        assert (await chi.open(path)).status == 403
    await chi.open("/console/account")
    for act in ("words", "take", "decline", "hand-over", "note", "close", "reopen"):
        assert (await chi.send(f"{ALERTS}/{alert}/{act}", words="x", to="y")).status == 403
    assert await state(database, alert) == (AlertState.OPEN, None)


async def test_officer_who_is_not_on_duty_has_no_page_of_alerts(
    browser: Browser, union: Union, cry: Raise
) -> None:
    alert = await cry()
    await browser.sign_in("dung", PASSWORD)
    assert ALERTS not in (await browser.open("/console")).html
    assert (await browser.open(ALERTS)).status == 403
    assert (await browser.open(f"{ALERTS}/{alert}")).status == 403
    assert (await browser.open(f"{ALERTS}/{alert + 1}")).status == 403


async def test_what_a_woman_keeps_from_her_commune_only_the_top_sees(
    new_browser: NewBrowser, union: Union, database: Database, cry: Raise, post: Say
) -> None:
    await put_on_duty(database, union.dung)
    alert = await cry()
    dung, an = await new_browser(), await new_browser()
    await dung.sign_in("dung", PASSWORD)
    await an.sign_in("an", PASSWORD)
    assert (await dung.open(f"{ALERTS}/{alert}")).status == 200
    await post(lambda post: answers.past_local(post, alert))
    assert (await dung.open(f"{ALERTS}/{alert}")).status == 403
    assert "chưa ai nhận" not in await dung.open("/console")
    page = await an.open(f"{ALERTS}/{alert}")
    assert "Chị ấy dặn đừng cho cán bộ nơi chị ấy ở biết." in page


async def test_why_nobody_near_her_was_told_is_said_as_it_is(
    browser: Browser, union: Union, database: Database, cry: Raise, post: Say, clock: MovingClock
) -> None:
    unknown, nobody = (
        "Chưa biết chị ấy ở đâu nên chưa báo được ai ở gần",
        "Ở gần chị ấy không báo được cho ai",
    )
    async with database.writing() as connection:
        await add_contact(connection, union.people.account_id, "somebody", now=clock())
    alert = await cry("somebody")
    await browser.sign_in("an", PASSWORD)
    for path in (ALERTS, f"{ALERTS}/{alert}", f"{ALERTS}/{alert}/print"):
        page = await browser.open(path)
        assert unknown in page
        assert nobody not in page
    await post(lambda hers: place.is_at(hers, alert, union.people.other_commune_id))
    page = await browser.open(ALERTS)
    assert "Xã Nhơn Mỹ" in page
    assert nobody in page
    assert unknown not in page
    page = await browser.open(f"{ALERTS}/{alert}")
    assert (
        page.html.index(unknown) < page.html.index("Chị ấy nói về nơi mình đang ở") < page.html.index(nobody)
    )


async def test_doubted_alert_is_counted_and_not_shown(browser: Browser, union: Union, cry: Raise) -> None:
    alert = await cry(is_urgent=False)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(ALERTS)
    assert "1 tin chưa chắc" in page
    assert f"{ALERTS}/{alert}" not in page.html
    assert (await browser.open(f"{ALERTS}/{alert}")).status == 403


# The banner.


async def test_every_page_says_that_an_alert_waits_until_somebody_has_it(
    browser: Browser, union: Union, database: Database, cry: Raise
) -> None:
    await browser.sign_in("an", PASSWORD)
    assert "chưa ai nhận" not in await browser.open("/console")
    alert = await cry()
    for path in ("/console", "/console/members", "/console/staff"):
        page = await browser.open(path)
        assert "Có chị kêu cứu lúc" in page
        assert f'href="{ALERTS}/{alert}"' in page.html
        assert WORDS not in page
        assert "Nguyễn Thị Hoa" not in page or path == "/console/members"
    await cry("lan")
    assert "2 lời kêu cứu chưa ai nhận" in await browser.open("/console")
    for one in (alert, alert + 1):
        await browser.open(f"{ALERTS}/{one}")
        await browser.send(f"{ALERTS}/{one}/take")
    assert "chưa ai nhận" not in await browser.open("/console")


async def test_banner_asks_by_itself_and_is_left_alone_while_nothing_changes(
    browser: Browser, union: Union, cry: Raise
) -> None:
    asks = {"HX-Request": "true", "X-Refresh": "1"}
    await browser.sign_in("an", PASSWORD)
    assert (await browser.open(f"{ALERTS}/banner?seen=", headers=asks)).status == 204
    alert = await cry()
    page = await browser.open(f"{ALERTS}/banner?seen=", headers=asks)
    assert (page.status, "Mở ngay" in page, "<html" in page.html) == (200, True, False)
    assert (await browser.open(f"{ALERTS}/banner?seen=1-{alert}", headers=asks)).status == 204


async def test_banner_does_not_swallow_what_a_form_has_to_say(
    browser: Browser, union: Union, cry: Raise
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    async with browser.client.post(
        f"{ALERTS}/{alert}/take", data={"_csrf": page.csrf}, allow_redirects=False
    ) as response:
        assert response.status == 303
    await browser.open(f"{ALERTS}/banner?seen=", headers={"HX-Request": "true"})
    assert "Chị đã nhận." in await browser.open(f"{ALERTS}/{alert}")


# One alert.


async def test_page_says_how_she_is_and_when_to_call_and_hides_her_words(
    browser: Browser, union: Union, database: Database, cry: Raise, post: Say
) -> None:
    alert = await cry("lan")
    await post(lambda post: answers.says_safe(post, alert, is_safe=False))
    await post(lambda post: answers.wants_call(post, alert, "+84912345670", "tối nay <b>"))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    assert "Chị ấy nói CHƯA an toàn" in page
    assert 'href="tel:+84912345670"' in page.html
    assert "☎ 0912 345 670" in page
    assert "«tối nay <b>»" in page
    assert WORDS not in page
    assert "Thạch Thị Lan" not in page  # She does not let cadres see her name.


QUIET = "Máy chị ấy đang để chế độ kín"


@pytest.mark.parametrize("is_quiet", [True, False])
async def test_page_and_question_say_when_others_read_her_phone_and_that_she_is_told_nothing(
    browser: Browser, union: Union, database: Database, cry: Raise, is_quiet: bool
) -> None:
    alert = await cry()
    if is_quiet:
        async with database.writing() as connection:
            await connection.execute(
                sa.update(contacts).where(contacts.c.address == "hoa").values(is_quiet=True)
            )
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    assert (QUIET in page) is is_quiet
    assert ("Chị ấy không được báo, vì máy đang để chế độ kín." in page) is is_quiet
    assert ("chị ấy được báo là cán bộ đã nhận tin" in page) is not is_quiet
    page = await browser.send(f"{ALERTS}/{alert}/take")
    assert (QUIET in page) is is_quiet
    page = await browser.open("/console/questions/" + page.html.split("/console/questions/")[1].split('"')[0])
    assert (QUIET in page) is is_quiet
    assert ("Chị ấy gõ XEM mới thấy những lời này" in page) is is_quiet
    assert ("Chị ấy nhận đúng những lời này" in page) is not is_quiet


async def test_she_is_not_said_to_be_told_a_second_time(browser: Browser, union: Union, cry: Raise) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    await browser.send(f"{ALERTS}/{alert}/take")
    page = await browser.send(f"{ALERTS}/{alert}/decline")
    assert "Nhận rồi thì những người khác được báo là đã có chị lo." in page
    assert "được báo là cán bộ đã nhận tin" not in page


async def test_open_page_follows_what_happens_and_goes_when_it_is_hers_no_more(
    browser: Browser, union: Union, database: Database, clock: MovingClock, cry: Raise, post: Say
) -> None:
    asks = {"HX-Request": "true", "X-Refresh": "1"}
    await put_on_duty(database, union.dung)
    alert = await cry()
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    mark = page.html.split("?mark=")[1].split('"')[0]
    assert (await browser.open(f"{ALERTS}/{alert}?mark={mark}", headers=asks)).status == 204
    await post(lambda post: answers.says_safe(post, alert, is_safe=False))
    page = await browser.open(f"{ALERTS}/{alert}?mark={mark}", headers=asks)
    assert (page.status, "Chị ấy nói CHƯA an toàn" in page, "<html" in page.html) == (200, True, False)
    await post(lambda post: answers.past_local(post, alert))
    page = await browser.open(f"{ALERTS}/{alert}?mark={mark}", headers=asks)
    assert (page.status, page.html, page.headers["HX-Refresh"]) == (403, "", "true")


async def test_reading_her_words_is_recorded(
    browser: Browser, union: Union, database: Database, cry: Raise
) -> None:
    alert = await cry(words="<script>alert(1)</script> cuu toi")
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    page = await browser.send(f"{ALERTS}/{alert}/words")
    assert "<script>alert(1)</script> cuu toi" in page
    assert "<script>alert" not in page.html
    assert "Trần Thị An mở đọc lời chị ấy" in page
    assert "cuu toi" not in await browser.open(f"{ALERTS}/{alert}")
    assert (AlertStepKind.READ, union.people.an, "", "") in await steps(database, alert)


async def test_who_takes_it_first_has_it_and_the_other_is_told(
    new_browser: NewBrowser, union: Union, database: Database, cry: Raise
) -> None:
    await put_on_duty(database, union.dung)
    alert = await cry()
    dung, an = await new_browser(), await new_browser()
    for browser, login in ((dung, "dung"), (an, "an")):
        await browser.sign_in(login, PASSWORD)
        await browser.open(f"{ALERTS}/{alert}")
    page = await dung.send(f"{ALERTS}/{alert}/take")
    assert "Chị đang lo việc này." in page
    assert "/console/questions/" in page.html
    page = await an.send(f"{ALERTS}/{alert}/take")
    assert "Báo động này vừa có người khác nhận." in page
    assert "Võ Thị Dung đang lo" in page
    assert await state(database, alert) == (AlertState.TAKEN, union.dung)


async def test_officer_who_gives_it_back_leaves_it_to_the_others(
    browser: Browser, union: Union, database: Database, cry: Raise
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    await browser.send(f"{ALERTS}/{alert}/take")
    page = await browser.send(f"{ALERTS}/{alert}/decline")
    assert "Chưa ai nhận" in page
    assert (await state(database, alert))[0] is AlertState.OPEN


async def test_hand_over_is_written_down_from_the_list_or_freely(
    browser: Browser, union: Union, database: Database, clock: MovingClock, cry: Raise
) -> None:
    async with database.writing() as connection:
        await duty.set_phone_list(
            connection, union.people.commune_id, [("Công an xã", "0299 3876 543")],
            staff_id=union.dung, now=clock(),
        )  # fmt: skip
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    assert "☎ 0299 3876 543" in page
    page = await browser.send(f"{ALERTS}/{alert}/hand-over", to="", words="kể lại sự việc")
    assert (page.status, "Chị ghi đã bàn giao cho ai." in page) == (422, True)
    assert "kể lại sự việc" in page
    await browser.send(f"{ALERTS}/{alert}/hand-over", listed="Công an xã, 0299 3876 543", to="")
    page = await browser.send(f"{ALERTS}/{alert}/hand-over", to="Trạm y tế, chị Năm", words="chở đi khám")
    assert "Trần Thị An bàn giao cho Công an xã, 0299 3876 543" in page
    assert "Trần Thị An bàn giao cho Trạm y tế, chị Năm" in page
    assert await state(database, alert) == (AlertState.TAKEN, union.people.an)


async def test_handing_over_what_she_keeps_from_her_commune_has_to_be_meant(
    browser: Browser, union: Union, database: Database, cry: Raise, post: Say
) -> None:
    alert = await cry()
    await post(lambda post: answers.past_local(post, alert))
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    page = await browser.send(f"{ALERTS}/{alert}/hand-over", to="Công an xã", words="kể lại")
    assert (page.status, "người nhận có ở xã, ấp của chị ấy không?" in page) == (422, True)
    assert ("Công an xã" in page.html, "kể lại" in page) == (True, True)
    assert AlertStepKind.HANDED_OVER not in {kind for kind, *_ in await steps(database, alert)}
    page = await browser.send(f"{ALERTS}/{alert}/hand-over", to="Nhà tạm lánh của thành phố", sure="1")
    assert "Trần Thị An bàn giao cho Nhà tạm lánh của thành phố" in page


async def test_who_says_that_she_is_safe_stands_below_those_who_wait(
    browser: Browser, union: Union, cry: Raise, post: Say
) -> None:
    safe, other = await cry("hoa"), await cry("lan")
    await post(lambda post: answers.says_safe(post, safe, is_safe=True))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(ALERTS)
    html = page.html.split('id="results"')[1]
    assert "Chị ấy nói đang an toàn, chưa ai nhận" in page
    places = [
        html.index(f'href="/console/alerts/{other}"'),
        html.index("chưa ai nhận</h3>"),
        html.index(f'href="/console/alerts/{safe}"'),
    ]
    assert places == sorted(places)
    await post(lambda post: answers.says_safe(post, safe, is_safe=False))
    assert "Chị ấy nói đang an toàn, chưa ai nhận" not in await browser.open(ALERTS)


async def test_danger_after_safe_is_shown_as_such_and_stands_among_those_who_wait(
    browser: Browser, union: Union, cry: Raise, post: Say
) -> None:
    alert = await cry("hoa")
    await post(lambda post: answers.says_safe(post, alert, is_safe=True))
    await cry("hoa", is_urgent=False, words="toi nay ong ve chac toi chet")
    await browser.sign_in("an", PASSWORD)
    for path in (ALERTS, f"{ALERTS}/{alert}"):
        page = await browser.open(path)
        assert "Chị ấy nói an toàn lúc 23/11/2026 09:00" in page
        assert "sau đó nhắn thêm" in page
        assert 'class="is-safe"' not in page.html  # The log still says that she said so.


async def test_what_she_goes_on_writing_is_one_line_of_the_log(
    browser: Browser, cry: Raise, clock: MovingClock
) -> None:
    alert = await cry()
    for _ in range(30):
        clock.move(timedelta(minutes=1))
        await cry(words="gia lua hom nay bao nhieu")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    assert page.html.count("Chị ấy nhắn thêm") == 1
    assert "Chị ấy nhắn thêm 30 lần, tới 23/11/2026 09:30" in page


async def test_who_gave_it_to_a_colleague_is_not_shown_as_one_who_could_not(
    browser: Browser, union: Union, database: Database, cry: Raise, post: Say, clock: MovingClock
) -> None:
    binh, dung = union.people.binh, union.dung
    await put_on_duty(database, binh, dung)
    async with database.writing() as connection:
        await add_contact(connection, union.people.account_id, "dung", staff_id=dung, now=clock())
    alert = await cry()
    await post(lambda post: taking.take(post, alert, staff_id=binh))
    await post(lambda post: taking.give_to(post, alert, dung, staff_id=binh))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    assert "đã chuyển cho Võ Thị Dung" in page
    assert "không nhận được" not in page.html.split('id="calls-title"')[1]


async def test_who_says_that_she_is_not_safe_stands_above_who_has_waited_longer(
    browser: Browser, union: Union, cry: Raise, post: Say
) -> None:
    first, unsafe = await cry("hoa"), await cry("lan")
    await post(lambda post: answers.says_safe(post, unsafe, is_safe=False))
    await browser.sign_in("an", PASSWORD)
    html = (await browser.open(ALERTS)).html.split('id="results"')[1]
    assert html.index(f'href="{ALERTS}/{unsafe}"') < html.index(f'href="{ALERTS}/{first}"')


async def test_closing_needs_what_was_done_and_what_she_said_last(
    browser: Browser, union: Union, database: Database, clock: MovingClock, cry: Raise, post: Say
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    await browser.send(f"{ALERTS}/{alert}/note", words="đã gọi, không ai nghe máy")
    page = await browser.open(f"{ALERTS}/{alert}")
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    page = await browser.send(f"{ALERTS}/{alert}/close", words="", seen=seen)
    assert (page.status, "rồi mới khép" in page) == (422, True)
    clock.move(timedelta(minutes=1))
    await post(lambda post: answers.says_safe(post, alert, is_safe=False))
    page = await browser.send(f"{ALERTS}/{alert}/close", words="đã gặp chị ấy", seen=seen)
    assert (page.status, "Vừa có điều mới nên chưa khép" in page) == (409, True)
    assert "đã gặp chị ấy" in page
    assert (await state(database, alert))[0] is AlertState.OPEN
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    page = await browser.send(f"{ALERTS}/{alert}/close", words="đã gặp chị ấy", seen=seen)
    assert (page.status, "Chưa khép. Chị ấy nói CHƯA an toàn, tin cuối lúc 23/11/2026 09:01." in page) == (
        422,
        True,
    )
    assert "đã gặp chị ấy" in page
    assert (await state(database, alert))[0] is AlertState.OPEN
    sure = page.html.split('name="sure" value="')[1].split('"')[0]
    page = await browser.send(f"{ALERTS}/{alert}/close", words="đã gặp chị ấy", seen=seen, sure=sure)
    assert "Đã khép báo động này." in page
    assert (await state(database, alert))[0] is AlertState.CLOSED
    page = await browser.open(ALERTS)
    assert f"Mã {alert}: bị đánh" in page
    await browser.open(f"{ALERTS}/{alert}")
    await browser.send(f"{ALERTS}/{alert}/reopen")
    assert (await state(database, alert))[0] is AlertState.OPEN


async def test_closing_above_her_unanswered_words_has_to_be_meant_for_those_very_words(
    browser: Browser, union: Union, database: Database, clock: MovingClock, cry: Raise, post: Say
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    page = await browser.send(f"{ALERTS}/{alert}/take")
    assert 'name="sure"' not in page.html  # She wrote nothing since.
    async with database.reading() as connection:
        kept = await record.get(connection, alert)
    assert kept is not None
    question_id = kept.question_id
    assert question_id is not None
    for words, last in (("chị ơi", "09:01"), ("ảnh về rồi", "09:02")):
        clock.move(timedelta(minutes=1))
        await post(adds(question_id, words))
        asked = page.html.split('name="sure" value="')[1:]
        sure = asked[0].split('"')[0] if asked else "1"
        seen = page.html.split('name="seen" value="')[1].split('"')[0]
        page = await browser.send(f"{ALERTS}/{alert}/close", words="xong rồi", seen=seen, sure=sure)
        assert page.status == 422
        assert f"Chị ấy nhắn lúc 23/11/2026 {last}, chưa ai trả lời, cũng chưa nói an toàn." in page
    clock.move(timedelta(minutes=1))
    await post(
        lambda post: answering.answer(post, question_id, staff_id=union.people.an, words="em tới liền")
    )
    page = await browser.send(f"{ALERTS}/{alert}/close", words="xong rồi", seen=seen)
    assert "Đã khép báo động này." in page


async def test_page_and_list_say_that_she_has_had_no_word_of_whoever_has_it(
    new_browser: NewBrowser, union: Union, database: Database, clock: MovingClock, cry: Raise, post: Say
) -> None:
    await put_on_duty(database, union.dung)
    alert = await cry()
    an, dung = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    await dung.sign_in("dung", PASSWORD)
    await an.open(f"{ALERTS}/{alert}")
    await an.send(f"{ALERTS}/{alert}/take")
    waits = "Từ lúc 23/11/2026 09:00 tới giờ chị ấy chưa nhận được lời nào."
    assert waits not in await dung.open(ALERTS)
    clock.move(timedelta(minutes=15))
    await post(lambda post: climbing.climb_due(post, alert))
    page = await an.open(f"{ALERTS}/{alert}")
    assert (waits in page, "Chị nhắn chị ấy một tiếng" in page) == (True, True)
    assert "Nhắc Trần Thị An: chị ấy chưa nhận được lời nào" in page
    assert waits in await dung.open(ALERTS)
    clock.move(timedelta(minutes=15))
    await post(lambda post: climbing.climb_due(post, alert))
    page = await dung.open(f"{ALERTS}/{alert}")
    assert "Chị hỏi Trần Thị An giúp" in page
    assert "Có người nhận mà chị ấy chưa nhận được lời nào: báo những người trực khác" in page
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    await dung.send(f"{ALERTS}/{alert}/note", words="đã gọi cho chị An")
    assert waits not in await dung.open(f"{ALERTS}/{alert}")
    assert seen


async def test_who_was_only_told_or_has_read_does_not_keep_her_from_closing(
    browser: Browser, union: Union, cry: Raise
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    await browser.send(f"{ALERTS}/{alert}/words")
    page = await browser.send(f"{ALERTS}/{alert}/close", words="xong", seen=seen)
    assert "Đã khép" in page


async def test_printed_log_says_who_and_when_and_nothing_of_hers(
    browser: Browser, union: Union, cry: Raise, post: Say
) -> None:
    alert = await cry()
    await post(lambda post: answers.wants_call(post, alert, "+84912345670", "khuya"))
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ALERTS}/{alert}")
    await browser.send(f"{ALERTS}/{alert}/words")
    await browser.send(f"{ALERTS}/{alert}/hand-over", to="Công an xã")
    page = await browser.open(f"{ALERTS}/{alert}/print")
    assert "Trần Thị An bàn giao cho Công an xã" in page
    assert "Chị ấy nhờ gọi lại" in page
    assert "Nhưng có ghi chú của cán bộ: chị đọc lại trước khi in" in page
    for hers in (WORDS, "Nguyễn Thị Hoa", "345 670", "345670", "khuya"):
        assert hers not in page.html


async def test_alert_of_who_had_everything_erased_can_be_seen_and_is_not_opened_again(
    browser: Browser, union: Union, database: Database, cry: Raise
) -> None:
    alert = await cry()
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ALERTS}/{alert}")
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    await browser.send(f"{ALERTS}/{alert}/close", words="xong", seen=seen)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(alerts).where(alerts.c.id == alert).values(contact_id=None, words="")
        )
        await connection.execute(sa.update(contacts).values(last_in_at=None))
    page = await browser.open(f"{ALERTS}/{alert}")
    assert "Lời chị ấy đã được xóa." in page
    page = await browser.send(f"{ALERTS}/{alert}/reopen")
    assert "đã xóa thông tin của mình" in page
    assert (await state(database, alert))[0] is AlertState.CLOSED


async def test_question_of_a_woman_in_danger_is_seen_by_those_on_duty_alone_and_the_log_says_who_opened_it(
    new_browser: NewBrowser, union: Union, database: Database, cry: Raise
) -> None:
    await put_on_duty(database, union.people.binh)
    alert = await cry()
    an, dung = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    await dung.sign_in("dung", PASSWORD)
    await an.open(f"{ALERTS}/{alert}")
    page = await an.send(f"{ALERTS}/{alert}/take")
    question = page.html.split("/console/questions/")[1].split('"')[0]
    assert (await dung.open(f"/console/questions/{question}")).status == 404
    assert "Chuyện riêng" not in await dung.open("/console/questions")
    await an.open(f"/console/questions/{question}")  # Hers: they write with each other there.
    await put_on_duty(database, union.dung)
    assert WORDS in await dung.open(f"/console/questions/{question}")
    read = [one for one in await steps(database, alert) if one[0] is AlertStepKind.READ]
    assert read == [(AlertStepKind.READ, union.dung, "", "")]
