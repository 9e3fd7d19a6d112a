"""What she and staff write to each other about an alert: what does not arrive, and what she adds."""

from datetime import timedelta

import pytest

from bot.alerts import raising, taking, writing_with_her
from bot.alerts.record import Alert
from bot.channels.contract import Attachment, FileKind
from bot.questions import answering, record, undelivered
from bot.questions.answering import Answered
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.bot.alerts.conftest import URGENT, WORDS, Duty


async def question_of(duty: Duty, alert: Alert) -> Question:
    async with duty.database.reading() as connection:
        found = await record.get(connection, alert.alert_id)
    assert found is not None
    return found


async def answers(duty: Duty, alert: Alert, staff_id: int, attachment: Attachment | None = None) -> int:
    """She writes to the woman; returns the outbox row."""
    async with duty.post() as post:
        await answering.answer(
            post, alert.alert_id, staff_id=staff_id, words="Em gọi số này", attachment=attachment
        )
    return int((await duty.letters("hoa"))[-1].id)


async def fails(duty: Duty, row_id: int) -> None:
    async with duty.post() as post:
        await undelivered.letter_failed(post, row_id)


async def test_words_that_fail_after_the_end_ring_no_desk_with_her_cry(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    row_id = await answers(duty, alert, duty.commune)
    async with duty.post() as post:
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="chị ấy ở nhà mẹ")
    await fails(duty, row_id)
    question = await question_of(duty, alert)
    assert (question.state, question.staff_id) == (QuestionState.WAITING, None)
    assert f"câu trả lời mã {alert.alert_id} chưa tới" in (await duty.texts("commune"))[-1]


async def test_a_file_that_is_refused_after_the_end_rings_no_desk_either(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    row_id = await answers(duty, alert, duty.commune, Attachment(FileKind.IMAGE, 1))
    async with duty.post() as post:
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="chị ấy ở nhà mẹ")
    await fails(duty, row_id)
    assert (await question_of(duty, alert)).state is QuestionState.WAITING


async def test_who_wrote_and_who_has_it_both_hear_that_words_did_not_arrive(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    row_id = await answers(duty, alert, duty.city)
    await fails(duty, row_id)
    code = alert.alert_id
    assert f"lời chị nhắn (mã {code}) chưa tới" in (await duty.texts("city"))[-1]
    assert f"lời city nhắn chị ấy (mã {code}) chưa tới" in (await duty.texts("commune"))[-1]
    question = await question_of(duty, alert)
    assert (question.state, question.staff_id) == (QuestionState.FORWARDED, duty.commune)


async def test_who_sent_a_file_that_is_refused_is_the_one_who_is_asked_for_words(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    row_id = await answers(duty, alert, duty.city, Attachment(FileKind.IMAGE, 1))
    await fails(duty, row_id)
    assert "Chị viết lại bằng chữ" in (await duty.texts("city"))[-1]
    assert "lời city nhắn" in (await duty.texts("commune"))[-1]


async def test_who_wrote_and_who_has_it_both_hear_that_words_have_to_wait(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    row_id = await answers(duty, alert, duty.city)
    async with duty.post() as post:
        assert await undelivered.letter_held(post, row_id)
    assert "em giữ câu trả lời" in (await duty.texts("city"))[-1]
    assert "lời city nhắn" in (await duty.texts("commune"))[-1]


async def test_who_takes_it_on_reads_what_she_added_to_her_question(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    await duty.hear("ổng cầm dao đứng ngoài cửa")
    await duty.hear("em trốn trong buồng")
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
    await duty.take(alert, duty.city)
    first, added = (await duty.texts("city"))[-2:]
    assert f"Câu hỏi mã {alert.alert_id}" in first
    assert "chị ấy nhắn thêm" in added
    assert "«ổng cầm dao đứng ngoài cửa\nem trốn trong buồng»" in added


async def test_what_she_adds_to_a_question_that_no_desk_has_rings_who_was_told(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
    assert (await question_of(duty, alert)).state is QuestionState.WAITING
    duty.clock.move(timedelta(minutes=6))
    count = len(await duty.texts("city"))
    async with duty.post() as post:
        await writing_with_her.add_to_question(post, alert.alert_id, "nhà em số 5 hẻm chùa")
    news = (await duty.texts("city"))[count:]
    assert len(news) == 1
    assert f"mã {alert.alert_id}" in news[0]
    assert "hẻm chùa" not in news[0]


async def test_what_she_adds_to_a_question_on_a_desk_rings_that_desk_alone(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    duty.clock.move(timedelta(minutes=6))
    before = len(await duty.texts("city")), len(await duty.texts("commune"))
    async with duty.post() as post:
        await writing_with_her.add_to_question(post, alert.alert_id, "nhà em số 5 hẻm chùa")
    assert (len(await duty.texts("city")), len(await duty.texts("commune"))) == (before[0], before[1] + 1)
    assert "hẻm chùa" in (await duty.texts("commune"))[-1]


@pytest.mark.parametrize("is_over", [False, True])
async def test_her_wish_outlasts_a_day_while_the_alert_is_open(duty: Duty, *, is_over: bool) -> None:
    alert = await duty.hear(past_local=True)
    await duty.take(alert, duty.city)
    if is_over:
        async with duty.post() as post:
            await taking.close(post, alert.alert_id, staff_id=duty.city, words="chị ấy ở nhà mẹ")
    duty.clock.move(timedelta(hours=25))
    later = await duty.hear("ổng lại đánh em")
    assert later.alert_id != alert.alert_id
    assert later.is_past_local is not is_over
    assert bool(await duty.texts("commune")) is is_over


async def test_words_that_wait_from_the_first_are_not_said_to_have_been_brought(duty: Duty) -> None:
    async with duty.database.writing() as connection:
        oa = await union.add_account(connection, channel="zalo_oa", external_id="700", now=duty.clock())
        await union.add_contact(connection, oa, "mai", last_in_at=duty.clock(), now=duty.clock())
    her = await union.contact_of(duty.database, oa, "mai")
    async with duty.post() as post:
        alert = await raising.hear(post, her, URGENT, WORDS)
    await duty.take(alert, duty.city)
    duty.clock.move(timedelta(days=8))
    colleague = await duty.add_staff("colleague", duty.people.province_id)
    async with duty.post() as post:
        sent = await answering.answer(post, alert.alert_id, staff_id=colleague, words="Em gọi số này")
    assert sent is Answered.HELD
    told = (await duty.texts("city"))[-1]
    assert f"lời colleague nhắn chị ấy (mã {alert.alert_id}) chưa tới" in told
    assert "vừa nhắn" not in told


async def test_the_question_says_when_she_wrote_and_not_when_somebody_took_it_on(duty: Duty) -> None:
    alert = await duty.hear()
    duty.clock.move(timedelta(minutes=40))
    await duty.take(alert, duty.commune)
    assert "hỏi lúc 9:00 ngày 23/11" in (await duty.texts("commune"))[-1]
    assert (await question_of(duty, alert)).asked_at == alert.raised_at
