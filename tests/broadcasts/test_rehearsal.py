from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import Attachment, FileKind, Outgoing, Span, Style
from bot.outbox import Outbox
from bot.people import first_officer
from bot.people import staff as bot_staff
from bot.people.viewers import Viewer, viewer
from bot.store.database import Database
from bot.store.tables import interactions, outbox, staff
from bot.store.tables.people import Role
from broadcasts import rehearsal, responses
from broadcasts.content import Content, Rule, Trial
from broadcasts.rehearsal import Sent
from broadcasts.writing import Draft
from tests import people
from tests.conftest import MovingClock
from tests.people import People

Write = Callable[..., Draft]


@pytest.fixture
async def an(database: Database, union: People, clock: MovingClock) -> Viewer:
    """An, who has joined from her phone; Dung of the same unit has not."""
    async with database.writing() as connection:
        await people.add_contact(
            connection, union.account_id, "an-phone", staff_id=union.an, last_in_at=clock(), now=clock()
        )
        await people.add_staff(connection, "Võ Thị Dung", union.province_id, role=Role.OFFICER, now=clock())
        seen = await viewer(connection, union.an)
    assert seen is not None
    return seen


async def _try(database: Database, draft: Draft, an: Viewer, clock: MovingClock) -> list[Sent]:
    async with database.writing() as connection:
        there = await rehearsal.colleagues(connection, an)
        return [await rehearsal.send(connection, Outbox({}), draft, one, an, now=clock()) for one in there]


async def _said(database: Database) -> list[Outgoing]:
    async with database.reading() as connection:
        rows: Any = await connection.scalars(sa.select(outbox.c.message).order_by(outbox.c.id))
        return [Outgoing.from_json(row) for row in rows]


async def test_she_and_her_colleagues_see_it_marked_and_its_answers_are_for_no_delivery(
    database: Database, an: Viewer, draft: Write, clock: MovingClock
) -> None:
    content = Content(answers=({"vi": "Em đi được"},), attachment=Attachment(FileKind.IMAGE, 3))
    written = draft(texts={"vi": "**Chào** {{ten}}"}, content=content)
    sent = await _try(database, written, an, clock)
    assert [(one.name.split()[-1], one.channels) for one in sent] == [("An", ("web_chat",)), ("Dung", ())]
    (message,) = await _said(database)
    assert message.text.startswith("[Thử] Chào An\n\nChị trả lời bằng một số:\n1. Em đi được\n\n")
    assert message.spans == (Span(Style.BOLD, 6, 4),)
    (choice,) = message.choices
    assert (choice.label, responses.read_choice(choice.value)) == ("Em đi được", (responses.REHEARSED, 1))
    assert message.attachment == content.attachment
    async with database.reading() as connection:
        assert list(await connection.scalars(sa.select(interactions.c.kind))) == ["rehearsal"]


async def test_both_texts_of_a_trial_are_shown(
    database: Database, an: Viewer, draft: Write, clock: MovingClock
) -> None:
    content = Content(trial=Trial({"vi": "Lời hai"}, 20, Rule.ANSWERED, 4))
    await _try(database, draft(texts={"vi": "Lời một"}, content=content), an, clock)
    assert [message.text.split("\n")[0] for message in await _said(database)] == [
        "[Thử] Lời một",
        "[Thử] Lời hai",
    ]


async def test_every_language_is_shown_her_own_first(
    database: Database, an: Viewer, draft: Write, clock: MovingClock
) -> None:
    await _try(database, draft(texts={"km": "ប្រជុំ", "vi": "Mời chị họp."}), an, clock)
    first, second = await _said(database)
    assert first.text.startswith("[Thử] Mời chị họp.")
    assert second.text.startswith("[សាកល្បង] ប្រជុំ")


async def test_only_staff_of_her_own_unit_who_are_there_can_be_shown_it(
    database: Database, an: Viewer, union: People
) -> None:
    async with database.writing() as connection:
        assert len(await rehearsal.colleagues(connection, an)) == 2
        await connection.execute(sa.update(staff).where(staff.c.id != union.an).values(is_active=False))
        assert [one.staff_id for one in await rehearsal.colleagues(connection, an)] == [union.an]


async def test_the_first_officer_is_greeted_as_somebody_without_a_name_until_she_says_hers(
    database: Database, an: Viewer, draft: Write, clock: MovingClock
) -> None:
    written = draft(texts={"vi": "Chào {{ten}}, {{ho_ten|chị em}}."})
    for name, greeted in ((first_officer.NAME, "Chào chị, chị em."), ("Võ Thị Mỹ", "Chào Mỹ, Võ Thị Mỹ.")):
        async with database.writing() as connection:
            await bot_staff.set_name(connection, an.staff_id, name)
        await _try(database, written, an, clock)
        assert (await _said(database))[-1].text.startswith(f"[Thử] {greeted}")
