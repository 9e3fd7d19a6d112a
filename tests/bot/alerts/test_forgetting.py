"""Her words go where she has everything erased, and a month after it is over. What staff did stays."""

import asyncio
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.alerts import answers, taking, telling
from bot.alerts.taking import Act
from bot.alerts.undelivered import UndeliveredAlerts
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import members
from bot.questions import answering
from bot.questions.undelivered import Undelivered
from bot.retention import Retention
from bot.store.tables import conversations, inbox, mailbox, metadata, outbox
from bot.store.tables.alerts import AlertState
from bot.store.tables.messages import Direction, InboxState, OutboxState
from tests.bot.alerts.conftest import DOUBTFUL, WORDS, Duty
from tests.locks import until_it_waits

SECRETS = (WORDS, "912345678", "sau 8 giờ", "chị ấy đang ở nhà mẹ", "đã đưa về ngoại")


async def erase(duty: Duty, address: str = "hoa") -> None:
    her = await duty.contact(address)
    async with duty.post() as post:
        await members.erase(post.connection, her.contact_id, now=post.now)


async def found(duty: Duty) -> set[str]:
    """Where any of what is secret still stands, in whatever table."""
    places = set()
    async with duty.database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(sa.select(table)):
                text = " ".join(_plain(value) for value in row)
                places |= {f"{table.name}: {secret}" for secret in SECRETS if secret in text}
    return places


def _plain(value: Any) -> str:
    return "\n".join(map(str, value.values())) if isinstance(value, dict) else str(value)


async def lived(duty: Duty) -> int:
    """An alert with everything that can be said about one; its letters are out, on phones and on a page of ours."""
    alert = await duty.hear(WORDS + "\n" + "từ hồi tết tới giờ " * 150)
    await duty.hear("ổng lại đánh em")
    async with duty.post() as post:
        await answers.wants_call(post, alert.alert_id, "+84912345678", "sau 8 giờ")
    await duty.take(alert, duty.commune)
    async with duty.post() as post:
        await taking.note(post, alert.alert_id, staff_id=duty.city, words="chị ấy đang ở nhà mẹ")
        chat = await duty.contact("city")
        await telling.show(post, chat, await duty.alert(alert.alert_id))
        await post.connection.execute(
            sa.insert(conversations).values(
                contact_id=chat.contact_id, flow="alert_act", step="done", updated_at=post.now,
                data={"alert": alert.alert_id, "text": "chị ấy đang ở nhà mẹ"},
            )
        )  # fmt: skip
        await post.connection.execute(
            sa.insert(inbox).values(
                account_id=chat.account_id, event_id="1", lane="city", payload={"said": "chị ấy đang ở nhà mẹ"},
                state=InboxState.DONE, next_at=post.now, received_at=post.now,
            )
        )  # fmt: skip
        await post.connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
        rows = (await post.connection.execute(sa.select(outbox))).all()
        for row in rows:
            await post.connection.execute(
                sa.insert(mailbox).values(
                    account_id=chat.account_id, address="city" if row.contact_id == chat.contact_id else "commune",
                    key=f"reply:{row.id}", direction=Direction.OUT, message=row.message, at=post.now,
                )
            )  # fmt: skip
    return alert.alert_id


async def test_where_she_has_everything_erased_nothing_of_it_is_left(duty: Duty) -> None:
    alert_id = await lived(duty)
    assert len({place.split(":")[0] for place in await found(duty)}) >= 6
    await erase(duty)
    assert await found(duty) == set()
    now = await duty.alert(alert_id)
    assert (now.state, now.closed_by, now.contact_id, now.member_id) == (AlertState.CLOSED, None, None, None)
    log = await duty.log(alert_id)
    assert log[-1] == "closed"
    assert "taken commune" in log


async def test_whoever_has_it_hears_that_nothing_reaches_her_any_more(duty: Duty) -> None:
    alert_id = await lived(duty)
    await erase(duty)
    await duty.tick()
    await duty.tick()
    (said,) = [text for text in await duty.texts("commune") if "đã được xóa" in text]
    assert f"mã {alert_id}" in said
    assert not [text for text in await duty.texts("city") if "đã được xóa" in text]
    async with duty.post() as post:
        assert await taking.reopen(post, alert_id, staff_id=duty.city) is Act.OVER


