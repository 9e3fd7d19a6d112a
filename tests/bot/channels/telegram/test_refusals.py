import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.channels.contract import Blame, Outgoing, Retry, SendError
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.refusals import REFUSALS, send_error
from tests.bot.channels.telegram.conftest import TOKEN, MakeChannel
from tests.emulators.faults import Fault, patience
from tests.emulators.telegram import TelegramEmulator, User, flood, refusal

HELLO = Outgoing("chào chị")


@dataclass(frozen=True)
class Case:
    """`received`: whether she gets the message although its send failed."""

    fault: str | Fault
    code: str
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    retry_after: timedelta | None = None
    received: bool = False

    @property
    def label(self) -> str:
        return self.fault if isinstance(self.fault, str) else f"{self.code}-{self.fault.status}"


LATER, UNKNOWN = Retry.LATER, Retry.UNKNOWN
CASES = [
    Case("blocked", "telegram_blocked", blame=Blame.CONTACT),
    Case("deactivated", "telegram_deactivated", blame=Blame.CONTACT),
    Case("never_started", "telegram_not_started", blame=Blame.CONTACT),
    Case("kicked_from_group", "telegram_kicked", blame=Blame.CONTACT),
    Case("kicked_from_supergroup", "telegram_kicked", blame=Blame.CONTACT),
    Case("not_a_member", "telegram_not_a_member", blame=Blame.CONTACT),
    Case(refusal(403, "Forbidden: BOT WAS BLOCKED BY THE USER"), "telegram_blocked", blame=Blame.CONTACT),
    Case(refusal(403, "Forbidden: something new"), "telegram_forbidden"),
    Case("chat_not_found", "telegram_chat_not_found", blame=Blame.CONTACT),
    Case("upgraded", "telegram_migrated", blame=Blame.CONTACT),
    Case("thread_not_found", "telegram_topic_gone"),
    Case("topic_deleted", "telegram_topic_gone"),
    Case("topic_closed", "telegram_topic_gone"),
    Case("not_modified", "telegram_too_late"),
    Case("edit_not_found", "telegram_too_late"),
    Case("query_too_old", "telegram_too_late"),
    Case("bad_entities", "telegram_markup"),
    Case("bad_request", "telegram_rejected"),
    Case(refusal(400, "Bad Request: something new"), "telegram_rejected"),
    Case("unauthorized", "telegram_unauthorized", blame=Blame.ACCOUNT),
    Case("not_found", "telegram_not_found", blame=Blame.ACCOUNT),
    Case("conflict", "telegram_conflict", LATER, Blame.ACCOUNT),
    Case("flood", "telegram_flood", LATER, Blame.CHAT, timedelta(seconds=1)),
    Case(flood(1800), "telegram_flood", LATER, Blame.CHAT, timedelta(minutes=30)),
    Case(refusal(429, "Too Many Requests: slow down"), "telegram_flood", LATER, Blame.CHAT, timedelta(seconds=5)),
    Case("server_error", "telegram_server", LATER),
    Case("bad_gateway", "telegram_server", LATER),
    Case("bad_gateway_html", "telegram_server", LATER),
    Case(refusal(504, "Gateway Timeout"), "telegram_timeout", UNKNOWN),
    Case("hang", "telegram_timeout", UNKNOWN),
    Case("hang_after_accepting", "telegram_timeout", UNKNOWN, received=True),
    Case("close_before_reading", "telegram_answer_lost", UNKNOWN),
    Case("close_after_accepting", "telegram_answer_lost", UNKNOWN, received=True),
    Case("cut_after_accepting", "telegram_answer_lost", UNKNOWN, received=True),
    Case("no_json_after_accepting", "telegram_answer_lost", UNKNOWN, received=True),
    Case(Fault(body=b'{"ok":true,"result":true}'), "telegram_unclear", UNKNOWN),
    Case(Fault(body=b'{"ok":true,"result":{"message_id":"x"}}'), "telegram_unclear", UNKNOWN),
    Case(Fault(status=418, body=b'{"ok":false}'), "telegram_unclear", UNKNOWN),
    # A firewall's or a gateway's page in Telegram's place: nothing is wrong with the person, the message or the token.
    *(
        Case(Fault(status=status, body=b"<html>no</html>", content_type="text/html"),
             "telegram_not_telegram", LATER, Blame.ACCOUNT, timedelta(minutes=1))
        for status in (400, 401, 403, 404)
    ),
]  # fmt: skip


