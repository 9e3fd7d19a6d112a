"""Nothing is ever dropped: letters that fail, cadres who leave, desks that end."""

import sqlalchemy as sa

from bot.channels.contract import Attachment, FileKind, Outgoing
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import staff
from bot.questions import answering, undelivered
from bot.questions.undelivered import Undelivered
from bot.sending.parcels import Outcome, Parcel, Verdict
from bot.store.tables import contacts, outbox
from bot.store.tables.messages import OutboxState
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.bot.questions.conftest import Desks


async def fail(desks: Desks, row_id: int, *, unreachable: bool = True) -> None:
    """The sender finds for good that a letter cannot be delivered."""
    rerouting = Undelivered(Outbox({}), Languages({}), desks.clock)
    lane = Outbox({}, rerouting)
    async with desks.database.writing() as connection:
        await connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == row_id)
            .values(state=OutboxState.CLAIMED, lease_by="sender", lease_until=desks.clock())
        )
    parcel = Parcel("reply", row_id, 0, "", Outgoing(""), 0)
    outcome = Outcome(parcel, Verdict.FAILED, desks.clock(), code="blocked", unreachable=unreachable)
    async with desks.database.writing() as connection:
        await lane.settle(connection, [outcome], owner="sender")


async def test_a_forward_that_fails_goes_to_the_next_desk(desks: Desks) -> None:
    commune = await desks.add_cadre("commune", desks.people.commune_id)
    code = await desks.ask()
    [letter] = await desks.letters("binh")
    await fail(desks, letter.id)
    assert (await desks.question(code)).staff_id == commune
    assert len(await desks.texts("commune")) == 1
    assert await desks.steps(code) == ["asked", "forwarded", "undelivered", "forwarded"]


async def test_a_forward_that_fails_is_tried_in_her_other_chat_first(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await union.add_contact(
            connection, desks.people.account_id, "other", staff_id=desks.people.binh, now=desks.clock()
        )
    code = await desks.ask()
    [letter] = await desks.letters("binh")
    await fail(desks, letter.id)
    assert (await desks.question(code)).staff_id == desks.people.binh
    assert len(await desks.texts("other")) == 1
    await fail(desks, (await desks.letters("other"))[0].id)
    assert (await desks.question(code)).state is QuestionState.WAITING


async def test_a_forward_without_a_next_desk_goes_to_the_inbox(desks: Desks) -> None:
    code = await desks.ask()
    [letter] = await desks.letters("binh")
    await fail(desks, letter.id)
    question = await desks.question(code)
    assert (question.state, question.staff_id) == (QuestionState.WAITING, None)


async def test_an_answer_that_fails_puts_the_question_back(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words="Mùng 5 chị nghen " * 400)
    for letter in await desks.letters("hoa"):  # In parts, each of which fails.
        await fail(desks, letter.id)
    assert (await desks.question(code)).state is QuestionState.WAITING
    assert await desks.steps(code) == ["asked", "forwarded", "answered", "undelivered"]


async def test_a_late_failure_of_an_old_forward_changes_nothing(desks: Desks) -> None:
    await desks.add_cadre("commune", desks.people.commune_id)
    code = await desks.ask()
    [letter] = await desks.letters("binh")
    async with desks.database.writing() as connection:  # On its way while she is taken off duty.
        await connection.execute(
            sa.update(outbox).where(outbox.c.id == letter.id).values(state=OutboxState.CLAIMED)
        )
        await staff.deactivate(connection, desks.people.binh, now=desks.clock())
    async with desks.post() as post:
        assert await undelivered.desk_lost(post, desks.people.binh) == 1
    before = await desks.question(code)
    await fail(desks, letter.id)
    assert await desks.question(code) == before


async def test_who_goes_off_duty_leaves_no_question_behind(desks: Desks) -> None:
    commune = await desks.add_cadre("commune", desks.people.commune_id)
    codes = [await desks.ask(), await desks.ask("lan")]
    async with desks.post() as post:
        await staff.deactivate(post.connection, desks.people.binh, now=desks.clock())
        assert await undelivered.desk_lost(post, desks.people.binh) == 2
    assert [(await desks.question(code)).staff_id for code in codes] == [commune, commune]


async def test_a_desk_with_another_chat_is_not_lost(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        await union.add_contact(
            connection, desks.people.account_id, "other", staff_id=desks.people.binh, now=desks.clock()
        )
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "binh").values(unreachable_at=desks.clock())
        )
    code = await desks.ask()
    async with desks.post() as post:
        assert await undelivered.desk_lost(post, desks.people.binh) == 0
    assert (await desks.question(code)).staff_id == desks.people.binh


async def test_the_sweep_finds_desks_that_were_lost_without_a_word(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        assert await undelivered.sweep(post) == 0
    async with desks.database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "binh").values(unreachable_at=desks.clock())
        )
    async with desks.post() as post:
        assert await undelivered.sweep(post) == 1
    async with desks.post() as post:
        assert await undelivered.sweep(post) == 0
    assert (await desks.question(code)).state is QuestionState.WAITING
    assert await desks.texts("binh") == []


async def test_who_answered_is_told_once_that_her_words_did_not_arrive(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words="Mùng 5 chị nghen " * 400)
    for letter in await desks.letters("hoa"):
        await fail(desks, letter.id)
    _forward, told = await desks.texts("binh")
    assert f"câu trả lời mã {code} chưa tới được" in told
    assert "gọi điện hoặc ghé nhà" in told
    assert (await desks.question(code)).state is QuestionState.WAITING


async def test_a_file_that_her_platform_refuses_brings_the_question_back_to_the_cadre(desks: Desks) -> None:
    code = await desks.ask()
    picture = Attachment(FileKind.IMAGE, 1)
    async with desks.post() as post:
        await answering.answer(
            post, code, staff_id=desks.people.binh, words="(một tấm hình)", attachment=picture
        )
    [letter] = await desks.letters("hoa")
    await fail(desks, letter.id, unreachable=False)
    _forward, told = await desks.texts("binh")
    assert "ứng dụng của chị ấy không nhận được" in told
    assert "1 = trả lời" in told
    question = await desks.question(code)
    assert (question.state, question.staff_id) == (QuestionState.FORWARDED, desks.people.binh)
    assert await desks.steps(code) == ["asked", "forwarded", "answered", "undelivered", "forwarded"]


async def test_a_file_for_who_cannot_be_reached_at_all_is_as_any_answer(desks: Desks) -> None:
    code = await desks.ask()
    picture = Attachment(FileKind.IMAGE, 1)
    async with desks.post() as post:
        await answering.answer(
            post, code, staff_id=desks.people.binh, words="(một tấm hình)", attachment=picture
        )
    async with desks.database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "hoa").values(unreachable_at=desks.clock())
        )
    [letter] = await desks.letters("hoa")
    await fail(desks, letter.id)
    assert "gọi điện hoặc ghé nhà" in (await desks.texts("binh"))[-1]
    assert (await desks.question(code)).state is QuestionState.WAITING
