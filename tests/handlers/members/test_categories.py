"""CHUDE: what she wants announcements to be about."""

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import category_choices, members
from handlers.members.categories import read_numbers
from tests.handlers.members.conftest import NewChat
from tests.handlers.members.test_registration import WHOLE, fill_in

CASES = [
    ("1 3", [1, 3]),
    ("1,3", [1, 3]),
    ("1, 3 và 5", [1, 3, 5]),
    ("1 va 3.", [1, 3]),
    ("số 2", [2]),
    ("so 2", [2]),
    ("13", [1, 3]),
    ("1+2", [1, 2]),
    ("១ ៣", [1, 3]),
    ("0", [0]),
    ("", None),
    (",", None),
    ("8", None),
    ("18", None),
    ("1 tin", None),
    ("hội phí bao nhiêu", None),
    ("1 " * 40, None),
]


@pytest.mark.parametrize(("words", "expected"), CASES, ids=[words or "nothing" for words, _numbers in CASES])
def test_her_numbers_are_read_however_she_parts_them(words: str, expected: list[int] | None) -> None:
    assert read_numbers(words, 7) == expected


async def _kept(database: Database) -> tuple[list[bool], set[str]]:
    async with database.reading() as connection:
        has_chosen = await connection.scalars(sa.select(members.c.chose_categories))
        return list(has_chosen), set(await connection.scalars(sa.select(category_choices.c.category)))


async def test_she_picks_several_changes_her_mind_and_has_it_erased(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    assert "Loại tin chị chọn: tất cả" in (await chat.says("hoso"))[0]
    [asked] = await chat.says("Chủ đề")
    assert "1. Sinh hoạt, họp, đại hội" in asked
    assert "0. Tất cả" in asked
    [again] = await chat.says("gì cũng được")
    assert "số từ 1 đến 7" in again
    [done] = await chat.says("1 3")
    assert "Sinh hoạt, họp, đại hội; Sức khỏe" in done
    assert await _kept(database) == ([True], {"sinh_hoat", "suc_khoe"})
    assert "Loại tin chị chọn: Sinh hoạt, họp, đại hội; Sức khỏe" in (await chat.says("HOSO"))[0]
    await chat.says("CHUDE")
    await chat.says("7")
    assert await _kept(database) == ([True], {"khan_cap"})
    await chat.says("CHUDE")
    await chat.says("0")
    assert await _kept(database) == ([False], set())
    await chat.says("CHUDE")
    await chat.says("2")
    await chat.says("XOA")
    await chat.says("1")
    assert await _kept(database) == ([], set())


async def test_it_switches_nothing_on(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    assert "DANGKY" in (await chat.says("CHUDE"))[0]
    await fill_in(chat, WHOLE)
    await chat.says("NGUNG")
    await chat.says("CHUDE")
    assert "NHANTIN" in (await chat.says("1"))[0]


async def test_leaving_it_changes_nothing(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    await chat.says("CHUDE")
    assert "giữ nguyên" in (await chat.says("thôi"))[0]
    assert await _kept(database) == ([False], set())
