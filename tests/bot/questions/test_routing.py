"""Whose desk a question goes to."""

import sqlalchemy as sa

from bot.people import staff
from bot.questions import answering
from bot.store.tables import accounts, contacts
from bot.store.tables.accounts import AccountState
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.bot.questions.conftest import Desks


async def test_the_branchs_desk_comes_before_the_communes_and_the_provinces(desks: Desks) -> None:
    await desks.add_cadre("commune", desks.people.commune_id)
    await desks.add_cadre("province", desks.people.province_id)
    assert (await desks.question(await desks.ask())).staff_id == desks.people.binh


async def test_without_a_branch_desk_the_commune_has_it_then_the_province(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await staff.set_takes_questions(connection, desks.people.binh, takes_questions=False)
    province = await desks.add_cadre("province", desks.people.province_id)
    assert (await desks.question(await desks.ask())).staff_id == province
    commune = await desks.add_cadre("commune", desks.people.commune_id)
    assert (await desks.question(await desks.ask())).staff_id == commune


async def test_other_communes_desks_never_get_it(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await staff.set_takes_questions(connection, desks.people.binh, takes_questions=False)
    await desks.add_cadre("elsewhere", desks.people.other_commune_id)
    question = await desks.question(await desks.ask())
    assert (question.state, question.staff_id) == (QuestionState.WAITING, None)
    assert await desks.texts("elsewhere") == []


async def test_the_least_busy_desk_of_a_unit_gets_the_next(desks: Desks) -> None:
    second = await desks.add_cadre("second", desks.people.branch_id)
    holders = [(await desks.question(await desks.ask())).staff_id for _question in range(4)]
    assert holders == [desks.people.binh, second, desks.people.binh, second]


async def test_unreachable_chats_and_closed_accounts_are_no_desk(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "binh").values(unreachable_at=desks.clock())
        )
        closed = await union.add_account(connection, external_id="closed", now=desks.clock())
        await connection.execute(
            sa.update(accounts).where(accounts.c.id == closed).values(state=AccountState.CLOSED)
        )
        other = await union.add_staff(
            connection, "closed", desks.people.branch_id, takes_questions=True, now=desks.clock()
        )
        await union.add_contact(connection, closed, "closed", staff_id=other, now=desks.clock())
    assert (await desks.question(await desks.ask())).state is QuestionState.WAITING


async def test_the_chat_she_last_wrote_in_gets_it(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await union.add_contact(
            connection,
            desks.people.account_id,
            "binh's other phone",
            staff_id=desks.people.binh,
            last_in_at=desks.clock(),
            now=desks.clock(),
        )
    await desks.ask()
    assert len(await desks.texts("binh's other phone")) == 1
    assert await desks.texts("binh") == []


async def test_a_question_is_never_on_its_way_to_two_desks(desks: Desks) -> None:
    await desks.add_cadre("commune", desks.people.commune_id)
    code = await desks.ask()
    async with desks.post() as post:
        was_hers, desk = await answering.pass_on(post, code, staff_id=desks.people.binh)
    assert was_hers
    assert desk is not None
    assert await desks.texts("binh") == []  # It had not left yet: it was taken back.
    assert len(await desks.texts("commune")) == 1


async def test_passing_on_what_is_not_on_her_desk_changes_nothing(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        assert await answering.pass_on(post, code, staff_id=desks.people.chi) == (False, None)
    assert await desks.steps(code) == ["asked", "forwarded"]
