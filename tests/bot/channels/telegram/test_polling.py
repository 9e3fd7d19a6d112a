import asyncio
import logging
from collections.abc import Sequence

import pytest
from telegram import Bot

from bot.channels.contract import IncomingKind, Update
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.parsing import KINDS
from bot.channels.telegram.polling import POLL
from bot.channels.telegram.transport import AiohttpRequest
from bot.intake import IntakeFullError
from bot.store.database import Database
from tests import people
from tests.bot.channels.keeping import Deaf, Desk, Office
from tests.bot.channels.telegram.conftest import TOKEN, MakeChannel, account
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.emulators.faults import Fault
from tests.emulators.telegram import TelegramEmulator, User, refusal


@pytest.fixture
async def account_id(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        return await people.add_account(connection, channel="telegram", external_id="123456", now=clock())


@pytest.fixture
def office(database: Database, clock: MovingClock) -> Office:
    return Office(database, clock)


# What is kept


async def test_what_people_do_is_kept_in_order_and_confirmed(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel, office: Office, account_id: int
) -> None:
    channel = make_channel(account=account(account_id))
    await channel.open()
    async with office.open() as intake:
        for words in ("một", "hai"):
            await hoa.says(words)
        await channel.start_receiving(intake.receive)
        await bot_api.updates_taken()
        await hoa.says("ba")
        await bot_api.updates_taken()
        assert await office.texts() == ["một", "hai", "ba"]
        assert {row.lane for row in await office.rows()} == {str(hoa.user_id)}
        await channel.stop_receiving()


async def test_an_update_that_was_not_committed_comes_again_and_is_kept_once(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel, office: Office, account_id: int
) -> None:
    await hoa.says("xin đừng mất")
    dying = make_channel(account=account(account_id))
    await dying.open()
    deaf = Deaf()
    await dying.start_receiving(deaf.receive)
    await deaf.was_given.wait()
    await dying.stop_receiving()
    assert await office.rows() == []

    channel = make_channel(account=account(account_id))
    await channel.open()
    async with office.open() as intake:
        await channel.start_receiving(intake.receive)
        await bot_api.updates_taken()
        assert await office.texts() == ["xin đừng mất"]
        await channel.stop_receiving()


async def test_an_update_that_was_committed_and_not_confirmed_is_kept_once(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel, office: Office, account_id: int
) -> None:
    await hoa.says("chỉ một lần")
    async with office.open() as intake:
        committed = asyncio.Event()

        async def receive_and_die(account_id: int, updates: Sequence[Update]) -> None:
            await intake.receive(account_id, updates)
            committed.set()
            await asyncio.Event().wait()

        dying = make_channel(account=account(account_id))
        await dying.open()
        await dying.start_receiving(receive_and_die)
        await committed.wait()
        await dying.stop_receiving()
        assert bot_api.world.updates.pending_count == 1

        channel = make_channel(account=account(account_id))
        await channel.open()
        await channel.start_receiving(intake.receive)
        await bot_api.updates_taken()
        assert await office.texts() == ["chỉ một lần"]
        await channel.stop_receiving()


async def test_an_update_that_telegram_delivers_twice_is_handled_once(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel, office: Office, account_id: int
) -> None:
    channel = make_channel(account=account(account_id))
    await channel.open()
    async with office.open({account_id: channel}) as intake:
        await channel.start_receiving(intake.receive)
        await hoa.says("chào chị")
        await bot_api.updates_taken()
        assert hoa.last_update_id is not None
        bot_api.deliver_again(hoa.last_update_id)
        await bot_api.updates_taken()
        await hoa.blocks()
        await hoa.unblocks()
        await bot_api.updates_taken()
        await channel.stop_receiving()
        while len(office.understood) < 3:
            await asyncio.sleep(0)
    assert [incoming.kind for incoming in office.understood] == [
        IncomingKind.TEXT,
        IncomingKind.LEFT,
        IncomingKind.CAME_BACK,
    ]


async def test_updates_wait_while_intake_cannot_take_them(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    await hoa.says("đợi em chút")
    desk = Desk(IntakeFullError(), RuntimeError("the database is away"), IntakeFullError())
    await channel.start_receiving(desk.receive)
    await bot_api.updates_taken()
    assert desk.texts == ["đợi em chút"]


async def test_numbers_that_begin_anew_after_a_silent_week_lose_nothing(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await hoa.says("trước")
    await bot_api.updates_taken()
    bot_api.world.updates._next_id = 17
    for words in ("sau", "sau nữa"):
        await hoa.says(words)
        await bot_api.updates_taken()
    assert desk.texts == ["trước", "sau", "sau nữa"]


async def test_an_update_without_sense_does_not_hold_up_the_others(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    updates = bot_api.world.updates
    updates.add_raw({"update_id": 100_000_000, "message": "chào"})
    updates.add_raw({"update_id": 100_000_000, "x": float("1e308")})
    updates.add_raw({"oops": True})
    await hoa.says("em nghe chị đây")
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await bot_api.updates_taken()
    kept = await desk.has(4)
    assert kept[3].payload["message"]["text"] == "em nghe chị đây"
    assert [update.lane for update in kept] == ["-", "-", "-", str(hoa.user_id)]
    assert kept[2].event_id.startswith("unnumbered:")


async def test_a_number_that_no_database_keeps_becomes_text(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    bot_api.world.updates.add_raw({"update_id": 99_999_999, "poll": {"votes": float("nan")}})
    await hoa.says("dạ")
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await bot_api.updates_taken()
    first, second = await desk.has(2)
    assert list(first.payload) == ["malformed"]
    assert second.payload["message"]["text"] == "dạ"


# What Telegram is asked


async def test_polling_removes_a_webhook_and_throws_nothing_away(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    async with AiohttpRequest() as request:
        other = Bot(TOKEN, base_url=bot_api.base_url, request=request, get_updates_request=request)
        await other.set_webhook("http://127.0.0.1:9/nobody-listens")
    await hoa.says("em còn đây")
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await bot_api.updates_taken()
    assert desk.texts == ["em còn đây"]
    assert [call.params for call in bot_api.calls_of("deleteWebhook")] == [{"drop_pending_updates": False}]


async def test_every_poll_asks_for_all_the_kinds_we_understand(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await hoa.says("chào")
    await bot_api.updates_taken()
    polls = [call.params for call in bot_api.calls_of("getUpdates")]
    assert len(polls) >= 2
    assert all(poll["allowed_updates"] == list(KINDS) and poll["timeout"] == 30 for poll in polls)


async def test_the_bot_learns_its_name_and_shows_its_commands(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel
) -> None:
    channel = make_channel(languages=languages())
    await channel.open()
    assert channel.link("abc") is None
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await hoa.says("chào")
    await desk.has(1)
    assert channel.link("abc") == "https://t.me/chihoi_bot?start=abc"
    names = [command["command"] for command in bot_api.world.commands["default", ""]]
    assert names == ["start", "menu", "dangky", "ngung"]
    assert ("default", "km") in bot_api.world.commands


async def test_commands_that_cannot_be_set_keep_nobody_waiting(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    bot_api.order_fault("bad_request", method="setMyCommands", times=None)
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await hoa.says("chào")
    assert len(await desk.has(1)) == 1


# What goes wrong


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "getUpdates"])
@pytest.mark.parametrize(
    "fault",
    [
        "conflict",
        "bad_gateway_html",
        "server_error",
        "unauthorized",
        "close_after_accepting",
        "no_json_after_accepting",
        "cut_after_accepting",
        refusal(429, "Too Many Requests: retry after 0", retry_after=0.01),
    ],
    ids=str,
)
async def test_receiving_goes_on_after(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram, method: str, fault: str | Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    bot_api.order_fault(fault, method=method, times=3)
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await hoa.says("có ai không")
    await bot_api.updates_taken()
    assert desk.texts == ["có ai không"]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("telegram")]
    assert not any(TOKEN.partition(":")[2] in line for line in ours)


async def test_the_service_starts_while_telegram_is_away(make_channel: MakeChannel) -> None:
    async with TelegramEmulator() as first:
        port = first.port
    channel = make_channel(base_url=first.base_url)
    desk = Desk()
    await channel.open()
    await channel.start_receiving(desk.receive)
    assert channel.link("abc") is None
    async with TelegramEmulator(port=port) as back:
        await back.user().says("em về rồi")
        assert len(await desk.has(1)) == 1
        assert channel.link("abc") is not None
        await channel.stop_receiving()


async def test_two_pollers_are_told_apart_and_neither_dies(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel
) -> None:
    desk = Desk()
    one, other = make_channel(), make_channel()
    await one.open()
    await other.open()
    await one.start_receiving(desk.receive)
    await bot_api.is_called(1, "getUpdates")
    await other.start_receiving(desk.receive)
    await bot_api.is_called(4, "getUpdates")
    await other.stop_receiving()
    await hoa.says("một người nghe thôi")
    await bot_api.updates_taken()
    assert set(desk.texts) == {"một người nghe thôi"}


async def test_stopping_ends_a_poll_that_waits(bot_api: TelegramEmulator, channel: Telegram) -> None:
    await channel.start_receiving(Desk().receive)
    await bot_api.is_called(1, "getUpdates")
    async with asyncio.timeout(POLL.total_seconds() / 2):
        await channel.stop_receiving()
    calls = len(bot_api.calls)
    await channel.stop_receiving()  # Twice does no harm.
    assert len(bot_api.calls) == calls


# Buttons


async def test_a_press_is_answered_at_once(bot_api: TelegramEmulator, hoa: User, channel: Telegram) -> None:
    desk = Desk()
    await channel.start_receiving(desk.receive)
    press = hoa.presses_data("1", 5)
    assert await press.answered(5) is not None
    assert len(await desk.has(1)) == 1


@pytest.mark.parametrize("fault", ["query_too_old", "hang", "flood", "bad_gateway_html"])
async def test_a_press_that_cannot_be_answered_holds_nobody_up(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram, fault: str
) -> None:
    bot_api.order_fault(fault, method="answerCallbackQuery", times=None)
    desk = Desk()
    await channel.start_receiving(desk.receive)
    for number in range(20):
        hoa.presses_data(str(number), 5)
    await hoa.says("em bấm rồi")
    assert len(await desk.has(21)) == 21
    await bot_api.is_called(1, "answerCallbackQuery")


async def test_a_press_that_was_not_kept_is_not_answered(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    deaf = Deaf()
    hoa.presses_data("1", 5)
    await channel.start_receiving(deaf.receive)
    await deaf.was_given.wait()
    assert bot_api.calls_of("answerCallbackQuery") == []
