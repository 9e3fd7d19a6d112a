"""Our message as Zalo gets it, and what it answers as we report it."""

import asyncio
import logging
import socket
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.channels.contract import Account, Blame, Choice, Outgoing, Retry, SendError
from bot.channels.zalo_bot.channel import ZaloBot
from bot.channels.zalo_bot.outgoing import parameters
from bot.channels.zalo_bot.refusals import REFUSALS
from bot.store.database import Database
from bot.store.tables import accounts
from bot.usage import Share, plan_settings, usage_of
from tests.bot.channels.zalo_bot.conftest import MakeChannel
from tests.conftest import MovingClock
from tests.emulators.faults import Fault, patience
from tests.emulators.zalo_bot import User, ZaloBotEmulator

HELLO = Outgoing("chào chị")
LATER, UNKNOWN = Retry.LATER, Retry.UNKNOWN


# What is sent


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (HELLO, "chào chị"),
        (Outgoing("1. Có\n0. Không", (Choice("1", "Có"), Choice("0", "Không"))), "1. Có\n0. Không"),
        (Outgoing("Số của chị?", asks_phone=True), "Số của chị?"),
        (Outgoing("cha\u0300o"), "chào"),
        (Outgoing("<b>*x*</b> {red}&amp;"), "<b>*x*</b> {red}&amp;"),
        (Outgoing("ខ្មែរ 👩‍🌾"), "ខ្មែរ 👩‍🌾"),
        (Outgoing("👩" * 1000), "👩" * 1000),
    ],
)
async def test_a_message_becomes_one_request(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, message: Outgoing, words: str
) -> None:
    assert parameters("a1", message) == {"chat_id": "a1", "text": words}
    platform_id = (await channel.send(binh.chat_id, message, key="reply:1")).platform_id
    [received] = await binh.hears()
    assert (received.text, received.message_id) == (words, platform_id)
    assert [(call.method, call.params) for call in zalo.calls.entries] == [
        ("sendMessage", {"chat_id": binh.chat_id, "text": words})
    ]


