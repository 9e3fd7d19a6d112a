"""Putting a question off, and being reminded once."""

from datetime import timedelta

from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import staff
from bot.questions import answering, reminders
from bot.questions.upkeep import Upkeep
from bot.store.tables.questions import QuestionState
from tests.bot.questions.conftest import Desks


async def test_she_is_reminded_once_when_it_is_due(desks: Desks) -> None:
    code = await desks.ask()
    until = desks.clock() + timedelta(hours=7)
    async with desks.post() as post:
        assert await answering.take_later(
            post.connection, code, staff_id=desks.people.binh, until=until, now=desks.clock()
        )
        assert await reminders.due_reminders(post.connection, desks.clock()) == []
    desks.clock.move(timedelta(hours=7))
    async with desks.post() as post:
        assert await reminders.due_reminders(post.connection, desks.clock()) == [code]
        assert await reminders.remind(post, code)
        assert not await reminders.remind(post, code)
        assert await reminders.due_reminders(post.connection, desks.clock()) == []
    assert "chị dặn em nhắc" in (await desks.texts("binh"))[-1]
    assert await desks.steps(code) == ["asked", "forwarded", "later"]


async def test_what_was_answered_meanwhile_is_not_reminded_of(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        await answering.take_later(
            post.connection, code, staff_id=desks.people.binh, until=desks.clock(), now=desks.clock()
        )
        await answering.answer(post, code, staff_id=desks.people.an, words="Mùng 5 chị nghen")
        assert await reminders.due_reminders(post.connection, desks.clock()) == []
        assert not await reminders.remind(post, code)


async def test_only_her_own_question_can_be_put_off(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        assert not await answering.take_later(
            post.connection, code, staff_id=desks.people.an, until=desks.clock(), now=desks.clock()
        )


async def test_upkeep_reminds_and_reroutes(desks: Desks) -> None:
    woken: list[bool] = []
    upkeep = Upkeep(desks.database, Outbox({}), Languages({}), desks.clock, lambda: woken.append(True))
    code = await desks.ask()
    async with desks.post() as post:
        await answering.take_later(
            post.connection, code, staff_id=desks.people.binh, until=desks.clock(), now=desks.clock()
        )
    await upkeep.remind()
    await upkeep.remind()
    assert len([text for text in await desks.texts("binh") if "chị dặn em nhắc" in text]) == 1
    async with desks.post() as post:
        await staff.deactivate(post.connection, desks.people.binh, now=desks.clock())
    await upkeep.reroute()
    await upkeep.reroute()
    await upkeep.forget()
    assert (await desks.question(code)).state is QuestionState.WAITING
    assert len(woken) == 2
