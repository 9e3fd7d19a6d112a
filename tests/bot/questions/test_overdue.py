"""A question left too long goes one desk up."""

from datetime import timedelta

from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import answering
from bot.questions.upkeep import Upkeep
from bot.store.tables.questions import QuestionState
from tests.bot.questions.conftest import Desks


async def escalate(desks: Desks) -> None:
    await Upkeep(desks.database, Outbox({}), Languages({}), desks.clock, lambda: None).escalate()


async def test_after_two_days_it_goes_to_the_next_desk_and_the_first_is_told(desks: Desks) -> None:
    commune = await desks.add_cadre("commune", desks.people.commune_id)
    code = await desks.ask()
    desks.clock.move(timedelta(hours=47, minutes=59))
    await escalate(desks)
    assert (await desks.question(code)).staff_id == desks.people.binh
    desks.clock.move(timedelta(minutes=1))
    await escalate(desks)
    await escalate(desks)
    assert (await desks.question(code)).staff_id == commune
    assert len(await desks.texts("commune")) == 1
    assert "chuyển cho cán bộ khác" in (await desks.texts("binh"))[-1]
    assert await desks.steps(code) == ["asked", "forwarded", "overdue", "forwarded"]


async def test_at_the_top_it_waits_in_the_officers_inbox(desks: Desks) -> None:
    code = await desks.ask()
    desks.clock.move(timedelta(hours=49))
    await escalate(desks)
    assert (await desks.question(code)).state is QuestionState.WAITING


async def test_what_was_put_off_is_left_until_it_is_due_again(desks: Desks) -> None:
    code = await desks.ask()
    until = desks.clock() + timedelta(days=3)
    async with desks.database.writing() as connection:
        await answering.take_later(
            connection, code, staff_id=desks.people.binh, until=until, now=desks.clock()
        )
    desks.clock.move(timedelta(hours=60))
    await escalate(desks)
    assert (await desks.question(code)).staff_id == desks.people.binh


async def test_an_urgent_one_waits_a_quarter_of_an_hour(desks: Desks) -> None:
    commune = await desks.add_cadre("commune", desks.people.commune_id)
    code = await desks.ask(is_urgent=True)
    desks.clock.move(timedelta(minutes=15))
    await escalate(desks)
    assert (await desks.question(code)).staff_id == commune
