"""What she says when she is asked how she is."""

from datetime import timedelta

import sqlalchemy as sa

from bot.alerts import answers, record, taking, writing_with_her
from bot.alerts.taking import Act
from bot.questions import answering, asking
from bot.questions import record as questions
from bot.questions.answering import Answered
from bot.store.tables import contacts
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState
from tests.bot.alerts.conftest import DOUBTFUL, URGENT, WORDS, Duty


async def says_safe(duty: Duty, alert_id: int, *, is_safe: bool) -> None:
    async with duty.post() as post:
        await answers.says_safe(post, alert_id, is_safe=is_safe)


async def test_safe_ends_one_of_which_nobody_was_told(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    await says_safe(duty, alert.alert_id, is_safe=True)
    duty.clock.move(timedelta(hours=1))
    await duty.tick()
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.is_safe, now.closed_by) == (AlertState.CLOSED, True, None)
    assert await duty.texts("city") == []


async def test_safe_leaves_one_that_was_told_to_staff(duty: Duty) -> None:
    alert = await duty.hear()
    await says_safe(duty, alert.alert_id, is_safe=True)
    await says_safe(duty, alert.alert_id, is_safe=True)
    assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN
    _first, news = await duty.texts("city")
    assert news.startswith(f"Báo động mã {alert.alert_id} có tin mới, không gấp.")
    assert "an toàn" not in news
    assert "KHẨN" not in news


