"""Somebody has taken it on, and the woman hears nothing: whoever has it is reminded once, then the others on duty are told once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import answers, climbing, silence, taking
from bot.alerts import duty as on_duty
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm, AlarmKind
from bot.questions import answering
from bot.store.tables import contacts, outbox
from bot.store.tables.messages import OutboxState
from bot.store.tables.people import Role
from tests import people as union
from tests.bot.alerts.conftest import URGENT, Duty

QUARTER = timedelta(minutes=15)
STORY = Alarm(AlarmKind.VIOLENCE, urgent=False)

Act = Callable[[Duty, Alert], Awaitable[object]]


async def writes(duty: Duty, alert: Alert) -> object:
    return await _answers(duty, alert, duty.commune)


async def colleague_writes(duty: Duty, alert: Alert) -> object:
    return await _answers(duty, alert, duty.city)


async def writes_in_vain(duty: Duty, alert: Alert) -> object:
    await writes(duty, alert)
    return await _becomes(duty, OutboxState.FAILED)


async def writes_and_it_waits(duty: Duty, alert: Alert) -> object:
    await writes(duty, alert)
    return await _becomes(duty, OutboxState.HELD)


async def notes_a_call(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await taking.note(post, alert.alert_id, staff_id=duty.commune, words="đã gọi")


async def hands_over(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await taking.hand_over(post, alert.alert_id, staff_id=duty.commune, to_whom="công an xã")


async def closes(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await taking.close(post, alert.alert_id, staff_id=duty.commune, words="xong")


async def lets_go(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await taking.decline(post, alert.alert_id, staff_id=duty.commune)


async def she_is_safe(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await answers.says_safe(post, alert.alert_id, is_safe=True)


async def she_is_not_safe(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await answers.says_safe(post, alert.alert_id, is_safe=False)


async def she_says_it_was_nothing(duty: Duty, alert: Alert) -> object:
    async with duty.post() as post:
        return await answers.mistaken(post, alert.alert_id)


async def she_writes(duty: Duty, alert: Alert) -> object:
    return await duty.hear("ảnh về rồi", STORY, said=Said.MORE)


async def she_cries(duty: Duty, alert: Alert) -> object:
    return await duty.hear("cứu em", URGENT)


async def minutes_go_by(duty: Duty, alert: Alert) -> object:
    duty.clock.move(timedelta(minutes=5))
    await duty.tick()
    return None


async def _answers(duty: Duty, alert: Alert, staff_id: int) -> object:
    question_id = (await duty.alert(alert.alert_id)).question_id
    assert question_id is not None
    async with duty.post() as post:
        return await answering.answer(post, question_id, staff_id=staff_id, words="em tới liền")


async def _becomes(duty: Duty, state: OutboxState) -> object:
    """Of the letters to her the last."""
    hers = sa.select(contacts.c.id).where(contacts.c.address == "hoa")
    last = sa.select(sa.func.max(outbox.c.id)).where(outbox.c.contact_id.in_(hers))
    async with duty.post() as post:
        return await post.connection.execute(
            sa.update(outbox).where(outbox.c.id == last.scalar_subquery()).values(state=state)
        )


@dataclass(frozen=True)
class Case:
    label: str
    happens: Sequence[Act]  # After it is taken on, a minute apart.
    log: Sequence[str]  # What an hour later has come into the log by itself.


LIFE = [
    Case("nothing", [], ["reminded commune", "unanswered"]),
    Case("a word of hers", [writes], []),
    Case("a word of a colleague's", [colleague_writes], []),
    Case("a word that does not arrive", [writes_in_vain], ["reminded commune", "unanswered"]),
    Case("a word that waits", [writes_and_it_waits], ["reminded commune", "unanswered"]),
    Case("a call is noted", [notes_a_call], []),
    Case("handed over", [hands_over], []),
    Case("handed over, and she writes", [hands_over, she_writes], []),
    Case("closed", [closes], []),
    Case("she is safe", [she_is_safe], []),
    Case("she says that it was nothing", [she_says_it_was_nothing], ["reminded commune", "unanswered"]),
    Case("she is not safe", [she_is_not_safe], ["reminded commune", "unanswered"]),
    Case("she is safe, and then not", [she_is_safe, she_is_not_safe], ["reminded commune", "unanswered"]),
    Case("she is safe, and cries again", [she_is_safe, she_cries], ["reminded commune", "unanswered"]),
    Case("she is safe, and writes something", [she_is_safe, she_writes], []),
    Case("she writes after a word", [writes, she_writes], ["reminded commune", "unanswered"]),
    Case("she writes and gets a word", [she_writes, writes], []),
    Case(
        "she goes on writing all the time",
        [she_writes, minutes_go_by, she_writes, minutes_go_by, she_writes, minutes_go_by, she_writes],
        ["reminded commune", "unanswered"],
    ),
    Case(
        "twice in one evening",
        [*[minutes_go_by] * 7, writes, she_writes],
        ["reminded commune", "unanswered", "reminded commune", "unanswered"],
    ),
]


@pytest.mark.parametrize("case", LIFE, ids=lambda case: case.label)
async def test_each_is_told_once_while_she_waits_and_never_when_she_does_not(case: Case, duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    for act in case.happens:
        duty.clock.move(timedelta(minutes=1))
        await act(duty, alert)
    for _ in range(24):
        duty.clock.move(timedelta(minutes=5))
        await duty.tick()
    log = await duty.log(alert.alert_id)
    assert [step for step in log if step.split()[0] in {"reminded", "unanswered"}] == case.log


async def test_what_nobody_has_climbs_and_reminds_of_no_silence(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    duty.clock.move(timedelta(minutes=1))
    await lets_go(duty, alert)
    duty.clock.move(3 * QUARTER)
    await duty.tick()
    assert "climbed" in (log := await duty.log(alert.alert_id))
    assert not {"reminded commune", "unanswered"} & set(log)


async def test_whoever_has_it_reads_since_when_and_how_to_say_what_was_done(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    others = await duty.texts("city")
    count = len(await duty.texts("commune"))
    duty.clock.move(QUARTER - timedelta(seconds=1))
    await duty.tick()
    assert len(await duty.texts("commune")) == count
    duty.clock.move(timedelta(seconds=1))
    await duty.tick()
    await duty.tick()
    letters = await duty.texts("commune")
    assert len(letters) == count + 1
    assert "từ lúc 9:00 ngày 23/11" in letters[-1]
    assert f"«Câu hỏi mã {alert.alert_id}»" in letters[-1]
    assert f"GHI {alert.alert_id}" in letters[-1]
    assert not [word for word in ("đánh", "Hoa", "sợ") if word in letters[-1]]
    assert await duty.texts("city") == others


async def test_after_as_long_again_both_routes_learn_it_with_the_numbers_to_ring(duty: Duty) -> None:
    async with duty.post() as post:
        await on_duty.set_phone_list(
            post.connection, duty.people.commune_id, [("Công an xã", "113")], staff_id=duty.city, now=post.now
        )
    near = await duty.add_staff("near", duty.people.commune_id)
    declined = await duty.add_staff("declined", duty.people.commune_id)
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=declined)
    await duty.take(alert, duty.commune)
    await duty.add_staff("later", duty.people.province_id, role=Role.OFFICER)
    counts = {name: len(await duty.texts(name)) for name in ("commune", "declined", "binh", "hoa")}
    for _ in range(2):
        duty.clock.move(QUARTER)
        await duty.tick()
    for name in ("city", "near", "later"):
        letter = (await duty.texts(name))[-1]
        assert "commune đã nhận mà từ lúc 9:00 ngày 23/11" in letter
        assert "- Công an xã: 113" in letter
        assert f"BAODONG {alert.alert_id}" in letter
        assert "1 = tôi nhận" not in letter
        assert "đánh" not in letter
    counts["commune"] += 1
    assert {name: len(await duty.texts(name)) for name in counts} == counts
    assert near


async def test_nobody_near_her_is_told_of_it_where_she_does_not_want_it(duty: Duty) -> None:
    other = await duty.add_staff("other", duty.people.province_id, role=Role.OFFICER)
    alert = await duty.hear(past_local=True)
    await duty.take(alert, other)
    for _ in range(4):
        duty.clock.move(QUARTER)
        await duty.tick()
    assert "other đã nhận mà" in (await duty.texts("city"))[-1]
    assert await duty.texts("commune") == []


async def test_an_officer_who_is_reached_by_no_chat_is_reminded_on_her_page_and_the_others_in_their_chats(
    duty: Duty,
) -> None:
    async with duty.database.writing() as connection:
        officer = await union.add_staff(
            connection, "Lê Thị Bê", duty.people.province_id, role=Role.OFFICER, login="be", now=duty.clock()
        )
    alert = await duty.hear()
    await duty.take(alert, officer)
    for _ in range(2):
        duty.clock.move(QUARTER)
        await duty.tick()
    assert (await duty.log(alert.alert_id))[-2:] == ["reminded", "unanswered"]
    assert "Lê Thị Bê đã nhận mà" in (await duty.texts("city"))[-1]


async def test_after_hours_without_the_service_whoever_has_it_hears_first_and_the_others_a_quarter_later(
    duty: Duty,
) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    count = len(await duty.texts("commune"))
    duty.clock.move(timedelta(hours=25))
    await duty.tick()
    await duty.tick()
    letters = (await duty.texts("commune"))[count:]
    assert len(letters) == 1  # Not the morning's besides.
    assert (await duty.log(alert.alert_id))[-1] == "reminded commune"
    duty.clock.move(QUARTER)
    await duty.tick()
    await duty.tick()
    assert (await duty.log(alert.alert_id))[-1] == "unanswered"
    assert len(await duty.texts("commune")) == count + 1


async def test_two_processes_remind_once(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    duty.clock.move(QUARTER)
    async with duty.database.reading() as connection:
        assert await silence.due(connection, duty.clock()) == [alert.alert_id]
    async with duty.post() as post:
        assert await climbing.climb_due(post, alert.alert_id)
    async with duty.post() as post:
        assert not await climbing.climb_due(post, alert.alert_id)