async def test_of_one_that_nobody_knows_of_nobody_hears(duty: Duty) -> None:
    await duty.hear(alarm=DOUBTFUL)
    await erase(duty)
    duty.clock.move(timedelta(hours=1))
    await duty.tick()
    assert await duty.texts("city") == []


async def test_letters_about_somebody_else_stay(duty: Duty) -> None:
    other = await duty.hear("ổng bẻ tay em", address="lan")
    await lived(duty)
    await erase(duty)
    assert [text for text in await duty.texts("city") if "ổng bẻ tay em" in text]
    assert (await duty.alert(other.alert_id)).words == "ổng bẻ tay em"


async def test_a_month_after_it_is_over_the_words_go_and_the_log_stays(duty: Duty) -> None:
    alert_id = await lived(duty)
    async with duty.post() as post:
        await taking.close(post, alert_id, staff_id=duty.commune, words="đã đưa về ngoại")
        question_id = (await duty.alert(alert_id)).question_id
        await answering.close(post, question_id or 0, staff_id=duty.commune)
    log = await duty.log(alert_id)
    retention = Retention(duty.database, duty.clock, keep_messages=timedelta(days=90))
    duty.clock.move(timedelta(days=29))
    await retention.forget()
    assert (await duty.alert(alert_id)).words
    duty.clock.move(timedelta(days=2))
    await retention.forget()
    assert await found(duty) == set()
    now = await duty.alert(alert_id)
    assert (now.words, now.phone, now.call_when) == ("", "", "")
    assert now.contact_id is not None
    assert await duty.log(alert_id) == log
    duty.clock.move(timedelta(days=700))
    await retention.forget()
    assert (await duty.alert(alert_id)).contact_id is None
    assert await duty.log(alert_id) == log


async def test_what_is_not_over_is_forgotten_by_no_clock(duty: Duty) -> None:
    alert = await duty.hear()
    duty.clock.move(timedelta(days=800))
    await Retention(duty.database, duty.clock, keep_messages=timedelta(days=90)).forget()
    assert (await duty.alert(alert.alert_id)).words == WORDS


async def test_a_letter_that_fails_while_everything_is_erased_stops_neither(duty: Duty) -> None:
    """Each has what the other is about to ask for: the sender the letter, the erasure the alert."""
    await duty.hear()
    letter = (await duty.letters("commune"))[0]
    concern = UndeliveredAlerts(
        Outbox({}),
        Languages({}),
        duty.clock,
        otherwise=Undelivered(Outbox({}), Languages({}), duty.clock),
    )
    async with duty.database.writing() as connection:
        await connection.execute(
            sa.update(outbox).where(outbox.c.id == letter.id).values(state=OutboxState.FAILED)
        )
        erasing = asyncio.create_task(erase(duty))
        await until_it_waits(duty.database, erasing)
        await concern.on_failed(connection, letter.id, "blocked")
    await erasing
    assert not [place for place in await found(duty) if WORDS in place]


async def test_a_turn_of_duty_staff_and_an_erasure_do_not_wait_for_each_other(duty: Duty) -> None:
    """Her turn has where her chat stands and asks for the alert; the erasure has the alert and asks for the chat."""
    alert = await duty.hear()
    chat = await duty.contact("commune")
    async with duty.post() as post:
        await post.connection.execute(
            sa.insert(conversations).values(
                contact_id=chat.contact_id, flow="", step="", data={}, updated_at=post.now
            )
        )
    mine = sa.select(conversations).where(conversations.c.contact_id == chat.contact_id).with_for_update()
    async with duty.post() as post:
        await post.connection.execute(mine)
        erasing = asyncio.create_task(erase(duty))
        await until_it_waits(duty.database, erasing)
        assert await taking.take(post, alert.alert_id, staff_id=duty.commune) is Act.DONE
    await erasing
    assert await found(duty) == set()
