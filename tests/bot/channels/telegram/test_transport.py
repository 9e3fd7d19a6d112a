from __future__ import annotations

import asyncio
import io
import logging
import pickle
import socket
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import TCPConnector
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, InputMediaPhoto
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram.errors import AnswerLate, AnswerLost, NotSent, ServerTrouble
from bot.channels.telegram.transport import AiohttpRequest
from tests.bot.channels.telegram.raw_server import OK, Behaviour, RawServer, raw_server
from tests.emulators.telegram import TelegramEmulator, User, flood

TOKEN = "123:SECRET"
SOON_S = 0.5  # Long enough for whatever answers on a busy machine.


@pytest.fixture
async def bot_api() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def hoa(bot_api: TelegramEmulator) -> User:
    return bot_api.user(name="Hoa")


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest() as request:
        yield request


@pytest.fixture
async def bot(bot_api: TelegramEmulator) -> AsyncIterator[Bot]:
    bot = Bot(
        TOKEN,
        base_url=bot_api.base_url,
        base_file_url=bot_api.file_base_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(max_connections=1),
    )
    async with bot:
        yield bot


def message(text: str = "chào chị") -> RequestData:
    return RequestData([RequestParameter.from_input("chat_id", 1), RequestParameter.from_input("text", text)])


async def failure_of(request: AiohttpRequest, url: str, **timeouts: float) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        await request.post(url, message(), **timeouts)
    return caught.value


# What python-telegram-bot does over it


async def test_messages_and_keyboards_arrive_whole(bot: Bot, hoa: User) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Đã rõ", callback_data="ok:1")]])
    sent = await bot.send_message(
        hoa.user_id, "<b>Chào</b> chị 🌾 ខ្មែរ & < >"[:18], parse_mode="HTML", reply_markup=keyboard
    )
    [received] = await hoa.hears()
    assert sent.message_id == received.message_id
    assert received.text == "Chào chị 🌾"
    assert [(button.text, button.data) for button in received.buttons] == [("Đã rõ", "ok:1")]


async def test_text_that_is_no_valid_unicode_is_refused_by_telegram_and_not_by_us(
    bot: Bot, hoa: User
) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(hoa.user_id, "lẻ \ud83c loi")


async def test_files_go_up_and_come_down(bot: Bot, hoa: User) -> None:
    content = bytes(range(256)) * 8000  # two megabytes, more than one write
    await bot.send_document(hoa.user_id, content, filename='danh sách "mới".pdf', caption="Tài liệu")
    [received] = await hoa.hears()
    assert received.raw["document"]["file_name"] == 'danh sách "mới".pdf'
    assert received.text == "Tài liệu"
    file = await bot.get_file(received.raw["document"]["file_id"])
    assert await file.download_as_bytearray() == content


async def test_an_album_goes_up_with_its_parts(bot: Bot, hoa: User) -> None:
    sent = await bot.send_media_group(
        hoa.user_id, [InputMediaPhoto(b"mot"), InputMediaPhoto(io.BytesIO(b"hai"))]
    )
    assert len(sent) == 2
    assert sent[0].media_group_id == sent[1].media_group_id


async def test_long_polling_waits_as_long_as_it_was_told(bot: Bot, hoa: User) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await hoa.says("em ơi")
    [update] = await polling
    assert update.message is not None
    assert update.message.text == "em ơi"
    assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("blocked", Forbidden),
        ("chat_not_found", BadRequest),
        ("unauthorized", InvalidToken),
        ("conflict", Conflict),
        ("bad_gateway", ServerTrouble),
        ("bad_gateway_html", ServerTrouble),
        ("server_error", ServerTrouble),
    ],
)
async def test_refusals_are_python_telegram_bots_own(
    fault: str, error: type[Exception], bot: Bot, bot_api: TelegramEmulator, hoa: User
) -> None:
    bot_api.order_fault(fault)
    with pytest.raises(error) as caught:
        await bot.send_message(hoa.user_id, "chào")
    assert type(caught.value) is error
    assert not hoa.received


async def test_flood_tells_how_long_to_wait(bot: Bot, bot_api: TelegramEmulator, hoa: User) -> None:
    bot_api.order_fault(flood(17))
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(hoa.user_id, "chào")
    assert caught.value.retry_after == timedelta(seconds=17)


# May it have arrived?


@dataclass(frozen=True)
class Lost:
    label: str
    fault: str
    error: type[NetworkError]
    arrives: bool


LOST = [
    Lost("closed after it was taken", "close_after_accepting", AnswerLost, arrives=True),
    Lost("closed before it was read", "close_before_reading", AnswerLost, arrives=False),
    Lost("no answer, taken", "hang_after_accepting", AnswerLate, arrives=True),
    Lost("no answer, not taken", "hang", AnswerLate, arrives=False),
    Lost("half an answer", "cut_after_accepting", AnswerLost, arrives=True),
    Lost("a page instead of an answer", "no_json_after_accepting", AnswerLost, arrives=True),
]


