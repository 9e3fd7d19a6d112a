"""Old messages go, what is still needed stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import files
from bot.channels.contract import FileKind, RemoteFile
from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import (
    askings,
    broadcasts,
    connect_attempts,
    conversations,
    inbox,
    interactions,
    mailbox,
    outbox,
    question_steps,
    questions,
    remote_files,
)
from bot.store.tables import files as file_rows
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.messages import Direction, InboxState, OutboxState
from bot.store.tables.questions import QuestionState, StepKind
from tests import people
from tests.bot.answers.learning.askings import add_asking
from tests.conftest import MovingClock

_KEEP = timedelta(days=90)


async def test_each_table_forgets_after_its_own_span(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    now = clock()
    async with database.writing() as connection:
        for days in (1, 8, 91, 800):
            at = now - timedelta(days=days)
            common = {"account_id": union.account_id, "contact_id": hoa.contact_id}
            for state in (InboxState.DONE, InboxState.NEW):
                await connection.execute(
                    sa.insert(inbox).values(
                        account_id=union.account_id, event_id=f"{days}{state}", lane="hoa", payload={}, state=state,
                        next_at=at, received_at=at,
                    )
                )  # fmt: skip
            for out in (OutboxState.SENT, OutboxState.HELD, OutboxState.WAITING):
                await connection.execute(
                    sa.insert(outbox).values(
                        **common, message={"text": "x"}, state=out, next_at=at, created_at=at
                    )
                )
            await connection.execute(
                sa.insert(interactions).values(
                    **common, at=at, direction=Direction.IN, kind="text", text="x", text_folded="x"
                )
            )
            await connection.execute(
                sa.insert(mailbox).values(
                    account_id=union.account_id,
                    address="hoa",
                    key=str(days),
                    direction=Direction.IN,
                    message={},
                    at=at,
                )
            )
            await connection.execute(
                sa.insert(questions).values(
                    contact_id=hoa.contact_id, text="x", state=QuestionState.CLOSED, asked_at=at, closed_at=at
                )
            )
    retention = Retention(database, clock, keep_messages=_KEEP)
    await retention.forget()
    await retention.forget()
    async with database.reading() as connection:
        assert sorted(await connection.scalars(sa.select(inbox.c.event_id))) == sorted(
            ["1done", "1new", "8new", "91new", "800new"]
        )
        by_state = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        assert {row[0]: row[1] for row in await connection.execute(by_state)} == {
            OutboxState.SENT: 2,
            OutboxState.HELD: 2,
            OutboxState.WAITING: 4,
        }
        assert (
            await connection.execute(sa.select(sa.func.count()).select_from(interactions))
        ).scalar_one() == 2
        assert (await connection.execute(sa.select(sa.func.count()).select_from(mailbox))).scalar_one() == 2
        assert sorted(await connection.scalars(sa.select(questions.c.text))) == ["", "x", "x", "x"]


async def test_more_than_one_chunk_goes_in_one_tick(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        rows = [
            {
                "account_id": account_id, "address": "a", "key": str(n), "direction": Direction.IN, "message": {},
                "at": clock() - timedelta(days=100),
            }
            for n in range(2500)
        ]  # fmt: skip
        await connection.execute(sa.insert(mailbox), rows)
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(mailbox))).scalar_one() == 0


async def test_what_is_old_goes_though_much_before_it_stays(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    common = {
        "account_id": union.account_id,
        "contact_id": hoa.contact_id,
        "message": {},
        "next_at": clock(),
        "created_at": clock() - timedelta(days=100),
    }
    async with database.writing() as connection:
        states = [OutboxState.WAITING] * 1200 + [OutboxState.SENT] * 2
        await connection.execute(sa.insert(outbox), [common | {"state": state} for state in states])
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        counted = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        assert (await connection.execute(counted)).all() == [(OutboxState.WAITING, 1200)]


_CASES = [
    # state, is_sensitive, days since it was over, days since the last step, words kept, whose it was kept
    (QuestionState.ANSWERED, False, 731, 731, False, False),
    (QuestionState.CLOSED, False, 731, 731, False, False),
    (QuestionState.ANSWERED, False, 731, 10, True, True),
    (QuestionState.ANSWERED, False, 700, 700, True, True),
    (QuestionState.ANSWERED, True, 31, 31, False, True),
    (QuestionState.CLOSED, True, 31, 31, False, True),
    (QuestionState.ANSWERED, True, 29, 29, True, True),
    (QuestionState.CLOSED, True, 731, 731, False, False),
    (QuestionState.FORWARDED, True, 800, 800, True, True),
]


@pytest.mark.parametrize(("state", "is_sensitive", "over", "touched", "words", "whose"), _CASES)
async def test_a_question_that_is_over_is_forgotten(
    database: Database,
    clock: MovingClock,
    state: QuestionState,
    is_sensitive: bool,
    over: int,
    touched: int,
    words: bool,
    whose: bool,
) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    at = clock() - timedelta(days=over)
    async with database.writing() as connection:
        inserted = await connection.execute(
            sa.insert(questions)
            .values(
                contact_id=hoa.contact_id,
                member_id=union.hoa,
                text="x",
                message_id="m1",
                state=state,
                is_sensitive=is_sensitive,
                asked_at=at,
                answered_at=at,
                closed_at=at if state is QuestionState.CLOSED else None,
            )
            .returning(questions.c.id)
        )
        question_id = inserted.scalar_one()
        await connection.execute(
            sa.insert(question_steps).values(
                question_id=question_id,
                kind=StepKind.ANSWERED,
                text="y",
                at=clock() - timedelta(days=touched),
            )
        )
        for out in (OutboxState.SENT, OutboxState.HELD):
            await connection.execute(
                sa.insert(outbox).values(
                    account_id=union.account_id, contact_id=hoa.contact_id, question_id=question_id, message={"text": "y"},
                    state=out, next_at=at, created_at=clock(),
                )
            )  # fmt: skip
    retention = Retention(database, clock, keep_messages=_KEEP)
    await retention.forget()
    await retention.forget()
    async with database.reading() as connection:
        question = (await connection.execute(sa.select(questions))).one()
        step = (await connection.execute(sa.select(question_steps.c.text))).scalar_one()
        letters = (await connection.execute(sa.select(outbox.c.id))).all()
    assert (bool(question.text), bool(step), len(letters)) == (words, words, 2 if words else 0)
    assert (question.contact_id is not None, question.member_id is not None) == (whose, whose)
    assert bool(question.message_id) is whose


async def test_worn_out_attempts_and_what_no_platform_holds_any_more_go(
    database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        for name, span in (("old", timedelta(days=-2)), ("young", timedelta(minutes=-2))):
            await connection.execute(
                sa.insert(connect_attempts).values(
                    state_hash=name, channel="x", staff_id=1, sealed="x", at=clock() + span
                )
            )
            await connection.execute(
                sa.insert(remote_files).values(
                    account_id=account_id, sha256=name, kind="image", remote_id="x", expires_at=clock() + span + timedelta(hours=1),
                )
            )  # fmt: skip
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        for column in (connect_attempts.c.state_hash, remote_files.c.sha256):
            assert list(await connection.scalars(sa.select(column))) == ["young"]


@pytest.mark.parametrize(
    ("flow", "step", "data"),
    [("register", "name", {"name": "x"}), ("", "", {"asked": "x", "question_row": 0})],
    ids=["a form", "what she asked last"],
)
async def test_what_somebody_began_to_tell_and_left_is_forgotten(
    database: Database, clock: MovingClock, flow: str, step: str, data: dict[str, object]
) -> None:
    union = await people.settle(database, clock())
    async with database.writing() as connection:
        for address, days in (("hoa", 31), ("lan", 29)):
            contact = await people.contact_of(database, union.account_id, address)
            at = clock() - timedelta(days=days)
            await connection.execute(
                sa.insert(conversations).values(
                    contact_id=contact.contact_id, flow=flow, step=step, data=data, updated_at=at
                )
            )  # fmt: skip
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(conversations).order_by(conversations.c.contact_id))).all()
    assert [(row.flow, row.step, row.data) for row in rows] == [
        ("", "", {}),
        (flow, step, data),
    ]


async def test_our_own_files_go_after_three_months_and_loose_ones_after_a_day(
    database: Database, clock: MovingClock
) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    photo = RemoteFile(FileKind.IMAGE, "key")
    async with database.writing() as connection:
        for days in (0, 2, 89, 91):
            at = clock() - timedelta(days=days)
            await files.keep(connection, b"x", kind=FileKind.IMAGE, name=f"ours {days}", now=at)
            for question_id, name in ((12, "asked"), (None, "loose")):
                file = replace(photo, name=f"{name} {days}")
                await files.want(connection, hoa, file, now=at, question_id=question_id)
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        kept = await connection.scalars(sa.select(file_rows.c.name).order_by(file_rows.c.id))
        # A question's files go with the log's line or the question's words, whatever their age.
        assert list(kept) == [
            "ours 0", "asked 0", "loose 0", "ours 2", "asked 2", "ours 89", "asked 89", "asked 91",
        ]  # fmt: skip


async def test_the_files_of_a_private_question_go_with_its_words(
    database: Database, clock: MovingClock
) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    at = clock() - timedelta(days=31)
    async with database.writing() as connection:
        asked = await connection.execute(
            sa.insert(questions)
            .values(
                contact_id=hoa.contact_id, text="x", is_sensitive=True, state=QuestionState.CLOSED, asked_at=at,
                closed_at=at,
            )
            .returning(questions.c.id)
        )  # fmt: skip
        photo = RemoteFile(FileKind.IMAGE, "key")
        await files.want(connection, hoa, photo, now=clock(), question_id=asked.scalar_one())
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(file_rows))).all() == []


@pytest.mark.parametrize("state", list(BroadcastState))
async def test_the_file_of_an_announcement_stays_while_that_may_still_be_sent(
    database: Database, clock: MovingClock, state: BroadcastState
) -> None:
    union = await people.settle(database, clock())
    long_ago = clock() - timedelta(days=400)
    async with database.writing() as connection:
        file_ids = [
            await files.keep(connection, b"x", kind=FileKind.IMAGE, name=name, now=long_ago)
            for name in ("its own", "another")
        ]
        content = {"otherwise": "vietnamese", "attachment": ["image", file_ids[0]], "counts_clicks": True}
        row = {"title": "x", "texts": {}, "unit_id": union.province_id, "audience": {}, "content": content}
        await connection.execute(
            sa.insert(broadcasts).values(**row, state=state, created_at=long_ago, updated_at=long_ago)
        )
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        kept = list(await connection.scalars(sa.select(file_rows.c.name)))
    is_over = state in {BroadcastState.RUN, BroadcastState.CANCELLED}
    assert kept == ([] if is_over else ["its own"])


async def test_who_asked_is_forgotten_before_what_was_asked(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    cases = [
        # days ago, words, what is left: words and whether it is known who asked; None: nothing
        (29, "", ("", True)),
        (31, "", ("", False)),
        (89, "mượn máy may", ("mượn máy may", True)),
        (91, "mượn máy may", ("mượn máy may", False)),
        (364, "mượn máy may", ("mượn máy may", False)),
        (366, "mượn máy may", None),
    ]
    async with database.writing() as connection:
        question = sa.insert(questions).values(text="x", state=QuestionState.WAITING, asked_at=clock())
        asked = (await connection.execute(question.returning(questions.c.id))).scalar_one()
        # The newest last, as they come in.
        for days, text, _ in reversed(cases):
            await add_asking(
                connection,
                text,
                at=clock() - timedelta(days=days),
                contact_id=hoa.contact_id,
                question_id=asked,
                unit_id=union.branch_id,
            )
    for _ in range(2):
        await Retention(database, clock, keep_messages=_KEEP).forget()
        async with database.reading() as connection:
            rows = (await connection.execute(sa.select(askings).order_by(askings.c.id.desc()))).all()
        assert [(row.text, row.contact_id == hoa.contact_id) for row in rows] == [
            left for *_, left in cases if left
        ]
        assert all((row.question_id is None) == (row.contact_id is None) for row in rows)
        assert {row.unit_id for row in rows} == {union.branch_id}
