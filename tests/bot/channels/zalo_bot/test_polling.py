import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.channels.contract import Account, IncomingKind, Outgoing, Update
from bot.channels.zalo_bot.channel import ZaloBot
from bot.channels.zalo_bot.polling import POLL
from bot.intake import IntakeFullError
from bot.store.database import Database
from bot.store.tables import accounts
from tests.bot.channels.keeping import Desk, Office
from tests.bot.channels.zalo_bot.conftest import MakeChannel
from tests.emulators.faults import Fault
from tests.emulators.zalo_bot import User, ZaloBotEmulator

# What is kept


async def test_what_people_do_is_kept_once_in_order_and_understood(
    zalo: ZaloBotEmulator, make_channel: MakeChannel, office: Office, kept_account: Account, database: Database
) -> None:  # fmt: skip
    binh = zalo.user(name="Bình")
    channel = make_channel(kept_account, database)
    await channel.open()
    async with office.open({kept_account.account_id: channel}) as intake:
        await channel.start_receiving(intake.receive)
        await binh.says("một")
        await binh.repeats_last_update()
        await binh.sends_photo(caption="giấy")
        await binh.sends_voice()
        await binh.sends_sticker()
        await binh.sends_unsupported()
        await binh.follows()
        await zalo.events_taken()
        await zalo.is_called(8, "getUpdates")
        await channel.stop_receiving()
        async with asyncio.timeout(20):
            while len(office.understood) < 6:
                await asyncio.sleep(0.01)
    assert {row.lane for row in await office.rows()} == {binh.chat_id}
    assert [(incoming.kind, incoming.text, incoming.media) for incoming in office.understood] == [
        (IncomingKind.TEXT, "một", ""),
        (IncomingKind.MEDIA, "giấy", "photo"),
        (IncomingKind.MEDIA, "", "voice"),
        (IncomingKind.MEDIA, "", "sticker"),
        (IncomingKind.MEDIA, "", "other"),
        (IncomingKind.START, "", ""),
    ]


