"""What becomes of an alert when she says where she is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import answers, place, record, rights, taking, writing_with_her
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.questions import record as questions
from bot.store.tables import contacts, outbox
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.tables.messages import OutboxState
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.bot.alerts.conftest import DOUBTFUL, URGENT, Duty


async def cries(duty: Duty, alarm: Alarm = URGENT, *, past_local: bool = False) -> Alert:
    """Somebody whom the Union does not know, so that nobody knows where she is."""
    async with duty.database.writing() as connection:
        await union.add_contact(connection, duty.people.account_id, "somebody", now=duty.clock())
    return await duty.hear(alarm=alarm, address="somebody", past_local=past_local)


async def is_at(duty: Duty, alert: Alert, unit_id: int | None) -> Alert | None:
    async with duty.post() as post:
        return await place.is_at(post, alert.alert_id, unit_id)


async def test_those_on_duty_there_are_told_at_once_and_who_was_told_learns_it(duty: Duty) -> None:
    alert = await cries(duty)
    duty.clock.move(timedelta(minutes=2))
    await is_at(duty, alert, duty.people.commune_id)
    [first] = await duty.texts("commune")
    assert "Xã Kế Sách" in first
    assert "có tin mới" in (await duty.texts("city"))[-1]
    assert (await duty.log(alert.alert_id))[-2:] == ["placed", "told commune local"]
    assert (await duty.alert(alert.alert_id)).unit_id == duty.people.commune_id


async def test_saying_it_twice_tells_nobody_twice(duty: Duty) -> None:
    alert = await cries(duty)
    for _ in range(2):
        duty.clock.move(timedelta(minutes=6))
        await is_at(duty, alert, duty.people.commune_id)
    assert len(await duty.texts("commune")) == 1
    assert len(await duty.texts("city")) == 2


async def test_where_nobody_there_can_be_told_the_top_learns_it(duty: Duty) -> None:
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    assert "Ở nơi chị ấy sống em không báo được cho ai." in (await duty.texts("city"))[-1]
    assert (await duty.log(alert.alert_id))[-2:] == ["placed", "nobody local"]


async def test_nobody_near_her_is_told_where_she_does_not_want_it(duty: Duty) -> None:
    alert = await cries(duty, past_local=True)
    await is_at(duty, alert, duty.people.commune_id)
    assert await duty.texts("commune") == []


async def test_what_is_only_doubted_wakes_those_there_when_the_others_are_woken(duty: Duty) -> None:
    alert = await cries(duty, DOUBTFUL)
    await is_at(duty, alert, duty.people.commune_id)
    assert await duty.texts("commune") == await duty.texts("city") == []
    duty.clock.move(timedelta(minutes=11))
    await duty.tick()
    assert len(await duty.texts("commune")) == len(await duty.texts("city")) == 1


async def test_once_somebody_has_it_she_alone_learns_where(duty: Duty) -> None:
    alert = await cries(duty)
    await duty.take(alert, duty.city)
    duty.clock.move(timedelta(minutes=6))
    await is_at(duty, alert, duty.people.commune_id)
    assert await duty.texts("commune") == []
    assert "có tin mới" in (await duty.texts("city"))[-1]


async def test_a_place_taken_back_is_unknown_again(duty: Duty) -> None:
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.commune_id)
    changed = await is_at(duty, alert, None)
    assert changed is not None
    assert changed.state is AlertState.OPEN
    assert (await duty.alert(alert.alert_id)).unit_id is None


async def add_neighbours(duty: Duty) -> int:
    """Somebody on duty in the other commune; returns her id."""
    return await duty.add_staff("neighbour", duty.people.other_commune_id)


@pytest.mark.parametrize("says", ["where she is", "only that she is not there"])
async def test_whoever_was_told_for_a_place_that_she_takes_back_hears_so_and_then_nothing(
    duty: Duty, says: str
) -> None:
    await add_neighbours(duty)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await send_all(duty)
    duty.clock.move(timedelta(minutes=2))
    await is_at(duty, alert, duty.people.commune_id if says == "where she is" else None)
    [_first, last] = await duty.texts("neighbour")
    assert last == (
        f"Dạ, báo động mã {alert.alert_id}: chị ấy nói không ở chỗ mình, đã có người khác lo. Chị không cần làm gì nữa."
    )
    assert len(await duty.texts("commune")) == (1 if says == "where she is" else 0)
    async with duty.post() as post:
        await answers.says_safe(post, alert.alert_id, is_safe=False)
    duty.clock.move(timedelta(minutes=15))
    await duty.tick()
    async with duty.post() as post:
        await taking.take(post, alert.alert_id, staff_id=duty.city)
        await taking.close(post, alert.alert_id, staff_id=duty.city, words="xong")
    assert len(await duty.texts("neighbour")) == 2


async def test_a_letter_that_has_not_left_yet_is_taken_back(duty: Duty) -> None:
    await add_neighbours(duty)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await is_at(duty, alert, duty.people.commune_id)
    assert await duty.texts("neighbour") == []
    assert len(await duty.texts("commune")) == 1


async def test_what_is_not_in_her_commune_any_more_is_not_its_business_and_the_log_says_who_knew(
    duty: Duty,
) -> None:
    neighbour = await add_neighbours(duty)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await send_all(duty)
    await is_at(duty, alert, duty.people.commune_id)
    async with duty.database.reading() as connection:
        now = await duty.alert(alert.alert_id)
        assert not await rights.may_handle(connection, now, neighbour)
        told = [step for step in await record.steps(connection, alert.alert_id) if step.staff_id == neighbour]
        assert [step.kind for step in told] == [AlertStepKind.TOLD]
        noted = [step.text for step in await record.steps(connection, alert.alert_id) if step.text]
    assert "Chị ấy không ở đó nên em không báo gì thêm cho neighbour." in noted


async def test_back_where_she_was_first_thought_to_be_they_are_told_anew(duty: Duty) -> None:
    await add_neighbours(duty)
    alert = await cries(duty)
    for unit_id in (duty.people.other_commune_id, None, duty.people.other_commune_id):
        await is_at(duty, alert, unit_id)
        await send_all(duty)
    first, away, again = await duty.texts("neighbour")
    assert first == again
    assert "không ở chỗ mình" in away


async def test_whoever_has_it_keeps_it_wherever_she_is(duty: Duty) -> None:
    neighbour = await add_neighbours(duty)
    other = await duty.add_staff("other", duty.people.other_commune_id)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await send_all(duty)
    await duty.take(alert, neighbour)
    duty.clock.move(timedelta(minutes=6))
    await is_at(duty, alert, duty.people.commune_id)
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by) == (AlertState.TAKEN, neighbour)
    assert "có tin mới" in (await duty.texts("neighbour"))[-1]
    assert "không cần làm gì nữa" in (await duty.texts("other"))[-1]
    count = len(await duty.texts("other"))
    async with duty.post() as post:
        await answers.says_safe(post, alert.alert_id, is_safe=False)
    assert len(await duty.texts("other")) == count
    assert await question(duty, now) == (QuestionState.FORWARDED, neighbour, duty.people.commune_id)
    assert other


async def test_where_nobody_who_was_told_is_left_it_climbs_at_once(duty: Duty) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "city").values(unreachable_at=duty.clock())
        )
    await add_neighbours(duty)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await send_all(duty)
    await is_at(duty, alert, duty.people.commune_id)
    assert len(await duty.texts("commune")) == 1
    await send_all(duty)
    async with duty.database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "city").values(unreachable_at=None)
        )
    await is_at(duty, alert, None)
    assert "có chị nhắn" in (await duty.texts("city"))[-1]
    assert (await duty.log(alert.alert_id))[-2:] == ["climbed", "told city climbed"]


async def test_the_question_goes_along_to_a_desk_where_she_is(duty: Duty) -> None:
    neighbour = await add_neighbours(duty)
    alert = await cries(duty)
    await is_at(duty, alert, duty.people.other_commune_id)
    await send_all(duty)
    her = await duty.contact("somebody")
    async with duty.post() as post:
        locked = await record.lock(post.connection, alert.alert_id)
        assert locked is not None
        await writing_with_her.ask(post, her, "chị ơi", locked, unit_id=locked.unit_id)
    now = await duty.alert(alert.alert_id)
    assert await question(duty, now) == (QuestionState.FORWARDED, neighbour, duty.people.other_commune_id)
    await is_at(duty, alert, duty.people.commune_id)
    assert await question(duty, now) == (QuestionState.FORWARDED, duty.commune, duty.people.commune_id)
    await is_at(duty, alert, None)
    assert await question(duty, now) == (QuestionState.FORWARDED, duty.city, None)


async def question(duty: Duty, alert: Alert) -> tuple[QuestionState, int | None, int | None]:
    assert alert.question_id is not None
    async with duty.database.reading() as connection:
        found = await questions.get(connection, alert.question_id)
    assert found is not None
    return found.state, found.staff_id, found.unit_id


async def send_all(duty: Duty) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
