import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa

from bot import text
from bot.store.database import Database
from bot.store.tables import contacts, interactions, outbox, staff_acts
from bot.store.tables.messages import Direction, OutboxState
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union
from tests.handlers.officers.test_members import address_of


class Talk:
    """Writes into the log what somebody said."""

    def __init__(self, database: Database, union: Union, clock: MovingClock) -> None:
        self._database = database
        self._union = union
        self._clock = clock

    async def say(self, who: str, words: str, **values: Any) -> None:
        settled = self._union.people
        member = {"hoa": settled.hoa, "lan": settled.lan}.get(who)
        async with self._database.writing() as connection:
            contact = await connection.scalar(sa.select(contacts.c.id).where(contacts.c.address == who))
            row = {
                "at": self._clock(), "account_id": settled.account_id, "contact_id": contact, "member_id": member,
                "unit_id": settled.branch_id, "direction": Direction.IN, "kind": "text", "text": words,
                "text_folded": text.fold(words), **values,
            }  # fmt: skip
            await connection.execute(sa.insert(interactions).values(**row))


@pytest.fixture
def talk(database: Database, union: Union, clock: MovingClock) -> Talk:
    return Talk(database, union, clock)


async def search(browser: Browser, **fields: str) -> str:
    await browser.open("/console/log")
    page = await browser.send("/console/log", **fields)
    assert page.status == 200
    return page.text


async def test_chi_of_nhon_my_reads_nothing_of_ke_sach(browser: Browser, union: Union, talk: Talk) -> None:
    await talk.say("hoa", "cho em hỏi vay vốn")
    await browser.sign_in("chi", PASSWORD)
    for words in ("", "vay"):
        assert "vay vốn" not in await search(browser, words=words, unit=str(union.people.branch_id))
    page = await browser.send("/console/log/export")
    assert "vay vốn" not in page.html


async def test_dung_reads_what_was_said_in_her_commune_but_not_by_strangers(
    browser: Browser, union: Union, talk: Talk
) -> None:
    await talk.say("hoa", "cho em hỏi vay vốn")
    await talk.say("lan", "người lạ hỏi", member_id=None, unit_id=None)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log")
    assert "cho em hỏi vay vốn" in page
    assert "người lạ hỏi" not in page
    await browser.sign_in("an", PASSWORD)


async def test_name_stands_beside_words_only_if_she_agreed(
    browser: Browser, union: Union, talk: Talk
) -> None:
    await talk.say("hoa", "Hoa hỏi đây")
    await talk.say("lan", "một câu khác")
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log")
    assert "Nguyễn Thị Hoa" in page
    assert "Thạch Thị Lan" not in page
    assert "một hội viên" in page
    assert "một câu khác" in await browser.open("/console/log?kind=text")
    assert "một câu khác" not in await browser.open(f"/console/log?member={union.people.lan}")
    assert "Hoa hỏi đây" in await browser.open(f"/console/log?member={union.people.hoa}")


async def test_sensitive_message_shows_neither_words_nor_kind_nor_whose(
    browser: Browser, union: Union, talk: Talk
) -> None:
    await talk.say("hoa", "", kind="safety", is_sensitive=True, entry_id="BL01")
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log")
    assert "nội dung được giữ kín" in page
    assert "Hoa" not in page
    assert "safety" not in page.html.replace(
        "/console/safety", ""
    )  # The section of that name is on every page.
    assert "nội dung được giữ kín" not in await browser.open(f"/console/log?member={union.people.hoa}")
    await browser.open("/console/log")
    exported = await browser.send("/console/log/export")
    assert "(nội dung được giữ kín)" in exported.html
    assert "Hoa" not in exported.html
    assert "safety" not in exported.html


# What is filtered for, and which of the three messages below are found.
FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({"words": "vay von"}, {"hỏi"}),
    ({"words": "VỐN hỏi"}, {"hỏi"}),
    ({"words": "%"}, set()),
    ({"direction": "out"}, {"đáp"}),
    ({"kind": "answer"}, {"đáp"}),
    ({"kind": "'; --"}, {"hỏi", "đáp", "cũ"}),
    ({"channel": "web_chat"}, {"hỏi", "đáp", "cũ"}),
    ({"channel": "telegram"}, set()),
    ({"since": "2026-11-23"}, {"hỏi", "đáp"}),
    ({"until": "2026-11-22"}, {"cũ"}),
    ({"since": "2026-11-22", "until": "2026-11-22"}, {"cũ"}),
    ({"since": "99/99/9999"}, {"hỏi", "đáp", "cũ"}),
    ({"until": "9999-12-31"}, {"hỏi", "đáp", "cũ"}),
    ({"since": "0001-01-01"}, {"hỏi", "đáp", "cũ"}),
]


