"""She writes words of danger."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import answers, raising, record, telling
from bot.alerts.raising import Said
from bot.answers.safety import Alarm, AlarmKind
from bot.people import staff
from bot.questions import answering
from bot.store.tables import alerts, contacts, outbox
from bot.store.tables.alerts import AlertState
from bot.store.tables.messages import OutboxState
from tests import people as union
from tests.bot.alerts.conftest import DOUBTFUL, URGENT, WORDS, Duty


async def test_both_routes_are_told_at_once(duty: Duty) -> None:
    alert = await duty.hear()
    assert alert.state is AlertState.OPEN
    assert await duty.log(alert.alert_id) == ["raised", "told city city", "told commune local"]
    for address in ("commune", "city"):
        (letter,) = await duty.texts(address)
        assert WORDS in letter
    assert await duty.texts("binh") == []  # Her desk is for questions, and somebody nearer takes alerts.


async def test_what_only_sounds_like_it_is_told_after_ten_minutes_of_silence(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=9, seconds=59))
    await duty.tick()
    assert await duty.texts("city") == []
    duty.clock.move(timedelta(seconds=1))
    await duty.tick()
    await duty.tick()
    assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN
    assert len(await duty.texts("city")) == len(await duty.texts("commune")) == 1
    assert "chưa chắc" in (await duty.texts("city"))[0]


async def test_what_she_adds_to_a_doubt_does_not_put_off_the_telling(duty: Duty) -> None:
    await duty.hear(alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=9))
    alert = await duty.hear("em mệt quá", alarm=DOUBTFUL, said=Said.MORE)
    assert alert.state is AlertState.DOUBTED
    duty.clock.move(timedelta(minutes=1))
    await duty.tick()
    assert f"{WORDS}\nem mệt quá" in (await duty.texts("city"))[0]
    assert await duty.log(alert.alert_id) == ["raised", "added", "told city city", "told commune local"]


async def test_a_second_doubt_is_none_any_more(duty: Duty) -> None:
    await duty.hear(alarm=DOUBTFUL)
    alert = await duty.hear("ổng lại tới nữa", alarm=DOUBTFUL)
    assert (alert.state, alert.is_urgent) == (AlertState.OPEN, True)
    assert f"{WORDS}\nổng lại tới nữa" in (await duty.texts("city"))[0]


async def test_the_same_words_again_are_no_second_doubt(duty: Duty) -> None:
    await duty.hear(alarm=DOUBTFUL)
    alert = await duty.hear(alarm=DOUBTFUL)
    assert (alert.state, alert.is_urgent) == (AlertState.DOUBTED, False)


@pytest.mark.parametrize("alarm", [URGENT, DOUBTFUL])
async def test_danger_after_safe_takes_it_back_and_rings_whatever_calm_letter_came_before(
    duty: Duty, alarm: Alarm
) -> None:
    alert = await duty.hear()
    duty.clock.move(timedelta(seconds=10))
    async with duty.post() as post:
        await answers.says_safe(post, alert.alert_id, is_safe=True)
    duty.clock.move(timedelta(seconds=10))
    alert = await duty.hear("tối nay ổng về chắc em chết", alarm)
    assert alert.is_safe is None
    for address in ("commune", "city"):
        _first, calm, last = await duty.texts(address)
        assert "không gấp" in calm
        assert last.startswith(f"KHẨN: báo động mã {alert.alert_id} có tin mới")
    async with duty.post() as post:
        await telling.show(post, await duty.contact("city"), alert)
    assert "Chị ấy nói an toàn lúc 9:00 ngày 23/11, sau đó nhắn thêm" in (await duty.texts("city"))[-1]


@pytest.mark.parametrize("said", [Said.MORE, Said.ORDINARY])
async def test_an_ordinary_line_after_safe_leaves_her_safe(duty: Duty, said: Said) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await answers.says_safe(post, alert.alert_id, is_safe=True)
    alert = await duty.hear("em ở nhà mẹ", said=said, alarm=DOUBTFUL)
    assert alert.is_safe is True


@pytest.mark.parametrize(
    ("is_safe", "said", "is_marked"),
    [(None, Said.MORE, True), (True, Said.MORE, False), (True, Said.DANGER, True), (False, Said.MORE, True)],
)
async def test_what_she_writes_to_who_has_it_is_marked_unless_she_is_safe(
    duty: Duty, *, is_safe: bool | None, said: Said, is_marked: bool
) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.city)
    if is_safe is not None:
        async with duty.post() as post:
            await answers.says_safe(post, alert.alert_id, is_safe=is_safe)
    await duty.hear("tui ở nhà sau", DOUBTFUL, said=said)
    assert (await duty.texts("city"))[-1].startswith("KHẨN") is is_marked
    assert "tui ở nhà sau" in (await duty.texts("city"))[-1]


@pytest.mark.parametrize("is_taken", [False, True])
async def test_what_is_plainly_about_something_else_is_counted_and_not_rung_line_by_line(
    duty: Duty, *, is_taken: bool
) -> None:
    alert = await duty.hear()
    if is_taken:
        await duty.take(alert, duty.city)
    before = len(await duty.texts("city"))
    for _ in range(30):
        duty.clock.move(timedelta(seconds=20))
        await duty.hear("giá lúa hôm nay bao nhiêu", DOUBTFUL, said=Said.ORDINARY)
    calm = (await duty.texts("city"))[before:]
    assert [line.split("\n")[0] for line in calm] == [
        f"Báo động mã {alert.alert_id}: chị ấy nhắn thêm {count} lời, không nghe gì gấp."
        for count in (15, 15)
    ]


async def test_plain_words_after_doubtful_ones_are_told_at_once(duty: Duty) -> None:
    first = await duty.hear("có chuyện em sợ", alarm=DOUBTFUL)
    alert = await duty.hear()
    assert alert.alert_id == first.alert_id
    assert (alert.state, alert.kind, alert.is_urgent) == (AlertState.OPEN, AlarmKind.VIOLENCE, True)
    assert f"có chuyện em sợ\n{WORDS}" in (await duty.texts("city"))[0]


async def test_what_she_adds_is_announced_by_the_code_alone_and_not_line_by_line(duty: Duty) -> None:
    alert = await duty.hear()
    for words in ("ổng cầm dao", "em trốn sau hè", "con em khóc"):
        duty.clock.move(timedelta(minutes=1))
        alert = await duty.hear(words, DOUBTFUL)
    assert alert.words == f"{WORDS}\nổng cầm dao\nem trốn sau hè\ncon em khóc"
    _first, news = await duty.texts("city")
    assert f"mã {alert.alert_id}" in news
    assert "dao" not in news
    duty.clock.move(timedelta(minutes=5))
    await duty.hear("ổng về lại rồi", DOUBTFUL)
    assert len(await duty.texts("city")) == 3


async def test_each_cry_rings_again_after_a_minute_while_nobody_has_it(duty: Duty) -> None:
    await duty.hear()
    for seconds, letters in ((61, 2), (30, 2), (31, 3)):
        duty.clock.move(timedelta(seconds=seconds))
        await duty.hear("ổng cầm dao")
        assert len(await duty.texts("city")) == letters


async def test_not_safe_said_again_rings_who_has_it_once_a_minute(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    before = len(await duty.texts("commune"))
    for seconds, more in ((61, 1), (30, 1), (31, 2)):
        duty.clock.move(timedelta(seconds=seconds))
        async with duty.post() as post:
            await answers.says_safe(post, alert.alert_id, is_safe=False)
        texts = await duty.texts("commune")
        assert len(texts) == before + more
        assert texts[-1].startswith("KHẨN")


async def test_within_a_minute_of_a_letter_what_she_adds_rings_nobody_again(duty: Duty) -> None:
    alert = await duty.hear()
    duty.clock.move(timedelta(seconds=59))
    await duty.hear("ổng cầm dao")
    assert len(await duty.texts("city")) == 1
    async with duty.post() as post:
        await answers.says_safe(post, alert.alert_id, is_safe=False)
        await answers.wants_call(post, alert.alert_id, "+84912345678", "")
    assert len(await duty.texts("city")) == 3


async def test_what_she_asked_to_see_herself_and_good_news_keep_nothing_from_anybody(duty: Duty) -> None:
    alert = await duty.hear()
    duty.clock.move(timedelta(minutes=2))
    async with duty.post() as post:
        await telling.show(post, await duty.contact("city"), alert)
        await answers.says_safe(post, alert.alert_id, is_safe=True)
    await duty.hear("ổng lại tới")
    assert "KHẨN" in (await duty.texts("city"))[-1]
    assert "có tin mới" in (await duty.texts("city"))[-1]


async def test_who_lets_nobody_near_her_know_in_her_cry_itself_is_told_of_at_the_top_alone(
    duty: Duty,
) -> None:
    alert = await duty.hear(past_local=True)
    assert await duty.log(alert.alert_id) == ["raised", "past_local", "told city city"]
    assert "đừng cho cán bộ nơi chị ấy ở biết" in (await duty.texts("city"))[0]
    duty.clock.move(timedelta(minutes=15))
    await duty.tick()
    assert await duty.texts("commune") == await duty.texts("binh") == []


async def test_she_adds_that_nobody_near_her_is_to_know(duty: Duty) -> None:
    doubted = await duty.hear("có chuyện em sợ", alarm=DOUBTFUL)
    await duty.hear(past_local=True)
    assert await duty.texts("commune") == []
    assert f"có chuyện em sợ\n{WORDS}" in (await duty.texts("city"))[0]
    assert "past_local" in await duty.log(doubted.alert_id)


async def test_what_only_sounds_like_it_past_those_near_her_waits_and_goes_to_the_top(duty: Duty) -> None:
    await duty.hear(alarm=DOUBTFUL, past_local=True)
    duty.clock.move(timedelta(minutes=10))
    await duty.tick()
    assert len(await duty.texts("city")) == 1
    assert await duty.texts("commune") == []


async def test_her_wish_in_later_words_takes_it_from_who_has_it_near_her(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await post.connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
    await duty.take(alert, duty.commune)
    now = await duty.hear("đừng cho xã biết", past_local=True)
    assert (now.state, now.taken_by, now.is_past_local) == (AlertState.OPEN, None, True)
    assert "đừng cho xã biết" not in "\n".join(await duty.texts("commune"))
    assert "giờ chưa ai lo" in (await duty.texts("city"))[-1]


async def test_what_she_adds_once_somebody_has_it_goes_to_that_desk_alone(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    before = await duty.texts("city")
    await duty.hear("ổng cầm dao")
    assert "«ổng cầm dao»" in (await duty.texts("commune"))[-1]
    assert await duty.texts("city") == before


async def test_words_added_after_the_answer_bring_the_question_back_to_the_same_desk(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    question_id = (await duty.alert(alert.alert_id)).question_id
    assert question_id is not None
    async with duty.post() as post:
        await answering.answer(post, question_id, staff_id=duty.commune, words="Chị tới liền")
    await duty.hear("ổng đập cửa")
    assert "ổng đập cửa" in (await duty.texts("commune"))[-1]


async def test_after_a_day_it_is_a_new_alert_and_everybody_is_told_again(duty: Duty) -> None:
    first = await duty.hear()
    await duty.take(first, duty.commune)
    duty.clock.move(timedelta(hours=24))
    second = await duty.hear()
    assert second.alert_id != first.alert_id
    assert (await duty.texts("city"))[-1].count(WORDS) == 1


async def test_soon_after_staff_closed_it_a_doubt_opens_it_again_and_rings_at_once(duty: Duty) -> None:
    first = await duty.hear()
    await duty.close(first)
    duty.clock.move(timedelta(hours=6) - timedelta(seconds=1))
    again = await duty.hear("ổng lại tới rồi", DOUBTFUL)
    assert (again.alert_id, again.state, again.is_urgent) == (first.alert_id, AlertState.OPEN, True)
    assert again.words == f"{WORDS}\nổng lại tới rồi"
    for address in ("city", "commune"):
        assert "mở lại" in (await duty.texts(address))[-1]


async def test_later_or_after_a_mistake_a_doubt_is_one_of_its_own(duty: Duty) -> None:
    first = await duty.hear()
    await duty.close(first)
    duty.clock.move(timedelta(hours=6))
    second = await duty.hear("ổng lại tới rồi", DOUBTFUL)
    assert (second.alert_id != first.alert_id, second.state) == (True, AlertState.DOUBTED)
    third = await duty.hear(address="lan")
    async with duty.post() as post:
        await answers.mistaken(post, third.alert_id)
    await duty.close(third)
    assert (await duty.hear("ổng lại tới rồi", DOUBTFUL, "lan")).state is AlertState.DOUBTED


async def test_what_was_raised_long_ago_goes_on_as_a_new_alert_told_at_once(duty: Duty) -> None:
    first = await duty.hear()
    duty.clock.move(timedelta(hours=30))
    await duty.close(first)
    second = await duty.hear("ổng lại tới rồi", DOUBTFUL)
    assert (second.alert_id != first.alert_id, second.state) == (True, AlertState.OPEN)
    async with duty.database.reading() as connection:
        steps = await record.steps(connection, second.alert_id)
    assert f"báo động mã {first.alert_id}, vừa khép" in steps[-1].text


async def test_words_from_her_other_phone_belong_to_the_same_alert(duty: Duty) -> None:
    async with duty.post() as post:
        await union.add_contact(
            post.connection, duty.people.account_id, "hoa2", member_id=duty.people.hoa, now=post.now
        )
    first = await duty.hear()
    assert (await duty.hear("máy này của con em", address="hoa2")).alert_id == first.alert_id


async def test_somebody_elses_words_are_an_alert_of_their_own(duty: Duty) -> None:
    first = await duty.hear()
    assert (await duty.hear(address="lan")).alert_id != first.alert_id


async def test_who_is_on_duty_is_never_told_of_herself(duty: Duty) -> None:
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contacts).where(contacts.c.address == "commune").values(member_id=duty.people.hoa)
        )
    alert = await duty.hear(address="hoa")
    assert await duty.texts("commune") == []
    assert await duty.log(alert.alert_id) == ["raised", "told city city", "told Bình local"]


async def test_who_has_not_said_where_she_lives_is_told_of_at_the_top(duty: Duty) -> None:
    async with duty.post() as post:
        await union.add_contact(post.connection, duty.people.account_id, "stranger", now=post.now)
    alert = await duty.hear(address="stranger")
    assert await duty.log(alert.alert_id) == ["raised", "told city city", "nobody local"]
    (letter,) = await duty.texts("city")
    assert "Một chị chưa phải hội viên (chưa cho biết ở đâu)" in letter
    assert "Em chưa biết chị ấy ở xã nào." in letter
    assert "Ở nơi chị ấy sống" not in letter


async def test_very_many_words_keep_their_beginning_and_their_end(duty: Duty) -> None:
    await duty.hear("bắt đầu " + "a" * 5000)
    for _ in range(5):
        alert = await duty.hear("b" * 5000 + " giữa")
    alert = await duty.hear("cuối cùng")
    assert alert.words.startswith("bắt đầu")
    assert alert.words.endswith("cuối cùng")
    assert len(alert.words) <= 12_001


async def test_nothing_is_left_of_a_turn_that_fails(duty: Duty) -> None:
    """Letters are rows of the same transaction: both are there, or neither."""
    her = await duty.contact("hoa")
    with pytest.raises(ZeroDivisionError):
        async with duty.post() as post:
            await raising.hear(post, her, URGENT, WORDS)
            _ = 1 / 0
    assert await duty.texts("city") == []
    async with duty.database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(alerts)) == 0


async def test_off_duty_nobody_of_them_is_told(duty: Duty) -> None:
    async with duty.post() as post:
        await staff.deactivate(post.connection, duty.commune, now=post.now)
    await duty.hear()
    assert await duty.texts("commune") == []
    assert len(await duty.texts("binh")) == 1
