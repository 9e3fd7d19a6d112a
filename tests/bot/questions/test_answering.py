"""Answers, additions, closing and reopening; what an officer does in the console and a cadre at her desk meet here."""

import asyncio

import pytest
import sqlalchemy as sa

from bot.people import members
from bot.questions import answering, asking
from bot.questions.answering import Answered
from bot.store.tables import contacts
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.bot.questions.conftest import Desks


async def test_an_officers_answer_relieves_the_cadre(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        sent = await answering.answer(post, code, staff_id=desks.people.an, words="Mùng 5 chị nghen")
    assert sent is Answered.SENT
    assert "Hội LHPN thành phố Cần Thơ trả lời" in (await desks.texts("hoa"))[-1]
    assert await desks.texts("binh") == [
        f"Dạ, câu hỏi mã {code} đã có người khác trả lời rồi, chị không cần làm gì nữa."
    ]
    assert (await desks.question(code)).staff_id == desks.people.an


async def test_an_officers_answer_that_was_unclear_waits_in_the_inbox(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.an, words="Mùng 5 chị nghen")
    async with desks.post() as post:
        await asking.add(post, code, "Mùng 5 âm hay dương")
    question = await desks.question(code)
    assert (question.state, question.staff_id) == (QuestionState.WAITING, None)
    assert await desks.steps(code) == ["asked", "forwarded", "answered", "reopened", "added"]


async def test_what_she_adds_to_an_open_question_reaches_the_same_desk(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        await asking.add(post, code, "Em ở ấp An Ninh")
    assert "Em ở ấp An Ninh" in (await desks.texts("binh"))[-1]
    assert await desks.steps(code) == ["asked", "forwarded", "added"]


@pytest.mark.parametrize("words", ["", "  \n ", "\x00"])
async def test_an_empty_answer_is_none(desks: Desks, words: str) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        assert await answering.answer(post, code, staff_id=desks.people.an, words=words) is Answered.EMPTY
    assert (await desks.question(code)).state is QuestionState.FORWARDED


async def test_an_answer_to_no_question_is_refused(desks: Desks) -> None:
    async with desks.post() as post:
        assert await answering.answer(post, 404, staff_id=desks.people.an, words="a b") is Answered.UNKNOWN


async def test_who_had_everything_erased_is_not_written_to(desks: Desks) -> None:
    code = await desks.ask()
    hoa = await union.contact_of(desks.database, desks.people.account_id, "hoa")
    async with desks.database.writing() as connection:
        await members.erase(connection, hoa.contact_id, now=desks.clock())
    async with desks.post() as post:
        sent = await answering.answer(post, code, staff_id=desks.people.binh, words="Mùng 5 chị nghen")
    assert sent is Answered.NOBODY
    assert (await desks.question(code)).state is QuestionState.CLOSED


async def test_closing_and_reopening(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.post() as post:
        assert await answering.close(post, code, staff_id=desks.people.an)
        assert not await answering.close(post, code, staff_id=desks.people.an)
    async with desks.post() as post:
        assert await answering.reopen(post, code)
        assert not await answering.reopen(post, code)
    question = await desks.question(code)
    assert (question.state, question.staff_id) == (QuestionState.FORWARDED, desks.people.binh)
    assert await desks.steps(code) == ["asked", "forwarded", "closed", "reopened", "forwarded"]


async def test_very_long_words_are_cut_and_arrive(desks: Desks) -> None:
    code = await desks.ask(words="hỏi " * 25_000)
    assert len((await desks.question(code)).text) <= 4000
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words="đáp " * 25_000)
    assert sum("đáp" in text for text in await desks.texts("hoa")) > 1  # In parts.


async def test_words_are_carried_as_they_are(desks: Desks) -> None:
    odd = "<b>a</b> '; DROP TABLE members; -- {x} %s =1+1 \u202eabc 👩‍🌾"
    code = await desks.ask(words=odd)
    assert odd in (await desks.texts("binh"))[-1]
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words=odd)
    assert odd in (await desks.texts("hoa"))[-1]


async def test_two_answers_at_once_are_an_answer_and_an_addition(desks: Desks) -> None:
    code = await desks.ask()

    async def answer(staff_id: int) -> None:
        async with desks.post() as post:
            await answering.answer(post, code, staff_id=staff_id, words=f"Mùng {staff_id}")

    await asyncio.gather(answer(desks.people.binh), answer(desks.people.an))
    heads = [text.splitlines()[0] for text in await desks.texts("hoa")]
    assert "trả lời câu hỏi của chị" in heads[0]
    assert "nhắn thêm về câu hỏi của chị" in heads[1]


async def test_the_answer_goes_to_the_chat_she_asked_from(desks: Desks) -> None:
    async with desks.database.writing() as connection:
        other = await union.add_account(connection, external_id="other", now=desks.clock())
        await union.add_contact(
            connection, other, "hoa elsewhere", member_id=desks.people.hoa, now=desks.clock()
        )
    code = await desks.ask()
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words="Mùng 5 chị nghen")
    assert len(await desks.texts("hoa")) == 1
    assert await desks.texts("hoa elsewhere") == []


async def test_a_quiet_member_sees_nothing_telling(desks: Desks) -> None:
    code = await desks.ask()
    async with desks.database.writing() as connection:
        await connection.execute(sa.update(contacts).where(contacts.c.address == "hoa").values(is_quiet=True))
    async with desks.post() as post:
        await answering.answer(post, code, staff_id=desks.people.binh, words="Mùng 5 chị nghen")
    assert await desks.texts("hoa") == ["Dạ, có tin nhắn gửi chị. Gõ XEM để đọc."]