async def test_nothing_more_is_asked_for_before_an_update_is_committed(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    """Zalo has forgotten the update by then: only what the process has in hand can be lost with it, one message."""
    given, committed = asyncio.Event(), asyncio.Event()
    kept: list[Update] = []

    async def receive(account_id: int, updates: Sequence[Update]) -> None:
        given.set()
        await committed.wait()
        kept.extend(updates)

    for words in ("một", "hai"):
        await binh.says(words)
    await channel.start_receiving(receive)
    await given.wait()
    assert (len(zalo.calls.of("getUpdates")), len(zalo.bot.pending)) == (1, 1)
    committed.set()
    await zalo.is_called(3, "getUpdates")
    assert len(kept) == 2


async def test_a_process_that_dies_before_the_commit_loses_one_message_at_most(
    zalo: ZaloBotEmulator, make_channel: MakeChannel, office: Office, kept_account: Account, database: Database
) -> None:  # fmt: skip
    binh = zalo.user(name="Bình")
    for words in ("mất", "còn", "cũng còn"):
        await binh.says(words)
    given = asyncio.Event()

    async def dies(account_id: int, updates: Sequence[Update]) -> None:
        given.set()
        raise RuntimeError("the process is gone")

    dying = make_channel(kept_account, database)
    await dying.open()
    await dying.start_receiving(dies)
    await given.wait()
    await _kill(dying)
    assert await office.rows() == []

    channel = make_channel(kept_account, database)
    await channel.open()
    async with office.open() as intake:
        await channel.start_receiving(intake.receive)
        await zalo.is_called(4, "getUpdates")
        assert await office.texts() == ["còn", "cũng còn"]
        await channel.stop_receiving()


async def _kill(channel: ZaloBot) -> None:
    """Its task ends, and nothing that a stop would do is done."""
    reception = channel._reception
    assert reception is not None
    await reception.stop()
    channel._polling = None


async def test_what_could_not_be_kept_is_kept_before_anything_else(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    await binh.says("đợi em chút")
    desk = Desk(IntakeFullError(), RuntimeError("the database is away"), IntakeFullError())
    await channel.start_receiving(desk.receive)
    await desk.has(1)
    assert desk.texts == ["đợi em chút"]
    assert len(zalo.calls.of("getUpdates")) == 1


async def test_a_stop_hands_over_what_was_not_kept_yet(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    await binh.says("đừng quên em")
    channel = make_channel(account, books, first_pause=timedelta(minutes=1))
    await channel.open()
    desk = Desk(RuntimeError("the database is away"))
    await channel.start_receiving(desk.receive)
    async with asyncio.timeout(20):
        while desk.errors:
            await asyncio.sleep(0.01)
    await channel.stop_receiving()
    assert desk.texts == ["đừng quên em"]


# What Zalo is asked, and says


async def test_polls_ask_for_half_a_minute_and_again_at_once_when_idle(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    zalo.bot.poll_scale = 0.001
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await zalo.is_called(4, "getUpdates")
    await binh.says("em đây")
    await desk.has(1)
    assert {str(call.params) for call in zalo.calls.of("getUpdates")} == {"{'timeout': '30'}"}


async def test_a_webhook_is_removed_only_where_there_is_one(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    desk = Desk()
    first = make_channel(account, books)
    await first.open()
    await first.start_receiving(desk.receive)
    await zalo.is_called(1, "getUpdates")
    await first.stop_receiving()
    assert zalo.calls.of("deleteWebhook") == []
    zalo.bot.webhook.url = "https://somebody.example/"
    await binh.says("chưa mất")  # Not taken by that webhook, and so lost: not ours to mend.
    second = make_channel(account, books)
    await second.open()
    await second.start_receiving(desk.receive)
    await zalo.is_called(1, "deleteWebhook")
    await binh.says("chào")
    await desk.has(1)
    assert desk.texts[-1] == "chào"


async def test_a_webhook_that_somebody_sets_meanwhile_is_removed(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    desk = Desk()
    zalo.bot.poll_scale = 0.001
    await channel.start_receiving(desk.receive)
    await zalo.is_called(1, "getUpdates")
    zalo.bot.webhook.url = "https://somebody.example/"
    await zalo.is_called(1, "deleteWebhook")
    await binh.says("em đây")
    assert len(await desk.has(1)) == 1


BODIES = [
    b'{"ok":true}',
    b'{"ok":true,"result":null}',
    b'{"ok":true,"result":{}}',
    b'{"ok":true,"result":[]}',
]


@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo", "getUpdates"])
@pytest.mark.parametrize(
    "fault",
    [403, 404, 408, 400, "server_error", "bad_gateway_html", "html", "empty", "close_before_reading",
     *(Fault(body=body) for body in BODIES)],
    ids=str,
)  # fmt: skip
async def test_receiving_goes_on_after(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, method: str, fault: str | int | Fault
) -> None:
    zalo.order_fault(fault, method=method, times=3)
    desk = Desk()
    with capture_logs() as lines:
        await channel.start_receiving(desk.receive)
        await binh.says("có ai không")
        await desk.has(1)
    assert desk.texts == ["có ai không"]
    assert zalo.bot.token.partition(":")[2] not in str(lines)


@pytest.mark.parametrize("shape", ["list", "object"])
async def test_an_answer_may_hold_one_update_or_a_list(
    zalo: ZaloBotEmulator, channel: ZaloBot, shape: str
) -> None:
    update = b'{"event_name":"message.text.received","message":{"text":"ch\\u00e0o","message_id":"1"}}'
    body = b'{"ok":true,"result":' + (b"[" + update + b"]" if shape == "list" else update) + b"}"
    zalo.order_fault(Fault(body=body), method="getUpdates")
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await desk.has(1)
    assert desk.texts == ["chào"]


@pytest.mark.parametrize(
    ("number", "event", "wait_s"),
    [(401, "zalo_bot_token_refused", 3600), (429, "zalo_bot_told_to_wait", 300)],
)
async def test_a_refused_token_is_alarmed_and_not_asked_about_again_soon(
    zalo: ZaloBotEmulator, channel: ZaloBot, number: int, event: str, wait_s: int
) -> None:
    zalo.order_fault(number, times=None)
    with capture_logs() as lines:
        await channel.start_receiving(Desk().receive)
        await zalo.is_called(1, "getMe")
        async with asyncio.timeout(20):
            while not lines:
                await asyncio.sleep(0.01)
    assert [(line["event"], line["again_in_s"]) for line in lines] == [(event, wait_s)]
    await asyncio.sleep(0.05)
    assert len(zalo.calls.entries) == 1


async def test_the_service_starts_while_zalo_is_away(
    zalo: ZaloBotEmulator, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    async with ZaloBotEmulator() as first:
        port = first.port
    token = first.bot.token
    channel = make_channel(account, books, base_url=first.base_url, token=token)
    desk = Desk()
    await channel.open()
    await channel.start_receiving(desk.receive)
    async with ZaloBotEmulator(port=port) as back:
        assert back.bot.token == token
        await back.user().says("em về rồi")
        assert len(await desk.has(1)) == 1
        await channel.stop_receiving()


async def test_the_account_gets_the_name_that_people_see(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, kept_account: Account, database: Database
) -> None:
    channel = make_channel(kept_account, database)
    await channel.open()
    desk = Desk()
    await channel.start_receiving(desk.receive)
    await zalo.is_called(1, "getUpdates")
    await channel.stop_receiving()
    await channel.close()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(accounts.c.name))).scalar_one() == "Bot Chị Hội"
    assert channel.link("ABCD1234") is None


async def test_stopping_ends_a_poll_that_waits(zalo: ZaloBotEmulator, channel: ZaloBot) -> None:
    await channel.start_receiving(Desk().receive)
    await zalo.is_called(1, "getUpdates")
    async with asyncio.timeout(POLL.total_seconds() / 2):
        await channel.stop_receiving()
    calls = len(zalo.calls.entries)
    await channel.stop_receiving()  # Twice does no harm.
    assert len(zalo.calls.entries) == calls


async def test_groups_are_heard_only_where_the_setting_says_so(
    zalo: ZaloBotEmulator, make_channel: MakeChannel, office: Office, kept_account: Account, database: Database
) -> None:  # fmt: skip
    binh = zalo.user(name="Bình", has_written=True)
    group = zalo.group()
    zalo.bot.echoes_own = True
    for hears_groups, texts, count in ((False, [], 2), (True, ["chào cả nhà"], 4)):
        channel = make_channel(kept_account, database, hears_groups=hears_groups)
        await channel.open()
        office.understood.clear()
        async with office.open({kept_account.account_id: channel}) as intake:
            await channel.start_receiving(intake.receive)
            await binh.says("chào cả nhà", group=group)
            await channel.send(group.chat_id, Outgoing("chào"), key="reply:1")  # Comes back to us as an echo.
            await _all_handled(office, count)
            await channel.stop_receiving()
        assert [incoming.text for incoming in office.understood] == texts
    assert [row.error for row in await office.rows()] == ["group", "own", "", "own"]


async def _all_handled(office: Office, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            rows = await office.rows()
            if len(rows) == count and all(row.state != "new" for row in rows):
                return
            await asyncio.sleep(0.01)