@pytest.mark.parametrize("case", LOST, ids=lambda case: case.label)
async def test_a_lost_answer_is_never_called_unsent_and_never_sent_again(
    case: Lost, bot: Bot, bot_api: TelegramEmulator, hoa: User
) -> None:
    await bot.send_message(hoa.user_id, "the connection is a kept one from now on")
    bot_api.order_fault(case.fault)
    with pytest.raises(case.error) as caught:
        await bot.send_message(hoa.user_id, "một lần", read_timeout=SOON_S)
    assert isinstance(caught.value, AnswerLost)
    assert isinstance(caught.value, TimedOut) is (case.error is AnswerLate)
    assert len(bot_api.calls_of("sendMessage")) == 2
    assert [r.text for r in hoa.received[1:]] == (["một lần"] if case.arrives else [])
    await bot.send_message(hoa.user_id, "and the next goes through")


async def test_a_refused_connection_is_not_sent(request_: AiohttpRequest) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        failure = await failure_of(
            request_, f"http://127.0.0.1:{taken.getsockname()[1]}/bot{TOKEN}/sendMessage"
        )
    assert type(failure) is NotSent


@pytest.mark.parametrize(
    "address",
    [
        "http://no-such-host.invalid/bot123:SECRET/x",
        "ftp://127.0.0.1/bot123:SECRET/x",
        "http:///bot123:SECRET",
    ],
)
async def test_an_address_that_leads_nowhere_is_not_sent(
    address: str, request_: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nowhere)
    assert type(await failure_of(request_, address)) is NotSent


async def test_a_connection_that_takes_too_long_is_not_sent(request_: AiohttpRequest) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):  # the queue of connections is full: the next hangs in connect
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        failure = await failure_of(
            request_, f"http://127.0.0.1:{port}/bot{TOKEN}/sendMessage", connect_timeout=SOON_S
        )
        for filler in fillers:
            filler.close()
    assert type(failure) is NotSent


async def test_waiting_in_vain_for_a_connection_is_not_sent(bot_api: TelegramEmulator, hoa: User) -> None:
    url = f"{bot_api.base_url}{TOKEN}/sendMessage"
    async with AiohttpRequest(max_connections=2) as request:
        bot_api.order_fault("hang", times=2)
        hanging = [asyncio.create_task(failure_of(request, url, read_timeout=4 * SOON_S)) for _ in range(2)]
        await bot_api.is_called(2)
        failure = await failure_of(request, url, pool_timeout=SOON_S)
        assert type(failure) is NotSent
        assert {type(lost) for lost in await asyncio.gather(*hanging)} == {AnswerLate}
        assert len(bot_api.calls) == 2
        with pytest.raises(BadRequest):  # the slots are free again
            await request.post(url, message())


