"""Where nothing is near: in other words once, then a cadre."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, entries, interactions
from bot.store.tables.askings import Outcome
from tests.handlers.members.conftest import NewChat

_NEAR = "sao bua nay van phong dong cua som vay"  # Near a topic, but not near enough.
_NOWHERE = "Привет как дела"


async def _outcomes(database: Database) -> list[Outcome]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(askings.c.outcome).order_by(askings.c.id)))


async def test_she_is_asked_once_with_examples_of_the_nearest_topic_and_then_offered_a_cadre(
    database: Database, new_chat: NewChat
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).where(entries.c.topic == "phong_trao").values(is_on=True))
        await versions.has_changed(connection, versions.ENTRIES)
    chat = new_chat("lan")
    [said] = await chat.says(_NEAR)
    assert "nói lại bằng lời khác giúp em, ví dụ:\n• " in said
    assert said.count("\n• ") == 2
    assert "gõ 0" in said
    [said] = await chat.says(f"{_NEAR} ta")
    assert (
        said
        == "Dạ, câu này em chưa có câu trả lời chắc chắn. Chị gõ 0, em chuyển cho cán bộ Hội trả lời chị."
    )
    assert await _outcomes(database) == [Outcome.REPHRASE, Outcome.NO_ANSWER]
    assert f"«{_NEAR} ta»" in (await chat.says("0"))[0]


async def test_after_an_answer_she_may_be_asked_again(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_NOWHERE)
    await chat.says("de an 01 la gi")
    assert "nói lại bằng lời khác" in (await chat.says(_NOWHERE))[0]


async def test_where_no_topic_is_near_there_are_no_examples(new_chat: NewChat) -> None:
    [said] = await new_chat("lan").says(_NOWHERE)
    assert "nói lại bằng lời khác" in said
    assert "ví dụ" not in said


async def test_what_she_said_first_can_go_to_a_cadre_at_once(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await chat.says(_NEAR)
    assert f"«{_NEAR}»" in (await chat.says("0"))[0]


async def test_no_example_tells_anything_private(database: Database, new_chat: NewChat) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).values(is_on=True, sensitive="high"))
        await versions.has_changed(connection, versions.ENTRIES)
    chat = new_chat("lan")
    await chat.says("KIN")
    assert "•" not in (await chat.says(_NEAR))[0]
    async with database.reading() as connection:
        assert set(await connection.scalars(sa.select(askings.c.text))) == {""}


async def test_the_log_says_what_it_was(database: Database, new_chat: NewChat) -> None:
    await new_chat("lan").says(_NOWHERE)
    async with database.reading() as connection:
        assert "rephrase" in set(await connection.scalars(sa.select(interactions.c.kind)))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0912 345 678", "không ghi lại"),
        ("094185001234", "không ghi lại"),
        ("12345", "chưa rõ số này"),
        ("113", "bấm gọi 113"),
        ("115", "không gọi điện giúp chị được"),
        ("😭😭", "bằng chữ"),
        ("\u200b\u200b\u200d", "bằng chữ"),
        ("\u0301\u0301", "bằng chữ"),
        ("?!...", "bằng chữ"),
        ("\u202e\u2066", "bằng chữ"),
    ],
)
async def test_a_message_without_letters_gets_a_kind_sentence(
    database: Database, new_chat: NewChat, text: str, part: str
) -> None:
    assert part in (await new_chat("lan").says(text))[0]
    assert await _outcomes(database) == []
    async with database.reading() as connection:
        logged = " ".join(await connection.scalars(sa.select(interactions.c.text)))
    assert "0912" not in logged
    assert "0941" not in logged


@pytest.mark.parametrize("text", ["dе аn 01 lа gi", "ｄｅ ａｎ ０１ ｌａ ｇｉ", "d\u200be a\u200bn 01 la gi"])
async def test_look_alike_letters_never_lead_to_a_wrong_answer(new_chat: NewChat, text: str) -> None:
    [said] = await new_chat("lan").says(text)
    assert "Quyết định 01" in said or "Có phải" in said or "nói lại bằng lời khác" in said or "gõ 0" in said


_WORDS = st.sampled_from(
    [
        "dạ",
        "không phải",
        "đúng",
        "1",
        "2",
        "0",
        "chưa rõ",
        "vay",
        "đề án 01 là gì",
        "គ្មាន",
        "😀",
        "\u200b",
        "\u0301",
        "máy",
        "cảm ơn",
        "menu",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(max_size=60) | _WORDS | st.lists(_WORDS, max_size=3).map(" ".join), min_size=1, max_size=4
    )
)
async def test_whatever_she_writes_she_gets_a_sentence(new_chat: NewChat, texts: list[str]) -> None:
    chat = new_chat("lan")
    for text in texts:
        said = await chat.says(text)
        assert said
        assert all(line.strip() for line in said)
        assert "{" not in said[0]


async def test_a_private_matter_that_no_entry_is_about_is_kept_private(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await chat.says("chong em an nhau say xin toi ngay")
    assert "«" not in (await chat.says("0"))[0]
    async with database.reading() as connection:
        assert set(await connection.scalars(sa.select(askings.c.text))) <= {""}
