"""An answer of the FAQ, and what she says to it."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import units
from bot.questions import answering
from bot.questions.post import Post
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, contacts, entries, entry_texts, interactions, questions
from bot.store.tables.askings import ChosenBy, Outcome
from handlers.members.lying_ready import UNCLEAR_FLOW
from tests import people as union
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.handlers.members.conftest import NewChat

_ASKED = "de an 01 la gi"
_DIGITS = "1 đã rõ · 2 chưa rõ · 0 hỏi cán bộ"
_UNSURE = "hội viên thì được gì mất gì"
_KHMER = "ចង់ឈប់ទទួលសារ ត្រូវធ្វើដូចម្តេច"
_LATER = timedelta(minutes=1)


async def _change(database: Database, entry_id: str, **values: object) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).where(entries.c.id == entry_id).values(**values))
        await versions.has_changed(connection, versions.ENTRIES)


async def _answer(database: Database, entry_id: str, language: str) -> str:
    """The beginning of an entry's answer."""
    async with database.reading() as connection:
        kept = sa.select(entry_texts.c.answer).where(
            entry_texts.c.entry_id == entry_id, entry_texts.c.language == language
        )
        return str((await connection.execute(kept)).scalar_one())[:30]


async def _askings(database: Database) -> list[sa.RowMapping]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(askings).order_by(askings.c.id))).mappings())


