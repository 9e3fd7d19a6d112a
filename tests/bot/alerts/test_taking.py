"""Staff take an alert on, and what they do with it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import holding, record, rights, taking, writing_with_her
from bot.alerts.letters import FLOW
from bot.alerts.taking import Act
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts, staff
from bot.questions import answering, inbox, undelivered
from bot.questions import record as questions
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.upkeep import Upkeep
from bot.store.tables import contacts as contact_rows
from bot.store.tables import conversations
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.tables.people import Role
from bot.store.tables.questions import QuestionState
from tests.bot.alerts.conftest import DOUBTFUL, WORDS, Duty


async def question_of(duty: Duty, alert_id: int) -> Question:
    alert = await duty.alert(alert_id)
    assert alert.question_id is not None
    async with duty.database.reading() as connection:
        found = await questions.get(connection, alert.question_id)
    assert found is not None
    return found


async def test_the_first_who_takes_it_has_it_and_the_others_are_told(duty: Duty) -> None:
    alert = await duty.hear()
    assert await duty.take(alert, duty.commune) is Act.DONE
    assert await duty.take(alert, duty.city) is Act.OTHERS
    assert await duty.take(alert, duty.commune) is Act.ALREADY
    assert (await duty.alert(alert.alert_id)).taken_by == duty.commune
    assert "commune đã nhận" in (await duty.texts("city"))[-1]
    assert (await duty.log(alert.alert_id))[-1] == "taken commune"


async def test_the_woman_and_the_taker_write_with_each_other_by_a_question(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    question = await question_of(duty, alert.alert_id)
    assert (question.state, question.staff_id) == (QuestionState.FORWARDED, duty.commune)
    assert (question.is_urgent, question.is_sensitive, question.text) == (True, True, WORDS)
    async with duty.post() as post:
        await answering.answer(
            post, question.question_id, staff_id=duty.commune, words="Chị tới liền, em khóa cửa lại"
        )
    assert "Chị tới liền, em khóa cửa lại" in (await duty.texts("hoa"))[-1]


async def test_she_gets_one_neutral_line_however_often_it_changes_hands(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
    await duty.take(alert, duty.city)
    assert await duty.texts("hoa") == ["Dạ, cán bộ Hội đã nhận tin của chị."]


async def test_a_phone_that_others_read_gets_no_line(duty: Duty) -> None:
    async with duty.post() as post:
        await contacts.change(post.connection, (await duty.contact("hoa")).contact_id, is_quiet=True)
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    assert await duty.texts("hoa") == []
    assert "Người khác có thể đọc máy của chị ấy" in (await duty.texts("city"))[0]


async def test_the_question_that_she_asked_meanwhile_moves_to_who_takes_the_alert(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        her = await duty.contact("hoa")
        code, desk = await writing_with_her.ask(
            post, her, "em muốn gặp cán bộ", alert, unit_id=her.unit_id, is_sensitive=False
        )
    assert desk is not None
    assert desk.staff_id == duty.commune  # On duty, and nobody else is to read it.
    await duty.take(alert, duty.city)
    question = await question_of(duty, alert.alert_id)
    assert (question.question_id, question.staff_id) == (code, duty.city) == (alert.alert_id, duty.city)
    assert (question.is_urgent, question.is_sensitive) == (True, True)


async def test_what_she_asks_of_a_new_alert_goes_to_who_has_her_old_one(duty: Duty) -> None:
    await duty.take(await duty.hear(), duty.city)
    duty.clock.move(timedelta(hours=25))
    newer = await duty.hear()
    async with duty.post() as post:
        her = await duty.contact("hoa")
        _code, desk = await writing_with_her.ask(post, her, "em muốn gặp chị", newer, unit_id=her.unit_id)
    assert desk is not None
    assert desk.staff_id == duty.city


async def test_the_question_stays_with_who_has_the_alert_whatever_its_clocks_say(duty: Duty) -> None:
    """She takes alerts and no questions, and may be on her way."""
    alert = await duty.hear()
    await duty.take(alert, duty.city)
    duty.clock.move(timedelta(hours=3))
    upkeep = Upkeep(duty.database, Outbox({}), Languages({}), duty.clock, lambda: None)
    await upkeep.escalate()
    await upkeep.reroute()
    async with duty.post() as post:
        await undelivered.desk_lost(post, duty.city)
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.city


async def test_an_officer_without_a_chat_finds_the_question_in_the_inbox(duty: Duty) -> None:
    alert = await duty.hear()
    assert await duty.take(alert, duty.people.an) is Act.DONE
    question = await question_of(duty, alert.alert_id)
    assert (question.state, question.staff_id) == (QuestionState.WAITING, None)
    duty.clock.move(timedelta(days=2))
    await duty.tick()
    assert (await duty.alert(alert.alert_id)).taken_by == duty.people.an


async def test_whom_nothing_reaches_any_more_has_it_no_longer(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contact_rows).where(contact_rows.c.address == "commune").values(unreachable_at=post.now)
        )
    await duty.tick()
    assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN
    assert "chưa ai nhận" in (await duty.texts("city"))[-1]


async def test_her_words_go_to_no_desk_for_questions_while_somebody_takes_alerts(duty: Duty) -> None:
    """Bình, nearest to her, has the desk for questions."""
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contact_rows).where(contact_rows.c.address == "commune").values(unreachable_at=post.now)
        )
    upkeep = Upkeep(duty.database, Outbox({}), Languages({}), duty.clock, lambda: None)
    await upkeep.reroute()
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.city
    await upkeep.reroute()
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.city
    assert await duty.texts("binh") == []


async def test_a_colleague_may_write_to_her_and_whoever_has_it_has_it_still(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await answering.answer(post, alert.alert_id, staff_id=duty.city, words="Em cần gì cứ nhắn chị")
    assert "Em cần gì cứ nhắn chị" in (await duty.texts("hoa"))[-1]
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.commune
    told = (await duty.texts("commune"))[-1]
    assert "city vừa nhắn cho chị ấy" in told
    assert "Em cần gì" not in told


async def test_her_question_is_closed_and_given_away_by_nobody_while_somebody_has_her_alert(
    duty: Duty,
) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    question = await question_of(duty, alert.alert_id)
    count = len(await duty.texts("commune"))
    async with duty.post() as post:
        assert not await answering.close(post, alert.alert_id, staff_id=duty.city)
        assert not await inbox.give_to(post, question, duty.city)
    async with duty.post() as post:
        await answering.answer(post, alert.alert_id, staff_id=duty.commune, words="Chị tới liền")
        assert not await answering.close(post, alert.alert_id)  # "Đã rõ" is no word of safety.
    assert len(await duty.texts("commune")) == count
    async with duty.post() as post:
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="chị ấy ở nhà mẹ")
    assert (await question_of(duty, alert.alert_id)).state is not QuestionState.FORWARDED


async def test_words_that_did_not_reach_her_leave_the_question_with_who_has_the_alert(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await answering.answer(post, alert.alert_id, staff_id=duty.commune, words="Chị tới liền")
    letter = (await duty.letters("hoa"))[-1]
    async with duty.post() as post:
        await undelivered.letter_failed(post, letter.id)
    question = await question_of(duty, alert.alert_id)
    assert (question.state, question.staff_id) == (QuestionState.FORWARDED, duty.commune)
    assert "chưa tới được chị ấy" in (await duty.texts("commune"))[-1]


async def test_who_gives_it_back_frees_it_and_the_others_are_asked_again(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        assert await taking.decline(post, alert.alert_id, staff_id=duty.commune) is Act.DONE
        assert await taking.decline(post, alert.alert_id, staff_id=duty.commune) is Act.ALREADY
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by, now.next_at) == (
        AlertState.OPEN, None, duty.clock() + timedelta(minutes=15),
    )  # fmt: skip
    assert "chưa ai nhận" in (await duty.texts("city"))[-1]
    assert (await question_of(duty, alert.alert_id)).state is QuestionState.WAITING
    assert await duty.take(alert, duty.commune) is Act.DONE  # She can after all.
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.commune
    async with duty.post() as post:
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="xong")
        await taking.reopen(post, alert.alert_id, staff_id=duty.city)
    assert "chưa ai nhận" in (await duty.texts("commune"))[-1]


async def test_handing_it_over_is_logged_with_to_whom_and_takes_it_where_nobody_had(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        act = await taking.hand_over(
            post, alert.alert_id, staff_id=duty.commune, to_whom=" công an  xã ", words="đã gọi trực ban"
        )
        assert act is Act.DONE
        assert await taking.hand_over(post, alert.alert_id, staff_id=duty.city, to_whom=" ") is Act.EMPTY
    assert (await duty.log(alert.alert_id))[-2:] == ["taken commune", "handed_over commune công an xã"]
    async with duty.database.reading() as connection:
        assert (await record.steps(connection, alert.alert_id))[-1].text == "đã gọi trực ban"


async def test_closing_says_what_was_done_and_ends_the_question(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        assert await taking.close(post, alert.alert_id, staff_id=duty.city, words=" ") is Act.EMPTY
        assert await taking.close(post, alert.alert_id, staff_id=duty.city, words="Đã về ngoại") is Act.DONE
        assert await taking.close(post, alert.alert_id, staff_id=duty.city, words="nữa") is Act.OVER
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.closed_by, now.next_at) == (AlertState.CLOSED, duty.city, None)
    assert (await question_of(duty, alert.alert_id)).state is QuestionState.CLOSED
    assert f"báo động mã {alert.alert_id} đã xong" in "\n".join(await duty.texts("commune"))
    duty.clock.move(timedelta(days=3))
    count = len(await duty.texts("commune"))
    await duty.tick()
    assert len(await duty.texts("commune")) == count


async def test_one_that_was_never_taken_is_closed_for_all_who_were_told(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.close(post, alert.alert_id, staff_id=duty.people.an, words="Gọi nhầm")
    for address in ("city", "commune"):
        assert "đã xong" in (await duty.texts(address))[-1]


async def test_reopened_it_is_nobodys_and_those_on_duty_are_told_again(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        assert await taking.reopen(post, alert.alert_id, staff_id=duty.city) is Act.OVER
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="xong")
        assert await taking.reopen(post, alert.alert_id, staff_id=duty.city) is Act.DONE
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by, now.closed_at) == (AlertState.OPEN, None, None)
    assert "chưa ai nhận" in (await duty.texts("commune"))[-1]
    assert await duty.take(alert, duty.city) is Act.DONE
    assert (await question_of(duty, alert.alert_id)).staff_id == duty.city


ACTS: dict[str, Callable[[Post, int, int], Awaitable[Act]]] = {
    "take": lambda post, alert_id, staff_id: taking.take(post, alert_id, staff_id=staff_id),
    "decline": lambda post, alert_id, staff_id: taking.decline(post, alert_id, staff_id=staff_id),
    "hand over": lambda post, alert_id, staff_id: taking.hand_over(
        post, alert_id, staff_id=staff_id, to_whom="x"
    ),
    "note": lambda post, alert_id, staff_id: taking.note(post, alert_id, staff_id=staff_id, words="x"),
    "close": lambda post, alert_id, staff_id: taking.close(post, alert_id, staff_id=staff_id, words="x"),
    "reopen": lambda post, alert_id, staff_id: taking.reopen(post, alert_id, staff_id=staff_id),
}


@pytest.mark.parametrize("name", ACTS)
async def test_nobody_else_does_anything_with_it(name: str, duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        assert await ACTS[name](post, alert.alert_id, duty.people.chi) is Act.FORBIDDEN  # Of another commune.
        assert await ACTS[name](post, 999, duty.city) is Act.UNKNOWN
    assert await duty.log(alert.alert_id) == ["raised", "told city city", "told commune local"]


async def test_whose_business_it_is(duty: Duty) -> None:
    higher = await duty.add_staff("higher", duty.people.commune_id, has_chat=False)
    clerk = await duty.add_staff("clerk", duty.people.province_id, takes_alerts=False)
    alert = await duty.hear()
    doubted = await duty.hear(address="lan", alarm=DOUBTFUL)
    who = {"Bình": duty.people.binh, "An": duty.people.an, "Chi": duty.people.chi} | {
        "commune": duty.commune, "city": duty.city, "higher": higher, "clerk": clerk,
    }  # fmt: skip
    async with duty.database.reading() as connection:
        may = {name for name, one in who.items() if await rights.may_handle(connection, alert, one)}
        assert may == {"commune", "city", "higher", "An"}
        listed = {name for name, one in who.items() if await rights.open_for(connection, one)}
        assert listed == may
        assert doubted.alert_id not in {one.alert_id for one in await rights.open_for(connection, duty.city)}
    async with duty.post() as post:
        await staff.deactivate(post.connection, higher, now=post.now)
        assert not await rights.may_handle(post.connection, alert, higher)


async def test_her_own_alert_is_not_her_business(duty: Duty) -> None:
    alert = await duty.hear(address="binh")
    async with duty.post() as post:
        await staff.set_takes_alerts(post.connection, duty.people.binh, takes_alerts=True)
        assert not await rights.may_handle(post.connection, alert, duty.people.binh)


async def test_the_digits_mean_the_letter_only_while_nothing_else_is_asked(duty: Duty) -> None:
    async with duty.post() as post:
        for address, flow in (("city", ""), ("commune", "register")):
            contact = await duty.contact(address)
            await post.connection.execute(
                sa.insert(conversations).values(
                    contact_id=contact.contact_id, flow=flow, step="", data={}, updated_at=post.now
                )
            )
    alert = await duty.hear()
    letter = (await duty.letters("city"))[0]
    assert await _stands(duty, "city") == (FLOW, {"alert": alert.alert_id, "question_row": letter.id})
    assert await _stands(duty, "commune") == ("register", {})
    await duty.take(alert, duty.commune)
    assert await _stands(duty, "city") == ("", {})


async def _stands(duty: Duty, address: str) -> tuple[str, dict[str, object]]:
    contact = await duty.contact(address)
    async with duty.database.reading() as connection:
        row = await connection.execute(
            sa.select(conversations.c.flow, conversations.c.data).where(
                conversations.c.contact_id == contact.contact_id
            )
        )
        flow, data = row.one()
        return flow, data


def test_who_takes_it_late_is_reminded_the_morning_after_the_next() -> None:
    from datetime import UTC, datetime

    def reminded(hour: int) -> str:  # In Vietnam it is seven hours later.
        return f"{holding.next_morning(datetime(2026, 11, 23, hour, tzinfo=UTC)):%d %H}"

    assert [reminded(hour) for hour in (2, 17, 18, 19, 20)] == ["24 08", "24 08", "24 08", "24 08", "25 08"]


async def test_the_log_has_a_line_for_every_act(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.note(post, alert.alert_id, staff_id=duty.commune, words="Đã gọi, chị ấy ở nhà mẹ")
        await taking.close(post, alert.alert_id, staff_id=duty.commune, words="Ổn rồi")
    async with duty.database.reading() as connection:
        steps = await record.steps(connection, alert.alert_id)
    assert [(step.kind, step.staff_name, step.text) for step in steps[-2:]] == [
        (AlertStepKind.NOTED, "commune", "Đã gọi, chị ấy ở nhà mẹ"),
        (AlertStepKind.CLOSED, "commune", "Ổn rồi"),
    ]


async def test_officers_of_the_top_may_take_it_without_having_been_told(duty: Duty) -> None:
    officer = await duty.add_staff(
        "officer", duty.people.province_id, takes_alerts=False, role=Role.OFFICER, has_chat=False
    )
    alert = await duty.hear()
    assert await duty.take(alert, officer) is Act.DONE


async def test_who_declines_is_not_rung_by_it_herself(duty: Duty) -> None:
    from bot.alerts import climbing

    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.city)
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
        assert await climbing.has_somebody(post, await duty.alert(alert.alert_id)) is True  # The city.
    assert "chưa ai nhận" not in "".join(await duty.texts("commune"))
    assert "chưa ai nhận" in (await duty.texts("city"))[-1]


async def test_when_the_last_one_declines_others_are_told_and_she_is_not_rung(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.city)
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
    await duty.tick()
    assert "chưa ai nhận" not in "".join(await duty.texts("commune"))
    assert "climbed" in await duty.log(alert.alert_id)
    assert len(await duty.texts("binh")) == 1


async def test_who_is_put_on_duty_meanwhile_is_told_at_the_next_tick(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.tick()
    await duty.add_staff("new", duty.people.commune_id)
    await duty.add_staff("top", duty.people.province_id, role=Role.OFFICER)
    await duty.add_staff("elsewhere", duty.people.commune_id, takes_alerts=False)
    await duty.tick()
    await duty.tick()
    for address in ("new", "top"):
        (letter,) = await duty.texts(address)
        assert WORDS in letter
    assert await duty.texts("elsewhere") == []
    assert len(await duty.texts("city")) == 1
    assert (await duty.alert(alert.alert_id)).rounds == 0


async def test_who_joins_once_it_is_taken_is_not_told(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    await duty.add_staff("new", duty.people.commune_id)
    await duty.tick()
    assert await duty.texts("new") == []