async def test_messages_to_one_person_stand_apart_and_others_do_not_wait(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    gap = timedelta(seconds=0.3)
    channel = make_channel(account, books, chat_gap=gap)
    await channel.open()
    lan = zalo.user(name="Lan", has_written=True)
    await asyncio.gather(*(channel.send(whose.chat_id, HELLO, key="x") for whose in (binh, binh, lan)))
    first, second = (received.arrived_at for received in binh.received)
    assert second - first >= gap.total_seconds() * 0.9
    assert lan.received[0].arrived_at < second


# What is answered


@dataclass(frozen=True)
class Case:
    """`received`: whether she gets the message although its send failed."""

    fault: str | int | Fault
    code: str
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    retry_after: timedelta | None = None
    received: bool = False

    @property
    def label(self) -> str:
        return f"{self.code}-{self.fault.body!r}" if isinstance(self.fault, Fault) else str(self.fault)


def answer(body: bytes, status: int = 200) -> Fault:
    return Fault(status=status, body=body)


def page(status: int) -> Fault:
    return Fault(status=status, body=b"<html>%d</html>" % status, content_type="text/html")


CASES = [
    Case(400, "zalo_bot_bad_request"),
    Case(401, "zalo_bot_unauthorized", blame=Blame.ACCOUNT),
    Case(403, "zalo_bot_forbidden", LATER, retry_after=timedelta(seconds=5)),
    Case(404, "zalo_bot_not_found"),
    Case(408, "zalo_bot_timeout", UNKNOWN),
    Case(426, "zalo_bot_daily_limit", LATER, Blame.ACCOUNT, timedelta(hours=1)),
    Case(429, "zalo_bot_quota", LATER, Blame.ACCOUNT, timedelta(seconds=10)),
    Case(422, "zalo_bot_rejected"),
    Case(500, "zalo_bot_server", LATER),
    Case(answer(b'{"ok":false,"description":"Unauthorized","errorCode":401}'), "zalo_bot_unauthorized", blame=Blame.ACCOUNT),
    Case(answer(b'{"ok":false,"error_code":"429"}'), "zalo_bot_quota", LATER, Blame.ACCOUNT, timedelta(seconds=10)),
    Case(answer(b'{"ok":false,"description":"no"}'), "zalo_bot_rejected"),
    Case(answer(b'{"ok":false}', 403), "zalo_bot_forbidden", LATER, retry_after=timedelta(seconds=5)),
    Case(answer(b'{"ok":false,"error_code":true}'), "zalo_bot_rejected"),
    Case("server_error", "zalo_bot_server", LATER),
    Case(page(503), "zalo_bot_server", LATER),
    Case("bad_gateway_html", "zalo_bot_answer_lost", UNKNOWN),
    Case("bad_gateway_after_accepting", "zalo_bot_answer_lost", UNKNOWN, received=True),
    Case(page(504), "zalo_bot_timeout", UNKNOWN),
    Case(page(429), "zalo_bot_quota", LATER, Blame.ACCOUNT, timedelta(seconds=10)),
    Case("html", "zalo_bot_answer_lost", UNKNOWN),
    Case("html_after_accepting", "zalo_bot_answer_lost", UNKNOWN, received=True),
    Case("no_json", "zalo_bot_answer_lost", UNKNOWN),
    Case("empty_after_accepting", "zalo_bot_answer_lost", UNKNOWN, received=True),
    Case(answer(b"[1]"), "zalo_bot_answer_lost", UNKNOWN),
    Case(answer(b'{"ok":"yes"}'), "zalo_bot_answer_lost", UNKNOWN),
    Case("hang", "zalo_bot_timeout", UNKNOWN),
    Case("hang_after_accepting", "zalo_bot_timeout", UNKNOWN, received=True),
    Case("close_before_reading", "zalo_bot_answer_lost", UNKNOWN),
    Case("close_after_accepting", "zalo_bot_answer_lost", UNKNOWN, received=True),
    Case("cut_after_accepting", "zalo_bot_answer_lost", UNKNOWN, received=True),
    # A firewall's or a gateway's page in Zalo's place: nothing is wrong with the person, the message or the token.
    *(Case(page(status), "zalo_bot_not_zalo", LATER, Blame.ACCOUNT, timedelta(minutes=1)) for status in (302, 400, 401, 403, 404)),
]  # fmt: skip


async def refused(channel: ZaloBot, address: str) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(address, HELLO, key="reply:1")
    return caught.value


def told(error: SendError) -> tuple[str, Retry, Blame, timedelta | None]:
    return error.code, error.retry, error.blame, error.retry_after


@pytest.mark.parametrize("uses_http_status", [False, True], ids=["200", "real-status"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_a_failed_send_says_what_repeating_would_mean(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database,
    case: Case, uses_http_status: bool,
) -> None:  # fmt: skip
    channel = make_channel(account, books, send_timeout=patience(case.fault))
    await channel.open()
    zalo.uses_http_status = uses_http_status
    zalo.order_fault(case.fault, method="sendMessage")
    error = await refused(channel, binh.chat_id)
    assert told(error) == (case.code, case.retry, case.blame, case.retry_after)
    assert len(binh.received) == case.received
    assert len(zalo.calls.entries) == 1


def test_every_number_has_a_case() -> None:
    assert set(REFUSALS) <= {case.fault for case in CASES}


async def test_a_yes_without_a_result_is_a_yes(zalo: ZaloBotEmulator, binh: User, channel: ZaloBot) -> None:
    zalo.order_fault("no_result", method="sendMessage")
    assert (await channel.send(binh.chat_id, HELLO, key="reply:1")).platform_id == ""
    assert len(binh.received) == 1


@pytest.mark.parametrize("base_url", ["nonsense", "http://[", "ftp://127.0.0.1/bot"])
async def test_an_address_that_leads_nowhere_was_certainly_not_reached(
    make_channel: MakeChannel, account: Account, books: Database, base_url: str
) -> None:
    channel = make_channel(account, books, base_url=base_url)
    await channel.open()
    assert (await refused(channel, "a1")).code == "zalo_bot_no_connection"


async def test_a_zalo_that_is_away_was_certainly_not_reached(
    make_channel: MakeChannel, account: Account, books: Database
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: nobody answers there.
        channel = make_channel(account, books, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/bot")
        await channel.open()
        error = await refused(channel, "a1")
    assert told(error) == ("zalo_bot_no_connection", LATER, Blame.MESSAGE, timedelta(seconds=5))


async def test_no_error_and_no_log_line_shows_the_token(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (401, 400, "bad_gateway_html", "close_before_reading", "html", "server_error"):
        zalo.order_fault(fault)
        shown = "".join(traceback.format_exception(await refused(channel, binh.chat_id))) + caplog.text
        assert zalo.bot.token.partition(":")[2] not in shown


# Who cannot be reached


@pytest.mark.parametrize("number", [400, 403, 404])
async def test_who_is_refused_three_times_while_others_are_not_is_unreachable(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, number: int
) -> None:
    lan = zalo.user(name="Lan", has_written=True)
    await binh.blocks(number)
    for _ in range(2):
        assert (await refused(channel, binh.chat_id)).blame is Blame.MESSAGE
        await channel.send(lan.chat_id, HELLO, key="reply:2")
    error = await refused(channel, binh.chat_id)
    assert told(error) == ("zalo_bot_unreachable", Retry.NEVER, Blame.CONTACT, None)
    # She writes again, and so may be written to: her chances are whole again.
    assert (await refused(channel, binh.chat_id)).blame is Blame.MESSAGE


async def test_a_send_that_succeeds_wipes_the_slate(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    for _ in range(4):
        zalo.order_fault(403, times=2)
        waits = [(await refused(channel, binh.chat_id)).retry_after for _ in range(2)]
        assert waits == [timedelta(seconds=5), timedelta(minutes=1)]
        await channel.send(binh.chat_id, HELLO, key="reply:1")


async def test_while_nobody_gets_anything_nobody_is_called_unreachable_for_long(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot
) -> None:
    zalo.order_fault(403, times=None)
    errors = [await refused(channel, binh.chat_id) for _ in range(12)]
    assert {told(error)[:3] for error in errors[:11]} == {("zalo_bot_forbidden", LATER, Blame.MESSAGE)}
    assert errors[10].retry_after == timedelta(minutes=5)
    assert errors[11].blame is Blame.CONTACT


# A quota that is used up


async def test_a_quota_opens_the_breaker_and_is_alarmed_once(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, clock: MovingClock
) -> None:
    zalo.bot.monthly_messages = 0
    waits = []
    with capture_logs() as lines:
        for _ in range(6):
            error = await refused(channel, binh.chat_id)
            assert (error.code, error.retry, error.blame) == ("zalo_bot_quota", LATER, Blame.ACCOUNT)
            assert error.retry_after is not None
            waits.append(error.retry_after.total_seconds())
            clock.move(error.retry_after)
    assert waits == [10, 30, 120, 3600, 3600, 3600]
    assert [(line["event"], line["log_level"]) for line in lines] == [("zalo_bot_quota_exceeded", "error")]
    zalo.bot.monthly_messages = 3000
    await channel.send(binh.chat_id, HELLO, key="reply:1")
    zalo.bot.monthly_messages = 0
    assert (await refused(channel, binh.chat_id)).retry_after == timedelta(seconds=10)


async def test_while_the_breaker_is_open_zalo_is_left_alone(
    zalo: ZaloBotEmulator, binh: User, channel: ZaloBot, clock: MovingClock
) -> None:
    zalo.order_fault(429, times=None)
    errors = await asyncio.gather(*(refused(channel, binh.chat_id) for _ in range(5)))
    assert {error.retry_after for error in errors} == {timedelta(seconds=10)}  # Together they count as one.
    calls = len(zalo.calls.entries)
    clock.move(timedelta(seconds=4))
    assert (await refused(channel, binh.chat_id)).retry_after == timedelta(seconds=6)
    assert len(zalo.calls.entries) == calls


# What it costs


async def shares(database: Database, clock: MovingClock) -> list[tuple[Share | None, Share | None]]:
    async with database.reading() as connection:
        return [(found.messages, found.people) for found in await usage_of(connection, clock())]


async def plan(database: Database, account: Account, messages: int) -> None:
    async with database.writing() as connection:
        settings: dict[str, Any] = plan_settings(messages=messages, people=50)
        await connection.execute(
            sa.update(accounts).where(accounts.c.id == account.account_id).values(settings=settings)
        )


async def test_what_is_sent_and_what_may_have_been_is_counted(
    zalo: ZaloBotEmulator,
    binh: User,
    make_channel: MakeChannel,
    kept_account: Account,
    database: Database,
    clock: MovingClock,
) -> None:
    await plan(database, kept_account, 10)
    channel = make_channel(kept_account, database)
    await channel.open()
    for _ in range(7):
        await channel.send(binh.chat_id, HELLO, key="reply:1")
    zalo.order_fault("close_after_accepting")
    zalo.order_fault(403)
    for _ in range(2):
        await refused(channel, binh.chat_id)
    await channel.close()
    [(messages, _)] = await shares(database, clock)
    assert messages == Share(8, 10)
    assert messages.is_nearly_used
    assert not messages.is_used_up
    await channel.open()
    for _ in range(2):
        await channel.send(binh.chat_id, HELLO, key="reply:1")
    await channel.close()
    [(messages, _)] = await shares(database, clock)
    assert messages is not None
    assert messages.is_used_up


async def test_what_cannot_be_counted_now_is_counted_later_and_the_message_is_sent(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database, clock: MovingClock
) -> None:  # fmt: skip
    await plan(books, account, 10)
    channel = make_channel(account, books)
    await channel.open()
    async with books.writing():  # Somebody else writes for long.
        await channel.send(binh.chat_id, HELLO, key="reply:1")
        assert len(binh.received) == 1
    await channel.send(binh.chat_id, HELLO, key="reply:2")
    await channel.close()
    assert await shares(books, clock) == [(Share(2, 10), Share(0, 50))]


async def test_a_database_that_is_away_harms_no_message(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    async with books.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE usage RENAME TO gone"))
    channel = make_channel(account, books)
    await channel.open()
    with capture_logs() as lines:
        await channel.send(binh.chat_id, HELLO, key="reply:1")
        await channel.send(binh.chat_id, HELLO, key="reply:2")
        await channel.close()
    assert len(binh.received) == 2
    assert {line["event"] for line in lines} == {"usage_not_counted"}