async def test_no_more_connections_are_opened_than_allowed() -> None:
    def answers(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await raw.read(reader)
                writer.write(OK)

        return behave

    async with raw_server(answers) as server, AiohttpRequest(max_connections=3, pool_timeout=None) as request:
        await asyncio.gather(*(request.post(server.url, message()) for _ in range(30)))
        assert len(server.requests) == 30
        assert server.connections <= 3


async def test_a_kept_connection_that_the_server_closed_is_replaced_and_sends_once() -> None:
    def answers_once(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await raw.read(reader)
            writer.write(OK)
            await writer.drain()

        return behave

    async with raw_server(answers_once) as server, AiohttpRequest() as request:
        assert await request.post(server.url, message("một")) is True
        await server.closed.wait()
        assert await request.post(server.url, message("hai")) is True
        assert server.connections == 2
        assert len(server.requests) == 2


@pytest.mark.parametrize("times", [1, 2])
async def test_a_kept_connection_that_dies_before_the_first_byte_is_replaced_once(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost between the choice of it and the write: nothing was handed over."""

    def answers(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await raw.read(reader)
                writer.write(OK)

        return behave

    async with raw_server(answers) as server, AiohttpRequest() as request:
        await request.post(server.url, message("một"))
        connect = TCPConnector.connect
        lost = 0

        async def connect_and_lose(*args: object, **more: object) -> object:
            nonlocal lost
            connection = await connect(*args, **more)  # type: ignore[arg-type]  # passed on as it came
            if lost < times:
                lost += 1
                assert connection.transport is not None
                connection.transport.abort()
            return connection

        monkeypatch.setattr(TCPConnector, "connect", connect_and_lose)
        if times == 1:
            await request.post(server.url, message("hai"))
        else:
            assert type(await failure_of(request, server.url)) is NotSent
        assert len(server.requests) == 3 - times


async def test_a_connection_closed_without_a_word_counts_as_lost() -> None:
    def closes(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await raw.read(reader)

        return behave

    async with raw_server(closes) as server, AiohttpRequest() as request:
        assert type(await failure_of(request, server.url)) is AnswerLost
        assert (server.connections, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    def redirects(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await raw.read(reader)
            writer.write(
                f"HTTP/1.1 {status} Moved\r\nLocation: {raw.url}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            await writer.drain()

        return behave

    async with raw_server(redirects) as server, AiohttpRequest() as request:
        await failure_of(request, server.url)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'{"ok":true}',
        b'{"ok":false,"description":"?"}',
        b"\xff\xfe",
        b"{" * 5000,
    ],
    ids=repr,
)
async def test_an_answer_that_is_not_telegrams_counts_as_lost(answer: bytes) -> None:
    def says(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await raw.read(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
            await writer.drain()

        return behave

    async with raw_server(says) as server, AiohttpRequest() as request:
        assert type(await failure_of(request, server.url)) is AnswerLost


async def test_an_answer_that_is_no_http_counts_as_lost() -> None:
    def babbles(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await raw.read(reader)
            writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            await writer.drain()

        return behave

    async with raw_server(babbles) as server, AiohttpRequest() as request:
        assert type(await failure_of(request, server.url)) is AnswerLost


# Uploads and downloads


async def test_an_upload_may_take_long_as_long_as_it_moves() -> None:
    content = b"x" * 20_000_000

    def reads_slowly(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            left = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
            loop = asyncio.get_running_loop()
            while left:
                left -= len(await reader.read(min(left, 400_000)))
                if left < 5_000_000:  # by now all has left the client, and its patience is running
                    continue
                done = loop.create_future()
                loop.call_later(SOON_S / 25, done.set_result, None)
                await done
            writer.write(OK)
            await writer.drain()

        return behave

    data = RequestData([RequestParameter.from_input("document", InputFile(content))])
    async with (
        raw_server(reads_slowly) as server,
        AiohttpRequest(media_write_timeout=SOON_S, read_timeout=SOON_S) as request,
    ):
        assert await request.post(server.url, data) is True


async def test_an_upload_that_stands_still_is_given_up() -> None:
    def reads_nothing(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.Event().wait()

        return behave

    data = RequestData([RequestParameter.from_input("document", InputFile(b"x" * 20_000_000))])
    async with (
        raw_server(reads_nothing) as server,
        AiohttpRequest(media_write_timeout=SOON_S, read_timeout=SOON_S) as request,
    ):
        with pytest.raises(AnswerLate):
            await request.post(server.url, data)


async def test_a_download_that_breaks_off_is_not_sent() -> None:
    def half(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            await writer.drain()

        return behave

    async with raw_server(half) as server, AiohttpRequest() as request:
        with pytest.raises(NotSent):
            await request.retrieve(server.url)


# Secrets


async def test_no_error_tells_the_token(bot_api: TelegramEmulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echoes(raw: RawServer) -> Behaviour:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            page = b"<p>cannot reach " + head.split(b" ")[1] + b"</p>"
            writer.write(b"HTTP/1.1 403 No\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
            await writer.drain()

        return behave

    failures: list[BaseException] = []
    async with AiohttpRequest() as request:
        for fault in ("close_before_reading", "hang", "cut_after_accepting", "bad_gateway_html"):
            bot_api.order_fault(fault)
            failures.append(
                await failure_of(request, f"{bot_api.base_url}{TOKEN}/getMe", read_timeout=SOON_S)
            )
        failures.append(await failure_of(request, f"http://127.0.0.1:1/bot{TOKEN}/getMe"))
        failures.append(await failure_of(request, f"ftp://127.0.0.1:1/bot{TOKEN}/getMe"))
        async with raw_server(echoes) as server:
            with pytest.raises(Forbidden) as caught:
                await request.post(server.url, message())
            failures.append(caught.value)
            with pytest.raises(Forbidden) as caught:
                await request.retrieve(server.url)
            failures.append(caught.value)
    for failure in failures:
        told = "".join(traceback.format_exception(failure, chain=True)) + repr(failure)
        seen: BaseException | None = failure
        while seen is not None:
            told += repr(seen)
            seen = seen.__cause__ or seen.__context__
        assert "SECRET" not in told
    assert "SECRET" not in caplog.text


# Life


async def test_it_starts_and_stops_any_number_of_times(bot_api: TelegramEmulator) -> None:
    request = AiohttpRequest(read_timeout=7.0)
    assert request.read_timeout == 7.0
    with pytest.raises(RuntimeError):
        await request.do_request(f"{bot_api.base_url}{TOKEN}/getMe", "POST")
    await request.shutdown()
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        assert (await request.do_request(f"{bot_api.base_url}{TOKEN}/getMe", "POST"))[0] == 200
        await request.shutdown()
        await request.shutdown()


async def test_a_cancelled_request_gives_its_connection_back(bot_api: TelegramEmulator) -> None:
    url = f"{bot_api.base_url}{TOKEN}/getMe"
    async with AiohttpRequest(max_connections=1) as request:
        bot_api.order_fault("hang")
        hanging = asyncio.create_task(request.post(url))
        await bot_api.is_called()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert await request.post(url)


def test_errors_survive_pickling() -> None:
    for error in (NotSent("a"), AnswerLost("b"), AnswerLate("c"), ServerTrouble(502)):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
