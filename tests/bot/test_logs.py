"""No secret and nothing of what people say stands in any log line, whoever wrote it."""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from bot.logs import set_up_logs
from bot.store.database import Database
from bot.store.tables import contacts
from tests import crowd
from tests.conftest import MovingClock
from tests.emulators.telegram.remote import RemoteTelegram
from tests.service import ServiceProcess

TOKEN = "123456789:AAmade-up_Token_of_nobody_0123456789"
HALF = "AAmade-up_Token_of_nobody_0123456789"
KEY = 'key/with "quotes" và dấu'
URL = f"https://api.telegram.org/bot{TOKEN}/sendMessage"

log = structlog.get_logger()


@pytest.fixture(params=[False, True], ids=["text", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """The service's own log, and what it has printed so far."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = StringIO()
    with contextlib.redirect_stderr(stream):
        set_up_logs(level="info", as_json=request.param, secrets=[TOKEN, KEY, ""])
    try:
        yield stream.getvalue
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()


def connect() -> None:
    raise ConnectionError(f"cannot connect to {URL}")


def fails_inside() -> None:
    try:
        connect()
    except ConnectionError as exc:
        raise RuntimeError("not sent") from exc


def a_traceback() -> None:
    try:
        fails_inside()
    except RuntimeError:
        log.exception("send_failed")


def a_library_traceback() -> None:
    try:
        fails_inside()
    except RuntimeError:
        logging.getLogger("aiohttp.client").exception("POST %s", URL)


@pytest.mark.parametrize(
    "writes",
    [
        pytest.param(a_traceback, id="a traceback"),
        pytest.param(a_library_traceback, id="a library's traceback"),
        pytest.param(lambda: log.warning("asked", url=URL), id="a field"),
        pytest.param(lambda: log.warning("asked", urls=[{"at": URL}]), id="a field inside of a field"),
        pytest.param(lambda: log.warning("asked", half=HALF), id="the secret half alone"),
        pytest.param(lambda: log.warning("asked", url=URL.replace(":", "%3A")), id="quoted for an address"),
        pytest.param(lambda: log.warning("asked", body=URL.encode()), id="bytes"),
        pytest.param(lambda: log.warning("asked", key=KEY), id="a key with quotes and marks"),
        pytest.param(lambda: logging.getLogger("any").error("the key is %s", KEY), id="a library's argument"),
    ],
)
def test_no_line_holds_a_secret(lines: Callable[[], str], writes: Callable[[], None]) -> None:
    writes()
    said = lines()
    assert "[hidden]" in said
    assert HALF not in said
    assert "quotes" not in said


def test_a_line_without_secrets_stays_whole(lines: Callable[[], str]) -> None:
    log.info("run_started", run=7)
    said = lines()
    assert "run_started" in said
    assert "7" in said
    assert "[hidden]" not in said


async def test_an_error_of_the_database_shows_no_values(
    lines: Callable[[], str], database: Database, clock: MovingClock
) -> None:
    added = await crowd.add(database, 1, clock())
    address = str(added.chats[0])
    try:
        async with database.writing() as connection:
            again = {"account_id": added.account_id, "address": address, "created_at": clock()}
            await connection.execute(sa.insert(contacts).values(again))
    except sa.exc.IntegrityError:
        log.exception("not_written", row=3)
    said = lines()
    assert "IntegrityError" in said
    assert address not in said
    (ours,) = [line for line in said.splitlines() if "not_written" in line]
    assert not ours.startswith("{") or json.loads(ours)["row"] == 3


async def test_the_service_logs_nothing_of_what_people_say(tmp_path: Path) -> None:
    said = ["Chồng em hay đánh em, em tên Bùi Thị Kín, số 0912345678", "thu tuc vay von the nao em oi", "KIN"]
    settings = {"CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN, "CHIHOI_LOG_LEVEL": "debug", "CHIHOI_LOG_JSON": "1"}
    async with RemoteTelegram.started() as bot_api:
        hoa = await bot_api.user(name="Kín", id=1_000_000_777, phone="84912345678")
        settings |= {"CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url}
        await bot_api.order_fault("close_after_accepting", method="sendMessage")
        async with ServiceProcess.started(settings, tmp_path) as service:
            for words in said:
                await hoa.says(words)
            answers = await hoa.hears(len(said), timeout=30)
            await service.stop()
    log_text = "\n".join(line for line in service.lines if line.startswith("{")).casefold()
    assert "service_stopping" in log_text
    texts = [*said, *(answer.text for answer in answers), "Kín", "912345678", "1000000777"]
    spellings = [spelling for text in texts for spelling in (text, json.dumps(text)[1:-1])]
    for spelling in [crowd.TOKEN.partition(":")[2], *spellings]:
        assert spelling.casefold() not in log_text