async def test_the_digits_are_spelled_out_three_times_and_work_ever_after(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    spelled = [_DIGITS in (await chat.says(_ASKED))[0] for _ in range(4)]
    assert spelled == [True, True, True, False]
    assert "em mừng quá" in (await chat.says("1"))[0]


async def test_an_answer_offers_its_digits_as_buttons(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    assert "chưa rõ chỗ nào" in (await chat.presses("2", on="Quyết định 01"))[0]
    assert await chat.presses("2", on="Quyết định 01") == []  # The same tap twice.


@pytest.mark.parametrize(
    "words", ["1", "đã rõ", "da ro", "rõ rồi em", "dạ em hiểu rồi nha", "hieu roi", "យល់ហើយ"]
)
async def test_clear_is_heard_in_many_words(database: Database, new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    clear = "Dạ, em mừng quá. Chị cần gì cứ nhắn em nghen."
    assert (await chat.says(words))[0] in {clear, languages().of("km").gettext(clear)}
    [asking] = await _askings(database)
    assert (asking["is_clear"], asking["chosen_entry_id"], asking["chosen_by"]) == (
        True,
        "COOP-01",
        ChosenBy.MEMBER,
    )
    assert (await chat.conversation()).flow == ""


@pytest.mark.parametrize(
    "words", ["2", "chưa rõ", "chua hieu", "dạ chưa hiểu em ơi", "sai rồi", "👎", "hả", "មិនយល់"]
)
async def test_unclear_is_heard_in_many_words(database: Database, new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    await chat.says(words)
    assert (await chat.conversation()).flow == UNCLEAR_FLOW
    [asking] = await _askings(database)
    assert (asking["is_clear"], asking["chosen_entry_id"]) == (False, None)


async def test_what_is_not_clear_goes_its_way_as_a_question_and_to_a_cadre_with_the_first(
    new_chat: NewChat,
) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    await chat.says("2")
    assert "Có phải chị muốn hỏi" in (await chat.says(_UNSURE))[0]
    assert f"«{_ASKED}\n{_UNSURE}»" in (await chat.says("0"))[0]


async def test_unclear_with_more_words_is_both(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    [said] = await chat.says("chưa rõ là hợp tác xã phải đóng góp bao nhiêu")
    assert "gõ 0" in said.lower() or "0." in said
    first, second = await _askings(database)
    assert first["is_clear"] is False
    assert second["text"].startswith("chưa rõ là hợp tác xã")
    data = (await chat.conversation()).data
    assert data["asked"].startswith(f"{_ASKED}\n")


@pytest.mark.parametrize("words", ["ok", "dạ", "cảm ơn em nhiều", "👍"])
async def test_politeness_is_no_verdict(database: Database, new_chat: NewChat, words: str) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    [said] = await chat.says(words)
    assert "Quyết định 01" not in said
    assert (await _askings(database))[0]["is_clear"] is None
    assert "em mừng quá" in (await chat.says("1"))[0]


async def test_zero_after_an_answer_passes_on_what_she_asked(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    assert f"«{_ASKED}»" in (await chat.says("0"))[0]


async def test_another_digit_is_explained_and_the_menu_keeps_its_own(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    assert "1 nếu đã rõ, 2 nếu chưa rõ" in (await chat.says("7"))[0]
    menu = await chat.says("MENU")
    assert _DIGITS not in menu[0]
    assert "Vào Hội" in (await chat.says("1"))[0]


async def test_she_may_read_one_more_of_a_list(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("MENU")
    listed = (await chat.says("1"))[0]
    first = (await chat.says("2"))[0]
    assert "3." in listed
    another = (await chat.says("3"))[0]
    assert another.split("\n")[0] not in {first.split("\n")[0], listed.split("\n")[0]}
    assert "1 nếu đã rõ" not in another


async def test_an_old_button_says_no_answer_twice(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await chat.says(_UNSURE)
    await chat.says("1")
    clock.move(_LATER)
    assert "không còn mở" in (await chat.presses("1", on="Có phải chị muốn hỏi"))[0]


async def test_a_days_old_answer_takes_no_digits(new_chat: NewChat, clock: MovingClock) -> None:
    chat = new_chat("lan")
    await chat.says(_ASKED)
    clock.move(timedelta(hours=25))
    assert "Vào Hội" in (await chat.says("1"))[0]


async def test_an_answer_names_its_source_and_its_day(database: Database, new_chat: NewChat) -> None:
    await _change(database, "COOP-01", cites="Quyết định 01/QĐ-TTg", cites_on=date(2026, 7, 1))
    assert "Theo Quyết định 01/QĐ-TTg, cập nhật 7/2026." in (await new_chat("lan").says(_ASKED))[0]
    await _change(database, "COOP-01", cites_on=None)
    assert "\n\nTheo Quyết định 01/QĐ-TTg.\n" in (await new_chat("hoa").says(_ASKED))[0]


async def test_a_khmer_answer_that_nobody_has_read_has_the_vietnamese_beside_it(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await chat.says("KHMER")
    [said] = await chat.says(_KHMER)
    assert said.startswith(await _answer(database, "PRIV-02", "km"))
    assert await _answer(database, "PRIV-02", "vi") in said
    async with database.writing() as connection:
        await connection.execute(sa.update(entry_texts).values(is_reviewed=True))
        await versions.has_changed(connection, versions.ENTRIES)
    [said] = await chat.says(_KHMER)
    assert await _answer(database, "PRIV-02", "vi") not in said


async def test_her_units_own_answer_comes_before_the_general_one(
    database: Database, new_chat: NewChat, clock: MovingClock
) -> None:
    chat = new_chat("lan")
    await chat.says("alo")
    async with database.writing() as connection:
        unit_id = (
            await connection.execute(sa.text("SELECT id FROM units WHERE level = 'xa' ORDER BY id LIMIT 1"))
        ).scalar_one()
        member_id = await union.add_member(connection, "Nguyễn Thị Lan", unit_id, now=clock())
        await connection.execute(sa.update(contacts).values(member_id=member_id))
        general = (
            (await connection.execute(sa.select(entries).where(entries.c.id == "COOP-01"))).mappings().one()
        )
        own = {**general, "id": "XA-01", "unit_id": unit_id, "stands_for": "COOP-01"}
        await connection.execute(sa.insert(entries).values(**own))
        await connection.execute(
            sa.insert(entry_texts).values(
                entry_id="XA-01",
                language="vi",
                question="Đề án 01 ở xã mình?",
                answer="Ở xã mình, chị hỏi cô Sáu.",
                phrasings=[],
                is_reviewed=True,
            )
        )
        await versions.has_changed(connection, versions.ENTRIES)
        assert unit_id in await units.line(connection, unit_id)
    assert "chị hỏi cô Sáu" in (await chat.says(_ASKED))[0]
    assert "Đề án của Thủ tướng" in (await new_chat("hoa").says(_ASKED))[0]


async def test_a_private_answer_is_not_cheered_at(database: Database, new_chat: NewChat) -> None:
    await _change(database, "DV-04", is_on=True)
    chat = new_chat("lan")
    await chat.says("thế nào là bạo lực gia đình")
    assert await chat.says("1") == ["Dạ. Chị cần gì cứ nhắn em nghen, lúc nào cũng được."]
    [asking] = await _askings(database)
    assert asking["text"] == ""
    assert asking["is_clear"]


async def test_what_is_asked_is_kept_without_names(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("toi ten nguyen thi lan, de an 01 la gi")
    [asking] = await _askings(database)
    assert asking["text"] == "toi ten …, de an 01 la gi"
    assert asking["entry_id"] == "COOP-01"
    assert asking["outcome"] in {Outcome.ANSWERED, Outcome.SUGGESTED}
    await chat.says("KIN")
    await chat.says(_ASKED)
    assert (await _askings(database))[-1]["text"] == ""


async def test_an_answer_of_a_cadre_takes_over_the_digits(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says("loa keo tay cua chi hoi ai dang giu")
    await chat.says("0")
    await chat.says("1")
    await chat.says("0")
    await chat.says(_ASKED)
    async with database.writing() as connection:
        code = (await connection.execute(sa.select(questions.c.id))).scalar_one()
        top = (await connection.execute(sa.text("SELECT id FROM units ORDER BY id LIMIT 1"))).scalar_one()
        now = MovingClock()()
        staff_id = await union.add_staff(connection, "Lê Thị Bình", top, now=now)
        post = Post(connection, Outbox({}), Languages({}), now)
        await answering.answer(post, code, staff_id=staff_id, words="Chị Hai giữ nghen")
    assert "em mừng quá" in (await chat.says("1"))[0]
    first, second = await _askings(database)
    assert first["question_id"] == code
    assert second["is_clear"] is None
    async with database.reading() as connection:
        state = (await connection.execute(sa.select(questions.c.state))).scalar_one()
    assert state == "closed"


async def test_a_long_message_is_read_in_part_and_she_is_told(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    [said] = await chat.says("đề án 01 là gì " * 7000)
    assert said.startswith("Dạ, tin dài quá nên em chỉ đọc phần đầu.")
    assert await chat.incoming(IncomingKind.TEXT, "ok")


async def test_the_log_knows_which_entry_answered(database: Database, new_chat: NewChat) -> None:
    await new_chat("lan").says(_ASKED)
    async with database.reading() as connection:
        logged = (await connection.execute(sa.select(interactions.c.kind, interactions.c.entry_id))).all()
    assert ("answer", "COOP-01") in [tuple(row) for row in logged]
