"""Nobody takes it on: it climbs, again and again."""

from datetime import timedelta

import sqlalchemy as sa

from bot import metrics
from bot.alerts import answers, climbing, taking
from bot.alerts import duty as on_duty
from bot.alerts.upkeep import AlertUpkeep
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import staff
from bot.store.tables import contacts
from bot.store.tables.alerts import AlertState
from bot.store.tables.people import Role
from tests.bot.alerts.conftest import DOUBTFUL, WORDS, Duty

QUARTER = timedelta(minutes=15)


async def test_after_a_quarter_of_an_hour_all_above_and_the_whole_top_are_told_with_the_phone_list(
    duty: Duty,
) -> None:
    await duty.add_staff("officer", duty.people.province_id, takes_alerts=False, role=Role.OFFICER)
    await duty.add_staff("elsewhere", duty.people.other_commune_id)
    async with duty.post() as post:
        await on_duty.set_phone_list(
            post.connection, duty.people.commune_id, [("Công an xã", "113")], staff_id=duty.city, now=post.now
        )
    alert = await duty.hear()
    duty.clock.move(QUARTER - timedelta(seconds=1))
    await duty.tick()
    assert len(await duty.texts("city")) == 1
    duty.clock.move(timedelta(seconds=1))
    await duty.tick()
    await duty.tick()
    for address in ("binh", "officer"):
        (letter,) = await duty.texts(address)
        assert WORDS in letter
        assert "- Công an xã: 113" in letter
    for address in ("city", "commune"):
        _first, reminder = await duty.texts(address)
        assert "chưa ai nhận" in reminder
        assert "- Công an xã: 113" in reminder
        assert "đánh" not in reminder
    assert await duty.texts("elsewhere") == []
    assert (await duty.log(alert.alert_id))[3:] == ["climbed", "told Bình climbed", "told climbed"]


async def test_each_person_is_reminded_once_in_every_round_until_somebody_has_it(duty: Duty) -> None:
    alert = await duty.hear()
    for _round in range(3):
        duty.clock.move(QUARTER)
        await duty.tick()
        await duty.tick()
    assert [len(await duty.texts(address)) for address in ("city", "commune", "binh")] == [4, 4, 3]
    assert (await duty.alert(alert.alert_id)).rounds == 3
    await duty.take(alert, duty.people.binh)
    counts = [len(await duty.texts(address)) for address in ("city", "commune")]
    duty.clock.move(QUARTER)
    await duty.tick()
    assert [len(await duty.texts(address)) for address in ("city", "commune")] == counts


async def test_it_does_not_climb_below_the_top_where_she_wants_nobody_there_to_know(duty: Duty) -> None:
    alert = await duty.hear(alarm=DOUBTFUL)
    async with duty.post() as post:
        await on_duty.set_phone_list(
            post.connection, duty.people.commune_id, [("Chủ tịch Hội xã", "0912345678")], staff_id=duty.city, now=post.now
        )  # fmt: skip
        await answers.past_local(post, alert.alert_id)
    for _round in range(3):
        duty.clock.move(QUARTER)
        await duty.tick()
    assert await duty.texts("commune") == await duty.texts("binh") == []
    assert len(await duty.texts("city")) == 3
    assert not [text for text in await duty.texts("city") if "Chủ tịch" in text]


async def test_who_declined_is_asked_again_only_when_everybody_has(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
    duty.clock.move(QUARTER)
    await duty.tick()
    assert len(await duty.texts("commune")) == 1
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.people.binh)
        await taking.decline(post, alert.alert_id, staff_id=duty.city)
    assert "chưa ai nhận" in (await duty.texts("commune"))[-1]


async def test_who_declined_is_asked_again_once_an_hour_while_nobody_has_it(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.city)
    counts = []
    for _round in range(8):
        duty.clock.move(QUARTER)
        await duty.tick()
        counts.append(len(await duty.texts("city")))
    assert counts == [1, 1, 1, 2, 2, 2, 2, 3]
    assert "chưa ai nhận" in (await duty.texts("city"))[-1]
    assert await duty.take(alert, duty.city) is taking.Act.DONE


async def test_when_all_who_were_told_decline_it_climbs_at_once(duty: Duty) -> None:
    alert = await duty.hear()
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.commune)
        assert await duty.texts("binh") == []
    async with duty.post() as post:
        await taking.decline(post, alert.alert_id, staff_id=duty.city)
    (letter,) = await duty.texts("binh")
    assert WORDS in letter


async def test_where_nobody_is_reached_it_is_tried_again_at_once_and_every_quarter(duty: Duty) -> None:
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contacts).where(contacts.c.staff_id.is_not(None)).values(unreachable_at=post.now)
        )
    alert = await duty.hear()
    await duty.tick()
    assert await duty.log(alert.alert_id) == [
        "raised",
        "nobody city",
        "nobody local",
        "climbed",
        "nobody climbed",
    ]
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contacts).where(contacts.c.address == "city").values(unreachable_at=None)
        )
    duty.clock.move(QUARTER)
    await duty.tick()
    assert WORDS in (await duty.texts("city"))[0]


async def test_who_has_it_is_reminded_in_the_morning_by_the_code_alone(duty: Duty) -> None:
    alert = await duty.hear()  # Nine in the morning there.
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.note(post, alert.alert_id, staff_id=duty.commune, words="đã gọi")
    count = len(await duty.texts("commune"))
    duty.clock.move(timedelta(hours=22, minutes=59))
    await duty.tick()
    assert len(await duty.texts("commune")) == count
    duty.clock.move(timedelta(minutes=1))
    await duty.tick()
    await duty.tick()
    reminder = (await duty.texts("commune"))[-1]
    assert len(await duty.texts("commune")) == count + 1
    assert f"XONG {alert.alert_id}" in reminder
    assert "Hoa" not in reminder


async def test_when_who_has_it_leaves_the_union_it_is_told_again(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await staff.deactivate(post.connection, duty.commune, now=post.now)
    await duty.tick()
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by) == (AlertState.OPEN, None)
    assert "chưa ai nhận" in (await duty.texts("city"))[-1]
    assert WORDS in (await duty.texts("binh"))[-1]


async def test_what_fails_for_one_alert_keeps_no_other_waiting(duty: Duty) -> None:
    await duty.hear()
    await duty.hear(address="lan")
    duty.clock.move(QUARTER)

    class Breaks(Outbox):
        writes = 0

        async def put(self, *args: object, **kwargs: object) -> int:
            Breaks.writes += 1
            if Breaks.writes == 1:
                raise RuntimeError("the first letter")
            return await super().put(*args, **kwargs)  # type: ignore[arg-type]  # As it was called.

    await AlertUpkeep(duty.database, Breaks({}), Languages({}), duty.clock, lambda: None).look()
    assert len(await duty.texts("binh")) == 1
    async with duty.database.reading() as connection:
        assert len(await climbing.due(connection, duty.clock())) == 1


async def test_the_figures_say_how_many_are_open_and_how_long_the_oldest_waits(duty: Duty) -> None:
    await duty.hear()
    await duty.hear(address="lan", alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=7))
    woken: list[str] = []
    await AlertUpkeep(duty.database, Outbox({}), Languages({}), duty.clock, lambda: woken.append("up")).look()
    assert metrics.ALERTS.labels("open")._value.get() == 1
    assert metrics.ALERTS.labels("doubted")._value.get() == 1
    assert metrics.ALERTS.labels("taken")._value.get() == 0
    assert metrics.ALERTS_WAIT._value.get() == 7 * 60
    assert woken == []
