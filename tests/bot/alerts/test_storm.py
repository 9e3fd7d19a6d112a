"""Everything at once, in the order of chance: nobody waits for another in a ring, and the promises hold."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import answers, climbing, raising, record, taking
from bot.people import members
from bot.questions.post import Post
from bot.store.tables import alerts, conversations
from bot.store.tables.alerts import AlertState, AlertStepKind
from tests import people as union
from tests.bot.alerts.conftest import URGENT, WORDS, Duty

Deed = Callable[[Post], Awaitable[object]]


async def turn(duty: Duty, address: str, deed: Deed) -> None:
    """As intake does it: where the chat stands is locked until the turn is over."""
    contact = await duty.contact(address)
    async with duty.post() as post:
        mine = sa.select(conversations).where(conversations.c.contact_id == contact.contact_id)
        await post.connection.execute(mine.with_for_update())
        await deed(post)


async def tick(duty: Duty, deed: Deed) -> None:
    async with duty.post() as post:
        await deed(post)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_erased", [False, True], ids=["", "erased"])
async def test_everything_at_once(seed: int, duty: Duty, *, is_erased: bool) -> None:
    async with duty.post() as post:
        await union.add_contact(
            post.connection, duty.people.account_id, "hoa2", member_id=duty.people.hoa, now=post.now
        )
    async with duty.post() as post:
        for address in ("hoa", "hoa2", "commune", "city", "binh"):
            chat = await duty.contact(address)
            await post.connection.execute(
                sa.insert(conversations).values(
                    contact_id=chat.contact_id, flow="", step="", data={}, updated_at=post.now
                )
            )
    alert = await duty.hear()
    alert_id = alert.alert_id
    duty.clock.move(timedelta(minutes=15))
    her, other = await duty.contact("hoa"), await duty.contact("hoa2")

    def hear(number: int) -> Deed:
        contact = [her, other][number % 2]
        return lambda post: raising.hear(post, contact, URGENT, f"lời {number}")

    def by(staff_id: int) -> Deed:
        return lambda post: taking.take(post, alert_id, staff_id=staff_id)

    deeds: list[Awaitable[None]] = [
        *(turn(duty, "hoa2" if number % 2 else "hoa", hear(number)) for number in range(4)),
        turn(duty, "hoa", lambda post: answers.says_safe(post, alert_id, is_safe=False)),
        turn(duty, "hoa2", lambda post: answers.wants_call(post, alert_id, "+84912345678", "tối")),
        turn(duty, "hoa", lambda post: answers.past_local(post, alert_id)),
        turn(duty, "commune", by(duty.commune)),
        turn(duty, "city", by(duty.city)),
        turn(duty, "binh", by(duty.people.binh)),
        turn(duty, "commune", lambda post: taking.decline(post, alert_id, staff_id=duty.commune)),
        turn(duty, "city", lambda post: taking.decline(post, alert_id, staff_id=duty.city)),
        *(tick(duty, lambda post: climbing.climb_due(post, alert_id)) for _ in range(3)),
    ]
    if is_erased:
        deeds.append(turn(duty, "hoa2", lambda post: members.erase(post.connection, other.contact_id, now=post.now)))  # fmt: skip
    random.Random(seed).shuffle(deeds)
    await asyncio.gather(*deeds)
    await duty.tick()

    now = await duty.alert(alert_id)
    assert (now.state is AlertState.TAKEN) == (now.taken_by is not None) or is_erased
    async with duty.database.reading() as connection:
        told = Counter(call.staff_id for call in await record.calls(connection, alert_id))
        steps = await record.steps(connection, alert_id)
        texts = list(await connection.scalars(sa.select(alerts.c.words)))
    assert set(told.values()) == {1}
    assert (
        sum(step.kind is AlertStepKind.CLIMBED for step in steps) <= 2
    )  # Once due, once when all had declined.
    if not is_erased:
        assert {f"lời {number}" for number in range(4)} <= set(now.words.split("\n"))
    elif now.state is AlertState.CLOSED:
        assert WORDS not in "".join(texts)
