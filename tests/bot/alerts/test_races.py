"""Two at once: whatever meets whatever, one alert is told, taken, added to and ended once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.alerts import answers, climbing, raising, taking
from bot.alerts.taking import Act
from bot.people import members
from bot.questions.post import Post
from bot.store.tables.alerts import AlertState
from tests import people as union
from tests.bot.alerts.conftest import DOUBTFUL, URGENT, WORDS, Duty
from tests.locks import until_it_waits

Deed = Callable[[Post, int], Awaitable[object]]


async def meet(duty: Duty, alert_id: int, first: Deed, second: Deed) -> None:
    """The second begins when the first has done its work and not committed yet."""

    async def follow() -> None:
        async with duty.post() as post:
            await second(post, alert_id)

    async with duty.post() as post:
        await first(post, alert_id)
        following = asyncio.create_task(follow())
        await until_it_waits(duty.database, following)
    await following


def by(staff_id: int, acts: list[Act] | None = None) -> Deed:
    async def take(post: Post, alert_id: int) -> None:
        act = await taking.take(post, alert_id, staff_id=staff_id)
        if acts is not None:
            acts.append(act)

    return take


async def test_two_take_it_at_once_and_one_has_it(duty: Duty) -> None:
    alert = await duty.hear()
    acts: list[Act] = []
    await meet(duty, alert.alert_id, by(duty.commune, acts), by(duty.city, acts))
    assert acts == [Act.DONE, Act.OTHERS]
    assert (await duty.log(alert.alert_id)).count("taken commune") == 1
    assert len([text for text in await duty.texts("hoa") if "đã nhận tin" in text]) == 1


@pytest.mark.parametrize("is_urgent", [True, False], ids=["climbing", "telling"])
async def test_two_clocks_do_it_once(duty: Duty, *, is_urgent: bool) -> None:
    from datetime import timedelta

    alert = await duty.hear(alarm=URGENT if is_urgent else DOUBTFUL)
    duty.clock.move(timedelta(minutes=15))
    done: list[bool] = []

    async def tick(post: Post, alert_id: int) -> None:
        done.append(await climbing.climb_due(post, alert_id))

    await meet(duty, alert.alert_id, tick, tick)
    assert done == [True, False]
    assert len(await duty.texts("city")) == (2 if is_urgent else 1)


async def test_it_does_not_climb_while_somebody_takes_it(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear()
    duty.clock.move(timedelta(minutes=15))
    await meet(duty, alert.alert_id, by(duty.commune), climbing.climb_due)
    assert (await duty.alert(alert.alert_id)).rounds == 0
    assert await duty.texts("binh") == []


async def test_somebody_takes_it_while_it_climbs(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear()
    duty.clock.move(timedelta(minutes=15))
    await meet(duty, alert.alert_id, climbing.climb_due, by(duty.commune))
    assert (await duty.alert(alert.alert_id)).taken_by == duty.commune
    for address in ("city", "binh"):  # Also who was told a moment ago hears that it is seen to.
        assert "đã nhận" in (await duty.texts(address))[-1]


async def test_what_she_writes_while_somebody_takes_it_reaches_that_desk(duty: Duty) -> None:
    alert = await duty.hear()
    her = await duty.contact("hoa")

    async def write(post: Post, _alert_id: int) -> None:
        await raising.hear(post, her, URGENT, "ổng đập cửa")

    await meet(duty, alert.alert_id, by(duty.commune), write)
    assert (await duty.alert(alert.alert_id)).words == f"{WORDS}\nổng đập cửa"
    assert "ổng đập cửa" in (await duty.texts("commune"))[-1]


async def test_somebody_takes_it_while_she_writes_and_gets_all_her_words(duty: Duty) -> None:
    alert = await duty.hear()
    her = await duty.contact("hoa")

    async def write(post: Post, _alert_id: int) -> None:
        await raising.hear(post, her, URGENT, "ổng đập cửa")

    await meet(duty, alert.alert_id, write, by(duty.commune))
    assert [text for text in await duty.texts("commune") if f"«{WORDS}\nổng đập cửa»" in text]


async def test_what_she_writes_while_it_is_closed_opens_it_again(duty: Duty) -> None:
    alert = await duty.hear()
    her = await duty.contact("hoa")

    async def close(post: Post, alert_id: int) -> None:
        await taking.close(post, alert_id, staff_id=duty.city, words="xong")

    async def write(post: Post, _alert_id: int) -> None:
        await raising.hear(post, her, URGENT, "ổng đập cửa")

    await meet(duty, alert.alert_id, close, write)
    assert f"báo động mã {alert.alert_id} mở lại" in (await duty.texts("city"))[-1]
    assert "ổng đập cửa" in (await duty.alert(alert.alert_id)).words


async def test_she_writes_on_two_phones_at_once_and_it_is_one_alert(duty: Duty) -> None:
    async with duty.post() as post:
        await union.add_contact(
            post.connection, duty.people.account_id, "hoa2", member_id=duty.people.hoa, now=post.now
        )
    phones = [await duty.contact("hoa"), await duty.contact("hoa2")]
    raised: list[int] = []

    def write(number: int) -> Deed:
        async def hear(post: Post, _alert_id: int) -> None:
            raised.append((await raising.hear(post, phones[number], URGENT, WORDS)).alert_id)

        return hear

    await meet(duty, 0, write(0), write(1))
    assert len(set(raised)) == 1


async def test_it_is_nothing_while_the_clock_tells_of_it(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear(alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=10))
    await meet(duty, alert.alert_id, answers.mistaken, climbing.climb_due)
    assert (await duty.alert(alert.alert_id)).state is AlertState.MISTAKEN
    assert await duty.texts("city") == []


async def test_the_clock_tells_of_it_while_she_says_that_it_is_nothing(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear(alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=10))
    await meet(duty, alert.alert_id, climbing.climb_due, answers.mistaken)
    assert (await duty.alert(alert.alert_id)).state is AlertState.OPEN
    assert (await duty.log(alert.alert_id))[-1] == "noted"


async def _erase(duty: Duty) -> Deed:
    her = await duty.contact("hoa")

    async def erase(post: Post, _alert_id: int) -> None:
        await members.erase(post.connection, her.contact_id, now=post.now)

    return erase


async def test_everything_is_erased_while_somebody_takes_it(duty: Duty) -> None:
    alert = await duty.hear()
    await meet(duty, alert.alert_id, by(duty.commune), await _erase(duty))
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.words, now.contact_id) == (AlertState.CLOSED, "", None)
    assert not [text for text in await _all_texts(duty) if WORDS in text]


async def test_somebody_takes_it_while_everything_is_erased(duty: Duty) -> None:
    alert = await duty.hear()
    acts: list[Act] = []
    await meet(duty, alert.alert_id, await _erase(duty), by(duty.commune, acts))
    assert acts == [Act.OVER]
    assert not [text for text in await _all_texts(duty) if WORDS in text]


async def test_everything_is_erased_while_it_climbs(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear()
    duty.clock.move(timedelta(minutes=15))
    await meet(duty, alert.alert_id, climbing.climb_due, await _erase(duty))
    await duty.tick()
    assert not [text for text in await _all_texts(duty) if WORDS in text]


async def test_past_the_local_desk_while_the_local_takes_it(duty: Duty) -> None:
    alert = await duty.hear()
    await meet(duty, alert.alert_id, by(duty.commune), answers.past_local)
    now = await duty.alert(alert.alert_id)
    assert (now.state, now.taken_by) == (AlertState.OPEN, None)


async def _all_texts(duty: Duty) -> Sequence[str]:
    return [text for address in ("city", "commune", "binh", "hoa") for text in await duty.texts(address)]