async def test_not_safe_makes_a_doubted_one_urgent_and_tells_at_once(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    await says_safe(duty, alert.alert_id, is_safe=False)
    (letter,) = await duty.texts("city")
    assert letter.startswith(f"KHẨN. Báo động mã {alert.alert_id}")
    assert "CHƯA an toàn" in letter


async def test_not_safe_rings_everybody_again_also_where_somebody_has_it(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    await says_safe(duty, alert.alert_id, is_safe=False)
    await says_safe(duty, alert.alert_id, is_safe=False)  # She presses twice.
    for address in ("city", "commune"):
        assert [text for text in await duty.texts(address) if "có tin mới" in text].__len__() == 1


async def test_not_safe_after_all_opens_it_again(duty: Duty) -> None:
    for end, address in (("by herself", "hoa"), ("by staff", "lan")):
        alert = await duty.hear(alarm=DOUBTFUL if end == "by herself" else URGENT, address=address)
        if end == "by herself":
            await says_safe(duty, alert.alert_id, is_safe=True)
        else:
            async with duty.post() as post:
                await taking.close(post, alert.alert_id, staff_id=duty.city, words="xong")
        await says_safe(duty, alert.alert_id, is_safe=False)
        assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN, end
        assert (await duty.log(alert.alert_id)).count("reopened") == 1
        async with duty.post() as post:
            await taking.close(post, alert.alert_id, staff_id=duty.city, words="xong")


async def test_who_wants_to_be_called_is_told_of_with_number_and_time(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    async with duty.post() as post:
        await answers.wants_call(post, alert.alert_id, "+84912345678", "lúc ổng đi làm, sau 8 giờ")
    (letter,) = await duty.texts("city")
    assert "nhờ gọi lại số 0912 345 678, dặn lúc gọi: «lúc ổng đi làm, sau 8 giờ»" in letter
    async with duty.post() as post:
        await answers.wants_call(post, alert.alert_id, "+84912345678", "chiều")
    assert "0912" not in (await duty.texts("city"))[-1]
    assert "có tin mới" in (await duty.texts("city"))[-1]


async def test_past_the_local_desk_only_the_top_goes_on(duty: Duty) -> None:
    alert = await duty.hear()
    await _all_sent(duty)
    async with duty.post() as post:
        await answers.past_local(post, alert.alert_id)
        await answers.past_local(post, alert.alert_id)
    assert (await duty.texts("commune"))[1:] == [
        f"Dạ, báo động mã {alert.alert_id} đã có người lo, chị không cần làm gì nữa."
    ]
    assert f"mã {alert.alert_id} giờ chưa ai lo" in (await duty.texts("city"))[-1]
    assert await duty.take(alert, duty.commune) is Act.FORBIDDEN
    assert await duty.take(alert, duty.city) is Act.DONE
    await duty.hear("ổng lại đánh")
    assert len(await duty.texts("commune")) == 2
    question_id = (await duty.alert(alert.alert_id)).question_id
    async with duty.database.reading() as connection:
        question = await questions.get(connection, question_id or 0)
    assert question is not None
    assert question.unit_id is None  # Officers of her commune do not see it either.


async def test_past_the_local_desk_takes_it_from_a_local_who_has_it(duty: Duty) -> None:
    alert = await duty.hear()
    await _all_sent(duty)
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await answers.past_local(post, alert.alert_id)
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by) == (AlertState.OPEN, None)
    assert "đã có người lo" in (await duty.texts("commune"))[-1]
    city = await duty.texts("city")
    assert "commune đã nhận, chị không cần làm gì nữa" in city[-2]
    assert f"mã {alert.alert_id} giờ chưa ai lo" in city[-1]
    assert "1 = tôi nhận" in city[-1]
    assert WORDS not in city[-1]
    async with duty.database.reading() as connection:
        question = await questions.get(connection, now.question_id or 0)
    assert question is not None
    assert (question.state, question.staff_id, question.unit_id) == (QuestionState.WAITING, None, None)


async def test_past_the_local_desk_the_question_that_was_answered_there_goes_to_the_top(duty: Duty) -> None:
    alert = await duty.hear()
    await _all_sent(duty)
    await duty.take(alert, duty.commune)
    question_id = (await duty.alert(alert.alert_id)).question_id or 0
    async with duty.post() as post:
        await answering.answer(post, question_id, staff_id=duty.commune, words="Chị tới liền")
        await answers.past_local(post, alert.alert_id)
        refused = await answering.answer(post, question_id, staff_id=duty.commune, words="Chị tới rồi")
        assert refused is Answered.OTHERS
        question = await questions.get(post.connection, question_id)
        assert question is not None
        assert (question.state, question.staff_id, question.unit_id) == (QuestionState.WAITING, None, None)
        await asking.add(post, question_id, "em ở nhà mẹ", speaks_of_danger=True)
    await duty.hear("ổng lại tới")
    told = "\n".join(await duty.texts("commune"))
    assert "em ở nhà mẹ" not in told
    assert "ổng lại tới" not in told
    assert "Chị tới rồi" not in "\n".join(await duty.texts("hoa"))
    assert await duty.take(alert, duty.city) is Act.DONE
    async with duty.post() as post:
        sent = await answering.answer(post, question_id, staff_id=duty.city, words="Em cần gì?")
    assert sent is Answered.SENT


async def test_past_the_local_desk_the_question_that_she_asked_leaves_the_desk_near_her(duty: Duty) -> None:
    """It lies there because she asked before anybody had taken the alert on."""
    alert = await duty.hear()
    await _all_sent(duty)
    async with duty.post() as post:
        her = await duty.contact("hoa")
        code, desk = await writing_with_her.ask(post, her, "em muốn gặp cán bộ", alert, unit_id=her.unit_id)
        assert desk is not None
        assert desk.staff_id == duty.commune
    await _all_sent(duty)
    async with duty.post() as post:
        await answers.past_local(post, alert.alert_id)
        question = await questions.get(post.connection, code)
        refused = await answering.answer(post, code, staff_id=duty.commune, words="Chị nghe đây")
    assert question is not None
    assert (question.state, question.staff_id, question.unit_id) == (QuestionState.WAITING, None, None)
    assert refused is Answered.OTHERS
    assert "chị không cần làm gì nữa" in (await duty.texts("commune"))[-1]


async def test_a_letter_to_the_local_desk_that_has_not_left_is_taken_back(duty: Duty) -> None:
    alert = await duty.hear("dài " * 900)  # In several parts.
    assert len(await duty.letters("commune")) >= 1
    async with duty.post() as post:
        await answers.past_local(post, alert.alert_id)
    assert await duty.texts("commune") == []
    async with duty.database.reading() as connection:
        assert [call.name for call in await record.calls(connection, alert.alert_id)] == ["city"]
        noted = (await record.steps(connection, alert.alert_id))[-1]
    assert "commune" in noted.text


async def test_past_the_local_desk_with_nobody_at_the_top_climbs_at_once(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contacts).where(contacts.c.address == "city").values(unreachable_at=post.now)
        )
    await says_safe(duty, alert.alert_id, is_safe=False)
    async with duty.post() as post:
        await answers.past_local(post, alert.alert_id)
        officer_at = post.now
    await duty.add_staff("officer", duty.people.province_id)
    await duty.tick()
    assert duty.clock() == officer_at
    assert WORDS in (await duty.texts("officer"))[0]


async def test_nothing_ends_one_of_which_nobody_was_told(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    async with duty.post() as post:
        await answers.mistaken(post, alert.alert_id)
    duty.clock.move(timedelta(hours=1))
    await duty.tick()
    assert (await duty.alert(alert.alert_id)).state is AlertState.MISTAKEN
    assert await duty.texts("city") == []
    assert (await duty.hear()).alert_id != alert.alert_id


async def test_nothing_is_told_calmly_and_once_where_staff_know_of_it(duty: Duty) -> None:
    alert = await duty.hear()
    for _ in range(3):
        async with duty.post() as post:
            await answers.mistaken(post, alert.alert_id)
    assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN
    assert (await duty.log(alert.alert_id)).count("noted") == 1
    _first, calm = await duty.texts("commune")
    assert calm.startswith(f"Báo động mã {alert.alert_id}: chị ấy nhắn lại là nhầm.")
    await duty.hear("ổng cầm dao")
    assert (await duty.texts("commune"))[-1].startswith("KHẨN")
    async with duty.post() as post:
        await answers.mistaken(post, alert.alert_id)
    assert (await duty.log(alert.alert_id)).count("noted") == 2


async def test_an_unknown_alert_is_nobodys(duty: Duty) -> None:
    async with duty.post() as post:
        assert await answers.says_safe(post, 9, is_safe=False) is None
        assert await answers.wants_call(post, 9, "+84912345678", "") is None
        assert await answers.past_local(post, 9) is None
        assert await answers.mistaken(post, 9) is None


async def _all_sent(duty: Duty) -> None:
    from bot.store.tables import outbox
    from bot.store.tables.messages import OutboxState

    async with duty.post() as post:
        await post.connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
