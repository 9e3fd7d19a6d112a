"""What members write while Zalo's events do not reach us is taken in all the same: once, in order, and never twice."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.channels import account_jobs
from bot.channels.account_jobs import RECOVERY, WATCH, JobState
from bot.channels.contract import Incoming, IncomingKind
from bot.channels.zalo_oa import history, parsing, recovery
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.signature import Keys
from bot.channels.zalo_oa.updates import UPDATE, read_event, updates_of
from bot.intake import keep
from bot.people import contacts, members
from bot.platform_troubles import open_troubles
from bot.store.tables import accounts, inbox
from bot.store.tables.messages import InboxState
from tests.bot.channels.keeping import Office
from tests.bot.channels.zalo_oa.conftest import Grant
from tests.bot.channels.zalo_oa.incoming_fixtures import Door, channels
from tests.bot.channels.zalo_oa.job_fixtures import Work
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import User, ZaloOAEmulator

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CONVERSATION, RECENT = "v2.0/oa/conversation", "v2.0/oa/listrecentchat"


@pytest.fixture
def work(api: Api, kept_grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Work:
    """On a database of each kind."""
    return Work(api, kept_grant, zalo, clock)


@pytest.fixture
def small(api: Api, grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Work:
    """On the quicker one."""
    return Work(api, grant, zalo, clock)


@pytest.fixture
def hoa(zalo: ZaloOAEmulator) -> User:
    return zalo.user(name="Hoa", follows=True)


@pytest.fixture
def lan(zalo: ZaloOAEmulator) -> User:
    return zalo.user(name="Lan")


def door_of(work: Work, zalo: ZaloOAEmulator, clock: MovingClock) -> Door:
    """Our webhook, closed yet, at the address that Zalo calls."""
    keys = Keys(zalo.app.app_id, zalo.app.oa_secret_key, zalo.app.secret)
    door = Door(work.database, clock, keys)
    zalo.app.webhook.url = door.url
    return door


@contextlib.asynccontextmanager
async def receiving(work: Work, door: Door, office: Office) -> AsyncIterator[None]:
    """The webhook is open and what comes is handled; everything has been when the block ends."""
    async with office.open(channels(work.account_id)) as intake, door.open():
        door.webhook.open(intake.receive)
        yield


async def handled(work: Work, office: Office) -> list[Incoming]:
    """Lets everything that was taken in be handled."""
    waiting = sa.select(sa.func.count()).where(inbox.c.state == InboxState.NEW)
    async with office.open(channels(work.account_id)), asyncio.timeout(20):
        while True:
            async with work.database.reading() as connection:
                if not await connection.scalar(waiting):
                    return office.understood
            await asyncio.sleep(0.01)


# Once and only once


async def test_what_was_written_while_we_were_down_is_answered_once_though_zalo_repeats_it_later(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User, lan: User
) -> None:
    door, office = door_of(work, zalo, clock), Office(work.database, clock)
    await hoa.says("em oi")
    clock.move(MINUTE)
    await lan.says("chi hoi o dau")
    await hoa.sends_image(caption="hinh nhà em")
    clock.move(MINUTE)
    await hoa.says("co ai khong")
    await zalo.events_taken()  # Each was tried once: nobody opened.

    done = await work.does(RECOVERY)

    assert (done.state, done.done, done.total) == (JobState.DONE, 2, 2)
    assert done.counts == {"taken_in": 4, "too_old": 0}
    said = await handled(work, office)
    of_hoa = [(it.kind, it.text, it.media) for it in said if it.address == hoa.user_id]
    assert of_hoa == [
        (IncomingKind.TEXT, "em oi", ""),
        (IncomingKind.MEDIA, "hinh nhà em", "photo"),
        (IncomingKind.TEXT, "co ai khong", ""),
    ]
    assert len(said) == 4

    async with receiving(work, door, office):
        clock.move(timedelta(minutes=5))
        zalo.clock.look()  # Now Zalo repeats them all.
        for delivery in zalo.app.webhook.deliveries:
            await zalo.app.webhook.tried(delivery, 2)
        assert all(delivery.is_taken for delivery in zalo.app.webhook.deliveries)
        again = await work.does(RECOVERY)
        await hoa.says("cam on")
        await zalo.events_taken()
    assert again.counts == {"taken_in": 0, "too_old": 0}
    assert [it.text for it in await handled(work, office)][4:] == ["cam on"]


async def test_what_the_webhook_brought_is_not_taken_in_again(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    door, office = door_of(work, zalo, clock), Office(work.database, clock)
    async with receiving(work, door, office):
        await hoa.says("mot")
        await zalo.events_taken()
        zalo.app.webhook.loses(1)
        await hoa.says("hai")
        clock.move(MINUTE)
        await hoa.says("ba")
        await zalo.events_taken()
    done = await work.does(RECOVERY)
    assert done.counts == {"taken_in": 1, "too_old": 0}
    assert [it.text for it in await handled(work, office)] == ["mot", "ba", "hai"]


async def test_everything_that_a_member_can_send_gets_the_name_that_the_webhook_gives_it(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    zalo.app.webhook.url, zalo.app.webhook.holds = "http://127.0.0.1:9/none", True
    await hoa.says("chữ")
    await hoa.sends_image(caption="lời")
    await hoa.sends_gif()
    await hoa.sends_audio()
    await hoa.sends_video()
    await hoa.sends_sticker()
    await hoa.sends_link("https://example.vn/a")
    await hoa.sends_location()
    await hoa.sends_business_card()
    await hoa.sends_file()
    told = [event for delivery in zalo.app.webhook.deliveries if (event := read_event(delivery.body))]

    await small.does(RECOVERY)

    expected = [update for event in told for update in updates_of(event, clock())]
    assert len(expected) == 10
    async with small.database.reading() as connection:
        rows = (await connection.execute(sa.select(inbox).order_by(inbox.c.id))).all()
    assert [(row.event_id, row.lane) for row in rows] == [(it.event_id, it.lane) for it in expected]
    for row, update in zip(rows, expected, strict=True):
        ours, theirs = parsing.read(row.payload), parsing.read(update.payload)
        assert isinstance(ours, Incoming) and isinstance(theirs, Incoming)
        same = ("address", "kind", "message_id", "media")
        assert [getattr(ours, name) for name in same] == [getattr(theirs, name) for name in same]
        assert row.payload[UPDATE].keys() | {"user_id_by_app"} == update.payload[UPDATE].keys()


async def test_a_message_is_known_though_zalos_history_calls_its_kind_otherwise(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    zalo.app.webhook.url, zalo.app.webhook.holds = "http://127.0.0.1:9/none", True
    await hoa.sends_sticker()
    event = json.loads(zalo.app.webhook.deliveries[0].body) | {"event_name": "user_send_gif"}
    async with small.database.writing() as connection:
        await keep(
            connection, [(small.account_id, update) for update in updates_of(event, clock())], now=clock()
        )
    assert (await small.does(RECOVERY)).counts == {"taken_in": 0, "too_old": 0}


async def test_what_she_had_erased_does_not_come_back(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    door, office = door_of(small, zalo, clock), Office(small.database, clock)
    async with receiving(small, door, office):
        await hoa.says("chuyen rieng")
        await zalo.events_taken()
    async with small.database.writing() as connection:
        contact = await contacts.meet(connection, small.account_id, hoa.user_id, language="vi", now=clock())
        await members.erase(connection, contact.contact_id, now=clock())
    assert (await small.does(RECOVERY)).counts == {"taken_in": 0, "too_old": 0}
    async with small.database.reading() as connection:
        assert await connection.scalar(sa.select(inbox.c.payload)) == {}


# Bounds


async def test_what_is_older_than_a_day_is_counted_and_not_answered(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await hoa.says("ba ngay truoc")
    clock.move(2 * 24 * HOUR)
    await hoa.says("hom qua")
    clock.move(23 * HOUR)
    await hoa.says("moi day")
    async with small.database.writing() as connection:
        place = {"since": (clock() - timedelta(days=4)).isoformat()}
        await account_jobs.ask(connection, small.account_id, RECOVERY, clock(), place=place)
    await small.jobs.work_off(RECOVERY, keep)
    assert (await small.progress(RECOVERY)).counts == {"taken_in": 2, "too_old": 1}
    office = Office(small.database, clock)
    assert [it.text for it in await handled(small, office)] == ["hom qua", "moi day"]


async def test_long_chats_and_many_chats_are_read_page_by_page_and_end_somewhere(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(23):
        await hoa.says(f"tin {number}")
    crowd = [zalo.user(name=f"Chị {number}") for number in range(13)]
    for user in crowd:
        await user.says("em oi")
    assert (await small.does(RECOVERY)).counts == {"taken_in": 23 + 13, "too_old": 0}
    office = Office(small.database, clock)
    of_hoa = [it.text for it in await handled(small, office) if it.address == hoa.user_id]
    assert of_hoa == [f"tin {number}" for number in range(23)]

    monkeypatch.setattr(recovery, "_CHAT_PAGES", 1)
    monkeypatch.setattr(recovery, "_PAGES_OF_A_CHAT", 1)
    clock.move(MINUTE)
    for user in (hoa, *crowd):
        for _ in range(12):
            await user.says("nua ne")
    assert (await small.does(RECOVERY)).counts == {"taken_in": 10 * 10, "too_old": 0}


async def test_what_is_not_understood_in_a_list_hides_nothing_behind_it(
    small: Work, zalo: ZaloOAEmulator, hoa: User
) -> None:
    crowd = [zalo.user(name=f"Chị {number}") for number in range(13)]
    for user in crowd:
        await user.says("em oi")
    for number in range(13):
        await hoa.says(f"tin {number}")
    for user, at in ((hoa, -2), (crowd[-1], -1)):
        user.history[at] = replace(user.history[at], src=cast("int", "?"))
    assert (await small.does(RECOVERY)).counts == {"taken_in": 12 + 12, "too_old": 0}


async def test_one_chat_that_zalo_does_not_show_stops_no_other(
    small: Work, zalo: ZaloOAEmulator, hoa: User, lan: User
) -> None:
    await hoa.says("em oi")
    await lan.says("chi oi")
    zalo.order_fault(-213, user=hoa, method=CONVERSATION)
    done = await small.does(RECOVERY)
    assert (done.state, done.counts["taken_in"]) == (JobState.DONE, 1)


class Died(BaseException):
    """The process is gone: nothing of it runs any more, no clearing up either."""


class Mortal:
    """A client whose process dies at its n-th call, after Zalo answered it."""

    def __init__(self, client: OAClient, calls: int) -> None:
        self._client = client
        self._left = calls

    async def get(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Any:
        answer = await self._client.get(path, data, **more)
        self._left -= 1
        if self._left < 0:
            raise Died
        return answer


async def test_a_process_that_dies_at_any_call_loses_and_doubles_nothing(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = [zalo.user(name=f"Chị {number}") for number in range(8)]
    for user in crowd:
        await user.says("mot")
        await user.says("hai")
    await small.ask(RECOVERY)
    deaths = 0
    while (await small.progress(RECOVERY)).state is JobState.RUNNING:
        dying = small.process()
        mortal = Mortal(small.client_of(0), 2)
        monkeypatch.setattr(dying, "_client", lambda _account_id, mortal=mortal: mortal)
        with contextlib.suppress(Died):
            await dying.work_off(RECOVERY, keep)
        deaths += 1
        clock.move(timedelta(minutes=3))
        assert deaths < 30
    assert (await small.progress(RECOVERY)).counts == {"taken_in": 16, "too_old": 0}
    office = Office(small.database, clock)
    said = await handled(small, office)
    for user in crowd:
        assert [it.text for it in said if it.address == user.user_id] == ["mot", "hai"]
    assert deaths > 3


# Noticing


async def looks(work: Work, clock: MovingClock, after: timedelta = 10 * MINUTE) -> JobState | None:
    """The watch looks after this time; what becomes of recovery by that."""
    clock.move(after)
    await work.jobs.work_off(WATCH, keep)
    async with work.database.reading() as connection:
        found = await account_jobs.progress(connection, work.account_id, RECOVERY)
    return found.state if found else None


async def troubles(work: Work) -> list[str]:
    async with work.database.reading() as connection:
        return [trouble.code for trouble in await open_troubles(connection)]


async def test_that_zalo_stopped_calling_is_noticed_mended_and_shown_until_it_calls_again(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    door, office = door_of(work, zalo, clock), Office(work.database, clock)
    async with receiving(work, door, office):
        assert await looks(work, clock) is None
        await hoa.says("mot")
        await zalo.events_taken()
        assert await looks(work, clock) is None

        zalo.app.webhook.is_on = False  # As after Zalo's last try.
        await hoa.says("hai")
        assert await looks(work, clock) is JobState.RUNNING
        assert await troubles(work) == ["webhook_silent"]
        await work.jobs.work_off(RECOVERY, keep)
        assert await looks(work, clock) is JobState.DONE
        assert await troubles(work) == ["webhook_silent"]  # Nobody wrote: it may still be so.
        await hoa.says("ba")
        assert await looks(work, clock) is JobState.RUNNING
        await work.jobs.work_off(RECOVERY, keep)

        zalo.app.webhook.is_on = True
        clock.move(MINUTE)
        await hoa.says("bon")
        await zalo.events_taken()
        assert await looks(work, clock) is JobState.DONE
        assert await troubles(work) == []
    assert [it.text for it in await handled(work, office)] == ["mot", "hai", "ba", "bon"]


async def test_after_a_longer_time_without_a_look_all_of_it_is_recovered(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await looks(small, clock)
    await looks(small, clock)
    clock.move(HOUR)
    await hoa.says("em oi")
    zalo.admin_says(hoa, "Chị nghe đây")  # So that the newest of the chat is not hers.
    clock.move(HOUR)
    small.jobs = small.process()
    assert await looks(small, clock, timedelta()) is JobState.RUNNING
    assert await troubles(small) == []  # It was us who were away.
    await small.jobs.work_off(RECOVERY, keep)
    assert (await small.progress(RECOVERY)).counts["taken_in"] == 1
    for _ in range(3):
        assert await looks(small, clock) is JobState.DONE  # All is well since; nothing is asked for again.


async def test_a_short_stop_is_recovered_from_though_our_own_messages_hide_what_was_missed(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await looks(small, clock)
    await hoa.says("em oi")
    zalo.admin_says(hoa, "Mai Hội họp chị nhé")
    clock.move(3 * MINUTE)
    small.jobs = small.process()
    zalo.order_fault("bad_gateway_html", method=RECENT)
    assert await looks(small, clock, timedelta()) is None
    assert await looks(small, clock, MINUTE) is JobState.RUNNING
    await small.jobs.work_off(RECOVERY, keep)
    assert (await small.progress(RECOVERY)).counts == {"taken_in": 1, "too_old": 0}
    assert await looks(small, clock) is JobState.DONE
    assert await looks(small, clock) is JobState.DONE


async def test_what_was_written_before_we_were_connected_is_none_of_ours(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await hoa.says("hom nay ai truc")
    clock.move(5 * MINUTE)
    async with small.database.writing() as connection:
        await connection.execute(sa.update(accounts).values(created_at=clock()))
    assert await looks(small, clock) is None
    assert (await small.does(RECOVERY)).counts == {}
    await hoa.says("em oi")
    assert await looks(small, clock) is JobState.RUNNING
    await small.jobs.work_off(RECOVERY, keep)
    office = Office(small.database, clock)
    assert [it.text for it in await handled(small, office)] == ["em oi"]


async def test_what_has_no_number_is_not_missed_for_ever(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    """It could never be known again, nor taken in."""
    await looks(small, clock)
    await hoa.says("em oi")
    hoa.history[-1] = replace(hoa.history[-1], message_id="")
    assert await looks(small, clock) is None
    assert await troubles(small) == []


async def test_a_message_on_its_way_is_not_missed(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await looks(small, clock)
    clock.move(9 * MINUTE)
    await hoa.says("em oi")
    assert await looks(small, clock, MINUTE) is None
    assert await looks(small, clock) is JobState.RUNNING


async def test_several_processes_look_no_more_often_than_one(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    others = [work.process() for _ in range(2)]
    for process in others:
        await process.work_off(WATCH, keep)
    assert len(zalo.calls.of(RECENT)) == 2  # Each when it begins.
    for _ in range(3):
        clock.move(10 * MINUTE)
        for process in others:
            await process.work_off(WATCH, keep)
    assert len(zalo.calls.of(RECENT)) == 2 + 3


async def test_an_account_without_permission_is_left_alone(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, hoa: User
) -> None:
    await looks(small, clock)
    await hoa.says("em oi")
    zalo.disconnect()
    assert await looks(small, clock) is None
    clock.move(10 * MINUTE)
    zalo.calls.forget()
    await small.jobs.work_off(WATCH, keep)
    assert zalo.calls.of(RECENT) == []


GARBLED: list[Mapping[str, Any]] = [{"time": "hôm qua"}, {"time": None}, {"src": None}, {"src": "người dùng"}]


@pytest.fixture(params=GARBLED, ids=str)
def garbled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, hoa: User) -> User:
    """Zalo lists the last message of her chat in a way that we do not understand; the chat itself can be read."""
    whole = history.recent_chats

    async def listed(asking: history.Asking, *, offset: int = 0, count: int = 10) -> Sequence[history.Said]:
        class Garbling:
            async def get(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
                return [
                    entry | request.param if hoa.user_id in {entry["from_id"], entry["to_id"]} else entry
                    for entry in await asking.get(path, data)
                ]

        return await whole(Garbling(), offset=offset, count=count)

    monkeypatch.setattr(history, "recent_chats", listed)
    return hoa


async def test_a_chat_whose_last_message_is_not_understood_is_recovered_all_the_same(
    small: Work, zalo: ZaloOAEmulator, lan: User, garbled: User
) -> None:
    await garbled.says("em oi")
    await lan.says("chi oi")
    zalo.admin_says(garbled, "Chị nghe đây")
    assert (await small.does(RECOVERY)).counts == {"taken_in": 2, "too_old": 0}


async def test_and_has_the_watch_ask_for_recovery_once_without_an_alarm(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, garbled: User
) -> None:
    assert await looks(small, clock) is None
    await garbled.says("em oi")
    zalo.admin_says(garbled, "Chị nghe đây")
    assert await looks(small, clock) is JobState.RUNNING
    await small.jobs.work_off(RECOVERY, keep)
    assert (await small.progress(RECOVERY)).counts == {"taken_in": 1, "too_old": 0}
    for _ in range(3):
        assert await looks(small, clock) is JobState.DONE  # It still stands there; it has been looked into.
    assert await troubles(small) == []