async def test_log_is_filtered(browser: Browser, union: Union, talk: Talk, clock: MovingClock) -> None:
    # It is 23/11/2026 09:00 in Vietnam; the old message is of 22/11 at 23:59 there.
    await talk.say("hoa", "câu cũ về trường học", at=clock() - timedelta(hours=9, minutes=1))
    await talk.say("hoa", "em hỏi vay vốn")
    await talk.say("hoa", "dạ em đáp", direction=Direction.OUT, kind="answer")
    marks = {"hỏi": "em hỏi vay vốn", "đáp": "dạ em đáp", "cũ": "câu cũ về trường học"}
    await browser.sign_in("dung", PASSWORD)
    for filters, found in FILTERS:
        page = await search(browser, **filters)
        assert {mark for mark, words in marks.items() if words in page} == found, filters


async def test_log_pages_from_the_newest_on_while_more_is_said(
    browser: Browser, union: Union, talk: Talk
) -> None:
    for i in range(120):
        await talk.say("hoa", f"câu số {i:03}")
    await browser.sign_in("dung", PASSWORD)
    seen: list[str] = []
    page = await browser.open("/console/log")
    while True:
        import re

        seen += re.findall(r"câu số \d+", page.html)
        if not (after := address_of(page.html, "after")):
            break
        await talk.say("hoa", "chen ngang")
        page = await browser.open(after)
    assert seen == [f"câu số {i:03}" for i in reversed(range(120))]


async def test_file_of_the_log_is_whole_safe_and_recorded(
    browser: Browser, union: Union, talk: Talk, database: Database
) -> None:
    for i in range(1050):  # More than two pieces of the stream.
        await talk.say("hoa", f"=cmd|' /C calc'!A{i}")
    await browser.sign_in("dung", PASSWORD)
    await browser.open("/console/log")
    page = await browser.send("/console/log/export?direction=in")
    _header, *rows = csv.reader(StringIO(page.html.removeprefix("\ufeff"), newline=""))
    assert len(rows) == 1050
    assert all(row[-1].startswith("'=cmd") for row in rows)
    async with database.reading() as connection:
        act = (await connection.execute(sa.select(staff_acts))).one()
    assert (act.act, act.detail) == ("log_exported", {"filters": {"direction": "in"}, "has_words": False})


NASTY_WORDS = [
    "<script>alert(1)</script>", "{{ 7*7 }}", "\u202eđảo ngược", "😀" * 500, "a" * 4000, "' OR 1=1 --", "ចាស",
]  # fmt: skip


async def test_words_stay_words(browser: Browser, union: Union, talk: Talk) -> None:
    for words in NASTY_WORDS:
        await talk.say("hoa", words)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log")
    assert [words for words in NASTY_WORDS if words not in page] == []
    assert "<script>alert" not in page.html


async def test_words_of_one_search_are_found_for_this_session_only(
    browser: Browser, union: Union, talk: Talk
) -> None:
    await talk.say("hoa", "em hỏi vay vốn")
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log?words=1")  # An address that somebody sent her.
    assert "em hỏi vay vốn" in page


async def test_what_people_write_in_the_platforms_own_tool_and_signs_are_lines_of_their_own_kinds(
    browser: Browser, union: Union, talk: Talk
) -> None:
    await talk.say("hoa", "Em chờ chị ở xã nhé", kind="human", direction=Direction.OUT)
    await talk.say("hoa", "/-heart", kind="reaction")
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/log")
    assert "Em chờ chị ở xã nhé Cán bộ tự nhắn Web chat" in page
    assert "/-heart Thả biểu tượng Web chat" in page
    assert "/-heart" not in await search(browser, kind="human")


async def test_line_says_what_the_platform_took_it_from(
    browser: Browser, union: Union, talk: Talk, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        contact = await connection.scalar(sa.select(contacts.c.id).where(contacts.c.address == "hoa"))
        sent = sa.insert(outbox).values(
            account_id=union.people.account_id, contact_id=contact, message={}, state=OutboxState.SENT,
            next_at=clock(), created_at=clock(), charge="charged",
        )  # fmt: skip
        outbox_id = await connection.scalar(sent.returning(outbox.c.id))
    await talk.say("hoa", "Mời chị họp", kind="notice", direction=Direction.OUT, outbox_id=outbox_id)
    await browser.sign_in("dung", PASSWORD)
    assert "Mời chị họp Tin báo Web chat · mất phí" in await browser.open("/console/log")
