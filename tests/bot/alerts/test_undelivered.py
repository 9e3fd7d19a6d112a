"""A first letter that does not arrive: somebody else hears of it now."""

from datetime import timedelta

import sqlalchemy as sa

from bot.alerts import duty as on_duty
from bot.alerts.undelivered import UndeliveredAlerts
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import asking
from bot.questions.undelivered import Undelivered
from bot.sending.parcels import Outcome, Verdict
from bot.store.tables import outbox
from bot.store.tables.messages import OutboxState
from tests import people as union
from tests.bot.alerts.conftest import WORDS, Duty


def _outbox(duty: Duty) -> Outbox:
    plain, languages = Outbox({}), Languages({})
    return Outbox(
        {},
        UndeliveredAlerts(plain, languages, duty.clock, otherwise=Undelivered(plain, languages, duty.clock)),
    )


async def send_all(duty: Duty, *, refused: set[str]) -> None:
    """As the sender does; what goes to these addresses is refused for good."""
    lane = _outbox(duty)
    until = duty.clock() + timedelta(minutes=5)
    while True:
        async with duty.database.writing() as connection:
            parcels = await lane.claim(
                connection, duty.people.account_id, 20, owner="us", now=duty.clock(), until=until
            )
        if not parcels:
            return
        outcomes = [
            Outcome(parcel, Verdict.FAILED, duty.clock(), code="blocked")
            if parcel.address in refused
            else Outcome(parcel, Verdict.SENT, duty.clock())
            for parcel in parcels
        ]
        async with duty.database.writing() as connection:
            await lane.settle(connection, outcomes, owner="us")


async def test_it_goes_to_another_chat_of_hers(duty: Duty) -> None:
    async with duty.post() as post:
        await union.add_contact(
            post.connection, duty.people.account_id, "commune2", staff_id=duty.commune, now=post.now
        )
    alert = await duty.hear()
    await send_all(duty, refused={"commune"})
    assert WORDS in (await duty.texts("commune2"))[0]
    assert (await duty.log(alert.alert_id)).count("told commune local") == 1
    await send_all(duty, refused=set())
    assert "nobody local" not in await duty.log(alert.alert_id)


async def test_it_goes_to_who_comes_next_on_the_route(duty: Duty) -> None:
    alert = await duty.hear()
    await send_all(duty, refused={"commune"})
    assert WORDS in (await duty.texts("binh"))[0]
    assert (await duty.log(alert.alert_id))[-1] == "told Bình local"


async def test_where_nobody_comes_next_the_other_route_learns_it_with_the_phone_list(duty: Duty) -> None:
    async with duty.post() as post:
        await on_duty.set_phone_list(
            post.connection, duty.people.commune_id, [("Công an xã", "113")], staff_id=duty.city, now=post.now
        )
    alert = await duty.hear()
    await send_all(duty, refused={"commune", "binh"})
    assert (await duty.log(alert.alert_id))[-1] == "nobody local"
    news = (await duty.texts("city"))[-1]
    assert "Ở nơi chị ấy sống em không báo được cho ai." in news
    assert "- Công an xã: 113" in news
    assert "đánh" not in news


async def test_where_no_letter_arrives_at_all_it_climbs_at_once(duty: Duty) -> None:
    alert = await duty.hear()
    await send_all(duty, refused={"city", "commune", "binh"})
    assert (await duty.alert(alert.alert_id)).rounds == 1
    assert (await duty.log(alert.alert_id))[-1] == "climbed"


async def test_once_somebody_has_it_nothing_more_is_done(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.city)
    before = await duty.log(alert.alert_id)
    await send_all(duty, refused={"commune"})
    assert await duty.log(alert.alert_id) == before


async def test_a_letter_that_would_have_to_wait_has_failed(duty: Duty) -> None:
    alert = await duty.hear()
    letter = (await duty.letters("commune"))[0]
    async with duty.database.writing() as connection:
        concern = UndeliveredAlerts(
            Outbox({}),
            Languages({}),
            duty.clock,
            otherwise=Undelivered(Outbox({}), Languages({}), duty.clock),
        )
        assert await concern.on_held(connection, letter.id) is False
        await connection.execute(
            sa.update(outbox).where(outbox.c.id == letter.id).values(state=OutboxState.FAILED)
        )
        await concern.on_failed(connection, letter.id, "window_closed")
    assert (await duty.log(alert.alert_id))[-1] == "told Bình local"


async def test_questions_are_looked_after_as_before(duty: Duty) -> None:
    await duty.add_staff("second", duty.people.branch_id, takes_alerts=False, takes_questions=True)
    async with duty.post() as post:
        her = await duty.contact("hoa")
        await asking.ask(post, her, "Lớp may khi nào khai giảng", unit_id=her.unit_id)
    await send_all(duty, refused={"binh"})
    assert "Lớp may" in (await duty.texts("second"))[0]