@contextmanager
def fails(case: Case) -> Iterator[None]:
    with pytest.raises(SendError) as caught:
        yield
    error = caught.value
    assert (error.code, error.retry, error.blame, error.retry_after) == (
        case.code,
        case.retry,
        case.blame,
        case.retry_after,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_a_failed_send_says_what_repeating_would_mean(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel, case: Case
) -> None:
    channel = make_channel(send_timeout=patience(case.fault))
    await channel.open()
    bot_api.order_fault(case.fault, method="sendMessage")
    with fails(case):
        await channel.send(str(hoa.user_id), HELLO, key="reply:1")
    assert len(hoa.received) == case.received
    assert len(bot_api.calls) == 1


async def test_the_next_send_succeeds_after_any_failure(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    bot_api.order_fault("close_before_reading")
    with pytest.raises(SendError):
        await channel.send(str(hoa.user_id), HELLO, key="reply:1")
    await channel.send(str(hoa.user_id), HELLO, key="reply:1")
    assert len(await hoa.hears(1)) == 1


async def test_a_telegram_that_is_away_was_certainly_not_reached(make_channel: MakeChannel) -> None:
    async with TelegramEmulator() as gone:
        address = gone.base_url
    channel = make_channel(base_url=address)
    await channel.open()
    with fails(Case("away", "telegram_unreachable", LATER, retry_after=timedelta(seconds=5))):
        await channel.send("5000000001", HELLO, key="reply:1")


async def test_waiting_for_a_connection_too_long_was_certainly_not_sent(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel
) -> None:
    channel = make_channel(send_timeout=patience("hang"), in_flight=0)
    await channel.open()
    bot_api.order_fault("hang", times=None)
    sends = [channel.send(str(hoa.user_id), HELLO, key=f"reply:{n}") for n in range(7)]
    results = await asyncio.gather(*sends, return_exceptions=True)
    codes = sorted(result.code for result in results if isinstance(result, SendError))
    assert codes == ["telegram_timeout"] * 6 + ["telegram_unreachable"]


async def test_whoever_is_no_number_cannot_be_found(channel: Telegram, bot_api: TelegramEmulator) -> None:
    with fails(Case("nobody", "telegram_chat_not_found", blame=Blame.CONTACT)):
        await channel.send("5000000999", HELLO, key="reply:1")


async def test_somebody_who_blocked_or_vanished_is_unreachable(hoa: User, channel: Telegram) -> None:
    await hoa.blocks()
    with fails(Case("x", "telegram_blocked", blame=Blame.CONTACT)):
        await channel.send(str(hoa.user_id), HELLO, key="reply:1")
    await hoa.unblocks()
    await channel.send(str(hoa.user_id), HELLO, key="reply:1")
    await hoa.deactivates()
    with fails(Case("x", "telegram_deactivated", blame=Blame.CONTACT)):
        await channel.send(str(hoa.user_id), HELLO, key="reply:2")


async def test_no_error_shows_the_token(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    for fault in ("unauthorized", "not_found", "bad_gateway_html", "close_before_reading"):
        bot_api.order_fault(fault)
        with pytest.raises(SendError) as caught:
            await channel.send(str(hoa.user_id), HELLO, key="reply:1")
        shown = "".join(traceback.format_exception(caught.value)) + caplog.text
        assert TOKEN.partition(":")[2] not in shown


def test_a_wait_is_read_as_seconds_and_as_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    assert send_error(RetryAfter(7)).retry_after == timedelta(seconds=7)

    class InSeconds(RetryAfter):
        @property
        def retry_after(self) -> int:
            return 9

    assert send_error(InSeconds(9)).retry_after == timedelta(seconds=9)


@pytest.mark.parametrize("error", [NetworkError("x"), TelegramError("Invalid server response")])
def test_what_nobody_can_explain_may_have_arrived(error: TelegramError) -> None:
    assert send_error(error).retry is Retry.UNKNOWN


def test_every_number_has_a_row_for_words_we_do_not_know() -> None:
    for number in {row.number for row in REFUSALS}:
        rows = [row for row in REFUSALS if row.number == number]
        assert [row.words for row in rows].count("") == 1
        assert not rows[-1].words
